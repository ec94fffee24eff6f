//! `demilite run`: one inference, or one for each image.

mod outputs;
mod report;

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use demilite::image::{ModelMetadata, associated_file};
use demilite::post::Labels;
use demilite::{Model, Session, Value};

use crate::answer::Answer;
use crate::failure::Failure;
use crate::finiteness::is_finite;
use crate::hardware::{HardwareOptions, note_faults};
use crate::inputs::{Feed, InputOptions, Refusal, resized};
use crate::model::{ModelOptions, Names, note_remainder, plan_words};
use crate::terminal::Escaping;
use outputs::Destination;
use report::Output;

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
    /// Writes the outputs as out0, out1, … and by their names in the signature, to a file, a pipe, or
    /// - for standard output; those of several images one after the other along the first dimension
    #[arg(long, value_name = "FILE.npz")]
    outputs: Option<PathBuf>,
    /// Gives quantized outputs as the reals that they stand for, (q - zero point) · scale
    #[arg(long)]
    dequantize_outputs: bool,
    /// Writes a JSON object a line, one for each answer, with `outputs` and `top`; what is not a number
    /// is "NaN", "Infinity" or "-Infinity"
    #[arg(long)]
    json: bool,
}

pub(crate) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let destination = destination(&arguments.answer)?;
    match destination {
        // The archive has standard output to itself.
        Some(Destination::Stream) => {
            let mut words = Escaping(std::io::stderr());
            let answered = answer(arguments, destination.as_ref(), &mut words)?;
            answered.write(destination.as_ref(), &mut std::io::stdout().lock())
        }
        _ => {
            let answered = answer(arguments, destination.as_ref(), out)?;
            answered.write(destination.as_ref(), out)
        }
    }
}

/// Where `--outputs` go.
fn destination(options: &AnswerOptions) -> Result<Option<Destination>, Failure> {
    let destination = options.outputs.as_deref().map(Destination::of);
    let destination = destination.transpose()?;
    if options.json && matches!(destination, Some(Destination::Stream)) {
        return Err(Failure::Usage(
            "--json and --outputs both write to standard output: give --outputs a file".to_owned(),
        ));
    }
    Ok(destination)
}

/// What is left to write once every input has been answered.
struct Answered {
    /// Answers, where they are written.
    answers: Vec<Answer>,
    names: Names,
    /// The exit code of the first input that could not be read.
    refused: Option<u8>,
}

impl Answered {
    fn write(self, destination: Option<&Destination>, out: &mut dyn Write) -> Result<(), Failure> {
        if let Some(destination) = destination {
            destination.write(&self.answers, &self.names, out)?;
        }
        match self.refused {
            Some(code) => Err(Failure::Said(code)),
            None => Ok(()),
        }
    }
}

/// Runs the model on every input and writes the answers.
fn answer(
    arguments: &Arguments,
    destination: Option<&Destination>,
    out: &mut dyn Write,
) -> Result<Answered, Failure> {
    let (model, graph_index) = arguments.model.open()?;
    let names = arguments.model.names(&model, graph_index);
    let mut feeds = arguments.inputs.read(&model, graph_index, &names)?;
    let mut first = feeds.next().transpose()?;
    if let Some(feed) = &mut first
        && arguments.inputs.is_single()
        && let Some(Refusal { failure, .. }) = feed.refused.pop()
    {
        return Err(failure);
    }
    let labels = labels(arguments, &model, graph_index)?;
    let selection = arguments.hardware.select()?;
    let mut session = arguments
        .hardware
        .session(&model, graph_index, &selection)?;
    note_remainder(session.graph(), session.plan(), &selection);
    let mut output = Output {
        options: &arguments.answer,
        model: &model,
        names: &names,
        labels,
        out,
        // Archives are made though nobody reads the words.
        is_deaf_to_closed_pipes: destination.is_some(),
    };
    output.plan(plan_words(&session, &selection), feeds.preparation())?;
    let mut answers = Vec::new();
    let mut refused = None;
    note_faults(session.faults());
    for feed in first.map(Ok).into_iter().chain(feeds) {
        let feed = feed?;
        for refusal in &feed.refused {
            refused = refused.or(Some(refusal.failure.exit_code()));
            output.refusal(refusal)?;
        }
        if feed.values.is_empty() {
            continue;
        }
        let faults = session.faults().len();
        let (outputs, elapsed) = run(&mut session, &feed)?;
        note_faults(&session.faults()[faults..]);
        let outputs = match arguments.answer.dequantize_outputs {
            true => outputs::dequantized(session.graph(), outputs)?,
            false => outputs,
        };
        let is_fed_finite = feed.values.iter().all(is_finite);
        for answer in Answer::split(&feed.sources, feed.batch, &outputs)? {
            output.answer(&session, &answer, is_fed_finite, elapsed)?;
            if destination.is_some() {
                answers.push(answer);
            }
        }
    }
    Ok(Answered {
        answers,
        names,
        refused,
    })
}

fn run(session: &mut Session, feed: &Feed) -> Result<(Vec<Value>, Duration), Failure> {
    let resized = resized(&feed.values);
    session
        .resize_inputs(&resized)
        .map_err(|error| Failure::compile(session.model(), error))?;
    let started = Instant::now();
    let outputs = session.run(&feed.values);
    let elapsed = started.elapsed();
    let outputs = outputs.map_err(|error| Failure::run(session.model(), error))?;
    Ok((outputs, elapsed))
}

/// The labels asked for, or those that the model file carries for its first output.
fn labels(
    arguments: &Arguments,
    model: &Model,
    graph_index: usize,
) -> Result<Option<Labels>, Failure> {
    if let Some(path) = &arguments.answer.labels {
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
    let bytes = associated_file(arguments.model.path(), &file.name)?;
    Ok(Some(Labels::from_bytes(&bytes, &file.name)?))
}
