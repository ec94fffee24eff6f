//! `demilite debug`: where a quantized model loses what its float model has.

mod page;
mod table_file;
mod text;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use demilite::optimize::debugging::{Debugger, Report, Suggestions};
use demilite::optimize::{OptimizeError, Samples};
use demilite::{DelegateChoice, Model, delegates_for, output};
use indicatif::ProgressBar;
use serde::Serialize;

use crate::data::DataOptions;
use crate::failure::Failure;

/// What `demilite debug` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The float .tflite file
    #[arg(value_name = "FLOAT")]
    float: PathBuf,
    /// A quantized form of it, whoever made it
    #[arg(value_name = "QUANTIZED")]
    quantized: PathBuf,
    /// Measures what keeping the worst ops float would bring back, and with int16 activations: 5 of them, or as many as said
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "5")]
    suggest: Option<usize>,
    /// Ops that are shown, the worst first
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// Writes a table of all ops with the columns of TensorFlow's quantization debugger
    #[arg(long, value_name = "F.csv")]
    csv: Option<PathBuf>,
    /// Writes a page with each tensor's histogram
    #[arg(long, value_name = "F.html")]
    report: Option<PathBuf>,
    /// Writes a JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataOptions,
}

/// Samples that are compared unless `--samples` says otherwise.
const SAMPLES: usize = 50;

/// All that is said, as `--json` writes it.
#[derive(Serialize)]
struct Document<'a> {
    float: &'a str,
    quantized: &'a str,
    /// How samples become inputs of the float model, in words.
    preparation: String,
    #[serde(flatten)]
    report: &'a Report,
    suggestions: Option<&'a Suggestions>,
}

pub(crate) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    for path in arguments.csv.iter().chain(&arguments.report) {
        output::check(path).map_err(|error| Failure::unwritable(path, &error))?;
    }
    let float = Arc::new(Model::open(&arguments.float)?);
    let quantized = Arc::new(Model::open(&arguments.quantized)?);
    let samples = arguments.data.open(&float, SAMPLES)?.ok_or_else(|| {
        Failure::Usage("there is nothing to compare the models on: give --data".to_owned())
    })?;
    let preparation = samples.preparation();
    let delegates = delegates_for(DelegateChoice::Cpu)?.delegates;
    let bar = ProgressBar::new(samples.count() as u64);
    let mut debugger = Debugger::new(
        Arc::clone(&float),
        Arc::clone(&quantized),
        delegates,
        samples,
    );
    let report = debugger.run_with(&mut |done, _| bar.set_position(done as u64));
    bar.finish_and_clear();
    let report = report.map_err(refused)?;
    let suggestions = match arguments.suggest {
        Some(most) => {
            let bar = ProgressBar::new(0);
            let suggestions = debugger.suggest_with(&report, most, &mut |done, all| {
                bar.set_length(all as u64);
                bar.set_position(done as u64);
            });
            bar.finish_and_clear();
            Some(suggestions.map_err(refused)?)
        }
        None => None,
    };
    let document = Document {
        float: float.name(),
        quantized: quantized.name(),
        preparation,
        report: &report,
        suggestions: suggestions.as_ref(),
    };
    if let Some(path) = &arguments.csv {
        write(path, &table_file::bytes(&report)?)?;
    }
    if let Some(path) = &arguments.report {
        write(path, page::text(&document).as_bytes())?;
    }
    match arguments.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?,
        false => text::write(&document, arguments.top, out)?,
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    output::write(path, bytes).map_err(|error| Failure::unwritable(path, &error))
}

/// A comparison that came to nothing. What the library calls by its names has others here.
fn refused(error: OptimizeError) -> Failure {
    match &error {
        OptimizeError::NotForms { .. } => Failure::Usage(error.to_string()),
        OptimizeError::NothingToCompare => Failure::Usage(format!(
            "{error}: --skip and --samples leave none, or --data has none"
        )),
        OptimizeError::Session(_) => Failure::Run(error.to_string()),
        _ => Failure::Invalid(error.to_string()),
    }
}
