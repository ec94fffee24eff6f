//! What is written of the answers, in words or as JSON.

use std::io::{ErrorKind, Write};
use std::time::Duration;

use demilite::post::Labels;
use demilite::{Graph, Model, Session};
use serde::Serialize;

use super::AnswerOptions;
use crate::activations::Activations;
use crate::answer::{Answer, LabelledScore, OutputReport, output_words, top_words};
use crate::failure::Failure;
use crate::finiteness::NotFinite;
use crate::inputs::Refusal;
use crate::model::Names;
use crate::terminal::{note, one_line};

/// A line of `--json` for an input that cannot be read.
#[derive(Serialize)]
struct RefusalReport<'a> {
    model: &'a str,
    input: &'a str,
    error: String,
}

/// A line of `--json`.
#[derive(Serialize)]
struct Report<'a> {
    model: &'a str,
    input: &'a str,
    delegate: &'a [String],
    milliseconds: f64,
    /// The floats that nodes on the GPU keep.
    #[serde(skip_serializing_if = "Option::is_none")]
    activations: Option<Activations>,
    outputs: Vec<OutputReport>,
    /// The outputs that are not finite although all inputs are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_finite: Vec<NotFinite>,
    top: Vec<LabelledScore>,
    /// Devices that failed up to here, where the rest went on elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<String>,
}

/// What is written as the answers come.
pub(super) struct Output<'a> {
    pub(super) options: &'a AnswerOptions,
    pub(super) model: &'a Model,
    pub(super) names: &'a Names,
    pub(super) labels: Option<Labels>,
    pub(super) out: &'a mut dyn Write,
    pub(super) is_deaf_to_closed_pipes: bool,
}

impl Output<'_> {
    fn write(&mut self, text: &str) -> Result<(), Failure> {
        match writeln!(self.out, "{text}") {
            Err(error) if error.kind() == ErrorKind::BrokenPipe && self.is_deaf_to_closed_pipes => {
                Ok(())
            }
            written => Ok(written?),
        }
    }

    /// What runs where, and how images become inputs.
    pub(super) fn plan(
        &mut self,
        plan: Vec<String>,
        preparation: Option<String>,
    ) -> Result<(), Failure> {
        if self.options.json {
            return Ok(());
        }
        self.write(&one_line(self.model.name()))?;
        for line in plan {
            self.write(&format!("  {line}"))?;
        }
        match preparation {
            Some(preparation) => self.write(&format!("  input: {preparation}")),
            None => Ok(()),
        }
    }

    pub(super) fn refusal(&mut self, refusal: &Refusal) -> Result<(), Failure> {
        refusal.failure.say();
        if !self.options.json {
            return Ok(());
        }
        let report = RefusalReport {
            model: self.model.name(),
            input: &refusal.source,
            error: refusal.failure.to_string(),
        };
        self.write(&serde_json::to_string(&report)?)
    }

    pub(super) fn answer(
        &mut self,
        session: &Session,
        answer: &Answer,
        is_fed_finite: bool,
        elapsed: Duration,
    ) -> Result<(), Failure> {
        let graph = session.graph();
        let not_finite = match is_fed_finite {
            true => answer.not_finite(graph),
            false => Vec::new(),
        };
        let activations = Activations::of(session);
        note_not_finite(answer, &not_finite, activations);
        let top = answer.top(graph, self.labels.as_ref(), self.options.top_k)?;
        note_missing_labels(answer, self.labels.as_ref());
        if !self.options.json {
            return self.write(&words(graph, self.names, answer, &top, elapsed));
        }
        let report = Report {
            model: self.model.name(),
            input: &answer.source,
            delegate: &session.plan().delegates,
            milliseconds: elapsed.as_secs_f64() * 1e3,
            activations,
            outputs: answer.reports(graph, self.names),
            not_finite,
            top,
            faults: session.faults().iter().map(ToString::to_string).collect(),
        };
        self.write(&serde_json::to_string(&report)?)
    }
}

/// An answer in words: the time, the best scores, and the other outputs.
fn words(
    graph: &Graph,
    names: &Names,
    answer: &Answer,
    top: &[LabelledScore],
    elapsed: Duration,
) -> String {
    let milliseconds = elapsed.as_secs_f64() * 1e3;
    let mut lines = vec![format!(
        "\n{}: {milliseconds:.1} ms",
        one_line(&answer.source)
    )];
    if !top.is_empty() {
        lines.push(top_words(top));
    }
    let outputs = std::iter::zip(&answer.outputs, graph.outputs());
    for (index, ((value, &id), name)) in std::iter::zip(outputs, &names.outputs).enumerate() {
        if top.is_empty() || answer.classes() != Some(index) {
            lines.push(output_words(index, name.as_ref(), value, graph.tensor(id)));
        }
    }
    lines.join("\n")
}

/// Says on standard error which outputs are not finite although all inputs are.
fn note_not_finite(answer: &Answer, outputs: &[NotFinite], activations: Option<Activations>) {
    for output in outputs {
        let advice = match activations.is_some_and(Activations::has_float16) {
            true => ": `--activations f32` keeps 32-bit floats between all nodes on the GPU",
            false => "",
        };
        note!(
            "{}: {output} although all inputs are{advice}",
            answer.source
        );
    }
}

/// Says on standard error where labels and classes differ in number.
fn note_missing_labels(answer: &Answer, labels: Option<&Labels>) {
    let (Some(labels), Some(index)) = (labels, answer.classes()) else {
        return;
    };
    let classes = answer.outputs[index].shape().elements();
    if labels.len() != classes {
        note!(
            "{} labels for {classes} scores: they may belong to another model",
            labels.len()
        );
    }
}
