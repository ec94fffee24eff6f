//! `demilite run`: one inference, or one for each picture.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use demilite::npz::write_numbered;
use demilite::pictures::{Labels, ModelMetadata, associated_file};
use demilite::{Graph, Model, Session, Value};
use serde::Serialize;

use crate::activations::Activations;
use crate::answer::{Answer, LabelledScore, OutputReport, output_words, top_words};
use crate::failure::Failure;
use crate::finiteness::{NotFinite, is_finite};
use crate::hardware::{HardwareOptions, note_faults};
use crate::inputs::{Feed, InputOptions, resized};
use crate::model::{ModelOptions, note_remainder, plan_words};

/// What `demilite run` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    inputs: InputOptions,
    #[command(flatten)]
    answer: AnswerOptions,
    #[command(flatten)]
    hardware: HardwareOptions,
}

#[derive(Args)]
#[command(next_help_heading = "What it answers")]
struct AnswerOptions {
    /// A text file with one label a line; without, the labels that the model file carries
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// How many of the best scores are shown
    #[arg(long, value_name = "N", default_value_t = 5)]
    top_k: usize,
    /// Writes the outputs as out0, out1, …; those of several pictures one after the other along
    /// the first dimension
    #[arg(long, value_name = "FILE.npz")]
    outputs: Option<PathBuf>,
    /// Writes a JSON object a line, one for each answer, with `outputs` and `top`
    #[arg(long)]
    json: bool,
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

pub(crate) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let (model, graph_index) = arguments.model.open()?;
    let graph = &model.graphs()[graph_index];
    let feeds = arguments.inputs.read(&model, graph_index)?;
    let labels = labels(&arguments.answer, &model, graph_index)?;
    let selection = arguments.hardware.select()?;
    let mut session = arguments
        .hardware
        .session(&model, graph_index, &selection)?;
    note_remainder(graph, session.plan(), &selection);
    if !arguments.answer.json {
        writeln!(out, "{}", model.name())?;
        for line in plan_words(&session, &selection) {
            writeln!(out, "  {line}")?;
        }
        if let Some(preparation) = &feeds.preparation {
            writeln!(out, "  input: {preparation}")?;
        }
    }
    let mut answers = Vec::new();
    note_faults(session.faults());
    for feed in &feeds.feeds {
        let faults = session.faults().len();
        let (outputs, elapsed) = run(&mut session, feed)?;
        note_faults(&session.faults()[faults..]);
        let activations = Activations::of(&session);
        let is_fed_finite = feed.values.iter().all(is_finite);
        for answer in Answer::split(&feed.sources, outputs)? {
            let not_finite = match is_fed_finite {
                true => answer.not_finite(graph),
                false => Vec::new(),
            };
            note_not_finite(&answer, &not_finite, activations);
            let top = answer.top(graph, labels.as_ref(), arguments.answer.top_k)?;
            note_missing_labels(&answer, labels.as_ref());
            if arguments.answer.json {
                let report = Report {
                    model: model.name(),
                    input: &answer.source,
                    delegate: &session.plan().delegates,
                    milliseconds: elapsed.as_secs_f64() * 1e3,
                    activations,
                    outputs: answer.reports(graph),
                    not_finite,
                    top,
                    faults: session.faults().iter().map(ToString::to_string).collect(),
                };
                writeln!(out, "{}", serde_json::to_string(&report)?)?;
            } else {
                show(out, graph, &answer, &top, elapsed)?;
            }
            answers.push(answer);
        }
    }
    if let Some(path) = &arguments.answer.outputs {
        let values = joined(&answers)?;
        write_numbered(path, "out", &values).map_err(Failure::write)?;
    }
    Ok(())
}

fn run(session: &mut Session, feed: &Feed) -> Result<(Vec<Value>, Duration), Failure> {
    let resized = resized(session.graph(), &feed.values);
    session
        .resize_inputs(&resized)
        .map_err(|error| Failure::compile(session.model(), error))?;
    let started = Instant::now();
    let outputs = session.run(&feed.values);
    let elapsed = started.elapsed();
    let outputs = outputs.map_err(|error| Failure::run(session.model(), error))?;
    Ok((outputs, elapsed))
}

fn show(
    out: &mut dyn Write,
    graph: &Graph,
    answer: &Answer,
    top: &[LabelledScore],
    elapsed: Duration,
) -> Result<(), Failure> {
    let milliseconds = elapsed.as_secs_f64() * 1e3;
    writeln!(out, "\n{}: {milliseconds:.1} ms", answer.source)?;
    if !top.is_empty() {
        writeln!(out, "{}", top_words(top))?;
    }
    for (index, (value, &id)) in std::iter::zip(&answer.outputs, graph.outputs()).enumerate() {
        if top.is_empty() || answer.classes() != Some(index) {
            writeln!(out, "{}", output_words(index, value, graph.tensor(id)))?;
        }
    }
    Ok(())
}

/// The labels asked for, or those that the model file carries for its first output.
fn labels(
    options: &AnswerOptions,
    model: &Model,
    graph_index: usize,
) -> Result<Option<Labels>, Failure> {
    if let Some(path) = &options.labels {
        return Ok(Some(Labels::open(path)?));
    }
    if graph_index != 0 {
        return Ok(None);
    }
    let metadata = ModelMetadata::of(model)?;
    let outputs = metadata.iter().flat_map(|metadata| &metadata.outputs);
    let Some(file) = outputs.filter_map(|output| output.axis_labels()).next() else {
        return Ok(None);
    };
    let bytes = associated_file(model.name(), &file.name)?;
    Ok(Some(Labels::from_bytes(&bytes, &file.name)?))
}

/// Says on standard error which outputs are not finite although all inputs are.
fn note_not_finite(answer: &Answer, outputs: &[NotFinite], activations: Option<Activations>) {
    for output in outputs {
        let advice = match activations.is_some_and(Activations::has_float16) {
            true => ": `--activations f32` keeps 32-bit floats between all nodes on the GPU",
            false => "",
        };
        eprintln!(
            "note: {}: {output} although all inputs are{advice}",
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
        eprintln!(
            "note: {} labels for {classes} scores: they may belong to another model",
            labels.len()
        );
    }
}

/// Each output of all answers, one after the other along the first dimension.
fn joined(answers: &[Answer]) -> Result<Vec<Value>, Failure> {
    let [first, others @ ..] = answers else {
        return Ok(Vec::new());
    };
    let mut joined = first.outputs.clone();
    if others.is_empty() {
        return Ok(joined);
    }
    for (index, value) in joined.iter_mut().enumerate() {
        let parts = answers.iter().map(|answer| &answer.outputs[index]);
        let mut extents = value.shape().to_vec();
        let equal = parts.clone().all(|part| part.shape() == value.shape());
        let (true, Some(extent)) = (equal, extents.first_mut()) else {
            return Err(Failure::Run(format!(
                "the outputs out{index} of several pictures do not join along a first dimension: \
                 run them one by one"
            )));
        };
        *extent *= answers.len();
        let bytes: Vec<u8> = parts.flat_map(|part| part.bytes()).copied().collect();
        *value = Value::from_bytes(value.dtype(), extents, &bytes)
            .map_err(|error| Failure::Run(error.to_string()))?;
    }
    Ok(joined)
}
