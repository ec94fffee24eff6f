//! The `demilite` command line.

mod activations;
mod answer;
mod chart;
mod codebook;
mod command;
mod data;
mod destination;
mod failure;
mod finiteness;
mod hardware;
mod inputs;
mod json;
mod labels;
mod model;
mod outcome;
mod remedy;
mod streams;
mod table;
mod terminal;
mod truth;
mod tuning;
mod words;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use command::{
    bench, cluster, conformance, debug, demo, devices, evaluate, finetune, inspect, prune,
    quantize, recommend, run,
};
use failure::Failure;
use terminal::{Escaping, note};

/// Runs .tflite models, split between the GPU and the CPU.
///
/// Without a command it runs the bundled model on a bundled image.
#[derive(Parser)]
#[command(name = "demilite", version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the run failed, or a delegate did something unexpected
  2  wrong usage
  3  the model or an input is invalid
  4  the device asked for is not there";

#[derive(Subcommand)]
enum Command {
    /// Runs a model once, or once for each image
    #[command(after_help = EXIT_CODES)]
    Run(run::Arguments),
    /// Shows a model's ops and tensors, and which delegate runs what and why
    #[command(after_help = EXIT_CODES)]
    Inspect(inspect::Arguments),
    /// Measures how long a model takes
    #[command(after_help = EXIT_CODES)]
    Bench(bench::Arguments),
    /// Holds delegates against the cases of the suite, or against models whose outputs are known
    #[command(after_help = EXIT_CODES)]
    Conformance(conformance::Arguments),
    /// Gives the weights of a float model few values
    #[command(after_help = EXIT_CODES)]
    Cluster(cluster::Arguments),
    /// Trains a float model on, with labels or to say what it said before
    #[command(after_help = EXIT_CODES)]
    Finetune(finetune::Arguments),
    /// Sets weights of a float model to zero
    #[command(after_help = EXIT_CODES)]
    Prune(prune::Arguments),
    /// Writes a quantized form of a float model
    #[command(after_help = EXIT_CODES)]
    Quantize(quantize::Arguments),
    /// Makes every form of a float model, measures them, and says which to take
    #[command(after_help = EXIT_CODES)]
    Recommend(recommend::Arguments),
    /// Says how good models are on labelled samples, and how near to the first of them
    #[command(after_help = EXIT_CODES)]
    Evaluate(evaluate::Arguments),
    /// Says op by op what a quantized model loses, and what keeping ops float would bring back
    #[command(after_help = EXIT_CODES)]
    Debug(debug::Arguments),
    /// Lists the adapters that a GPU delegate can run on
    #[command(after_help = EXIT_CODES)]
    Devices(devices::Arguments),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return not_parsed(&error),
    };
    let mut out = Escaping(BufWriter::new(io::stdout().lock()));
    let result = match &arguments.command {
        None => demo::execute(&mut out),
        Some(Command::Run(arguments)) => run::execute(arguments, &mut out),
        Some(Command::Inspect(arguments)) => inspect::execute(arguments, &mut out),
        Some(Command::Bench(arguments)) => bench::execute(arguments, &mut out),
        Some(Command::Conformance(arguments)) => conformance::execute(arguments, &mut out),
        Some(Command::Cluster(arguments)) => cluster::execute(arguments, &mut out),
        Some(Command::Finetune(arguments)) => finetune::execute(arguments, &mut out),
        Some(Command::Prune(arguments)) => prune::execute(arguments, &mut out),
        Some(Command::Quantize(arguments)) => quantize::execute(arguments, &mut out),
        Some(Command::Recommend(arguments)) => recommend::execute(arguments, &mut out),
        Some(Command::Evaluate(arguments)) => evaluate::execute(arguments, &mut out),
        Some(Command::Debug(arguments)) => debug::execute(arguments, &mut out),
        Some(Command::Devices(arguments)) => devices::execute(arguments, &mut out),
    };
    let flushed = out.flush();
    let result = match (result, flushed) {
        (Ok(()), Err(error)) => Err(Failure::Output(error)),
        (result, _) => result,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Failure::Said(code)) => ExitCode::from(code),
        Err(failure) => {
            failure.say();
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Says what is wrong with the arguments, or the help that they ask for.
fn not_parsed(error: &clap::Error) -> ExitCode {
    // Nothing is left to say where not even this can be written.
    let _ = match error.use_stderr() {
        true => write!(Escaping(io::stderr()), "{}", error.render()),
        false => error.print(),
    };
    let is_surplus = error.kind() == ErrorKind::UnknownArgument;
    if is_surplus && std::env::args_os().any(|word| word == "--image") {
        note!("--image takes one file, and is given once for each");
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
