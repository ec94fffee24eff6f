//! `demilite evaluate`: how good models are, and how near to the first of them.

mod page;
mod record;
mod subjects;
mod text;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use clap::Args;
use demilite::optimize::Samples;
use demilite::optimize::evaluation::{Evaluation, EvaluationError, Report, Truth};
use demilite::output;
use indicatif::ProgressBar;
use serde::Serialize;

use crate::data::DataOptions;
use crate::failure::Failure;
use crate::truth::TruthOptions;
use record::Record;
use subjects::{Candidate, SubjectOptions};

/// What `demilite evaluate` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    subjects: SubjectOptions,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    truth: TruthOptions,
    /// Samples that are under way at once. Without, one for each core
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Keeps in this file what is done, and goes on from there where it was interrupted
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Writes a page with plots
    #[arg(long, value_name = "F.html")]
    report: Option<PathBuf>,
    /// Writes a JSON object
    #[arg(long)]
    json: bool,
}

/// All that is said, as `--json` writes it.
#[derive(Serialize)]
struct Document<'a> {
    data: String,
    /// What is right, in words.
    truth: Option<String>,
    models: &'a [Candidate],
    #[serde(flatten)]
    report: &'a Report,
}

pub(crate) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    if let Some(path) = &arguments.report {
        output::check(path).map_err(|error| Failure::unwritable(path, &error))?;
    }
    let (candidates, subjects) = arguments.subjects.open(&arguments.data)?;
    let truth = match subjects.first() {
        Some((_, samples)) => arguments.truth.open(samples)?,
        None => None,
    };
    if truth.is_some() && !arguments.data.is_single() {
        return Err(Failure::Usage(
            "--data is given several times, and what is right is known for one source: give that"
                .to_owned(),
        ));
    }
    if matches!(truth, Some(Truth::Boxes { .. })) && !arguments.data.is_stretched() {
        return Err(Failure::Usage(
            "--boxes are of whole images: give --resize stretch, so that nothing is cut off"
                .to_owned(),
        ));
    }
    let count = subjects.first().map_or(0, |(_, samples)| samples.count());
    let mut record = match &arguments.resume {
        Some(path) => {
            let words = [Some(arguments.data.words()), arguments.truth.words()];
            let files = arguments.truth.files();
            Some(Record::open(
                path,
                &candidates,
                files,
                words.into_iter().flatten(),
                count,
            )?)
        }
        None => None,
    };
    let threads = arguments
        .threads
        .or_else(|| thread::available_parallelism().ok());
    let subjects = subjects.into_iter().map(|(subject, _)| subject);
    let mut evaluation = Evaluation::new(subjects).threads(threads.unwrap_or(NonZeroUsize::MIN));
    if let Some(truth) = truth {
        evaluation = evaluation.truth(truth);
    }
    let bar = ProgressBar::new(count as u64);
    if let Some(record) = &mut record {
        let done = record.take_done();
        bar.inc(done.len() as u64);
        evaluation = evaluation.resume(done);
    }
    let mut unkept = None;
    let report = evaluation.run_with(&mut |index, outcomes| {
        if let Some(record) = &mut record
            && let Err(failure) = record.keep(index, outcomes)
        {
            unkept.get_or_insert(failure);
        }
        bar.inc(1);
    });
    bar.finish_and_clear();
    if let Some(failure) = unkept {
        return Err(failure);
    }
    let report = report.map_err(refused)?;
    let document = Document {
        data: arguments.data.words(),
        truth: arguments.truth.words(),
        models: &candidates,
        report: &report,
    };
    if let Some(path) = &arguments.report {
        let written = output::write(path, page::text(&document).as_bytes());
        written.map_err(|error| Failure::unwritable(path, &error))?;
    }
    match arguments.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?,
        false => text::write(&document, out)?,
    }
    Ok(())
}

/// An evaluation that came to nothing. What the library calls by its names has others here.
fn refused(error: EvaluationError) -> Failure {
    match &error {
        EvaluationError::Label { .. } => {
            Failure::Invalid(format!("{error} (here `--label-offset`)"))
        }
        EvaluationError::Run { .. } | EvaluationError::Thread => Failure::Run(error.to_string()),
        EvaluationError::NoSamples => Failure::Usage(format!(
            "{error}: --skip and --samples leave none, or --data has none"
        )),
        _ => Failure::Invalid(error.to_string()),
    }
}
