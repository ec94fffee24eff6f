//! `demilite recommend`: which form of a float model to take.

mod page;
mod text;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use demilite::optimize::OptimizeError;
use demilite::optimize::Samples;
use demilite::optimize::recommendation::{
    Goal, Hardware, Limits, RecommendError, Recommendation, Recommender, Report,
};
use demilite::{DelegateChoice, Model, Selection, delegates_for, output};
use indicatif::ProgressBar;
use serde::Serialize;

use crate::data::DataOptions;
use crate::destination::Destination;
use crate::failure::Failure;
use crate::hardware::single_threaded;
use crate::terminal::note;
use crate::truth::TruthOptions;

/// What `demilite recommend` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The float .tflite file
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// What the model is to run on: cpu, gpu, edge-tpu or microcontroller
    #[arg(long, value_name = "WHAT", default_value = "cpu")]
    hardware: Hardware,
    /// The largest file, in bytes or as in 200k or 1.5M
    #[arg(long, value_name = "BYTES", value_parser = size)]
    max_size: Option<usize>,
    /// The greatest loss: points of the score with --labels and its like [default: 1], without them answers of a hundred that are others
    /// than the float model's [default: 2], or, where outputs are no classes, percent of error [default: 10]
    #[arg(long, value_name = "N")]
    max_loss: Option<f64>,
    /// The longest inference on this machine, in milliseconds
    #[arg(long, value_name = "MS")]
    max_latency: Option<f64>,
    /// Which pick --output is
    #[arg(long, value_name = "GOAL", default_value = "smallest")]
    prefer: Preference,
    /// Writes the pick, whole or not at all
    #[arg(long, value_name = "F.tflite")]
    output: Option<PathBuf>,
    /// Samples that calibrate at most: every second one, and all others are measured on
    #[arg(long, value_name = "N", default_value_t = 100)]
    calibration_samples: usize,
    /// Writes a page with the plot
    #[arg(long, value_name = "F.html")]
    report: Option<PathBuf>,
    /// Writes a JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    truth: TruthOptions,
}

/// `--prefer`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Preference {
    /// The fewest bytes, deflated.
    Smallest,
    /// The least time on this machine.
    Fastest,
    /// The least loss.
    Accurate,
}

impl Preference {
    fn goal(self) -> Goal {
        match self {
            Preference::Smallest => Goal::Smallest,
            Preference::Fastest => Goal::Fastest,
            Preference::Accurate => Goal::MostAccurate,
        }
    }
}

/// All that is said, as `--json` writes it.
#[derive(Serialize)]
struct Document<'a> {
    model: &'a str,
    data: String,
    /// What is right, in words.
    truth: Option<String>,
    /// Who ran the inferences whose time was taken.
    timed_on: Vec<&'a str>,
    #[serde(flatten)]
    report: &'a Report,
}

pub(crate) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let destination = arguments.output.as_ref();
    let destination = destination
        .map(|path| Destination::new(path, &arguments.input))
        .transpose()?;
    if let Some(path) = &arguments.report {
        output::check(path).map_err(|error| Failure::unwritable(path, &error))?;
    }
    let model = Arc::new(Model::open(&arguments.input)?);
    let timed = timed_on(arguments.hardware)?;
    let recommendation = recommendation(arguments, &model, &timed)?;
    let report = &recommendation.report;
    let document = Document {
        model: model.name(),
        data: arguments.data.words(),
        truth: arguments.truth.words(),
        timed_on: timed
            .delegates
            .iter()
            .map(|delegate| delegate.name())
            .collect(),
        report,
    };
    if let Some(path) = &arguments.report {
        let written = output::write(path, page::text(&document).as_bytes());
        written.map_err(|error| Failure::unwritable(path, &error))?;
    }
    match arguments.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?,
        false => text::write(&document, out)?,
    }
    match (destination, recommendation.pick(arguments.prefer.goal())) {
        (Some(destination), Some(pick)) => destination.write(pick, &arguments.input),
        (Some(_), None) => Err(Failure::Invalid(format!(
            "{}: no candidate keeps the limits, and nothing was written: {}",
            model.name(),
            text::nearest(report)
        ))),
        (None, _) => Ok(()),
    }
}

fn recommendation(
    arguments: &Arguments,
    model: &Arc<Model>,
    timed: &Selection,
) -> Result<Recommendation, Failure> {
    let samples = arguments.data.open(model, usize::MAX)?.ok_or_else(|| {
        Failure::Usage("there is nothing to calibrate by and to measure on: give --data".to_owned())
    })?;
    let [calibration, evaluation] = samples.split(arguments.calibration_samples);
    if evaluation.count() == 0 {
        return Err(Failure::Usage(
            "--data has too few samples: some calibrate, and others are measured on".to_owned(),
        ));
    }
    let truth = arguments.truth.open(&evaluation)?;
    let delegates = single_threaded(DelegateChoice::Cpu)?.delegates;
    let mut limits = Limits::default();
    (limits.size, limits.loss) = (arguments.max_size, arguments.max_loss);
    limits.latency = arguments.max_latency;
    let mut recommender = Recommender::new(
        Arc::clone(model),
        delegates,
        Arc::new(calibration),
        Arc::new(evaluation),
    )
    .hardware(arguments.hardware)
    .timed_on(timed.delegates.iter().cloned())
    .limits(limits);
    if let Some(truth) = truth {
        recommender = recommender.truth(truth);
    }
    let bar = ProgressBar::new_spinner();
    let recommendation = recommender.finish_with(&mut |what| {
        bar.set_message(what.to_owned());
        bar.tick();
    });
    bar.finish_and_clear();
    recommendation.map_err(|error| refused(model.name(), &error))
}

/// Who runs the inferences whose time is taken.
fn timed_on(hardware: Hardware) -> Result<Selection, Failure> {
    if hardware == Hardware::Gpu {
        return Ok(delegates_for(DelegateChoice::Gpu)?);
    }
    if hardware != Hardware::Cpu {
        note!("times are those of this machine's processor, not of {hardware}");
    }
    Ok(delegates_for(DelegateChoice::Cpu)?)
}

/// A number of bytes, of thousands (`200k`) or of millions (`1.5M`).
fn size(text: &str) -> Result<usize, String> {
    let (number, unit) = match text.strip_suffix(['k', 'M']) {
        Some(number) if text.ends_with('k') => (number, 1e3),
        Some(number) => (number, 1e6),
        None => (text, 1.0),
    };
    match number.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok((number * unit) as usize),
        _ => Err("it is a number of bytes, as 300000, 300k or 1.5M".to_owned()),
    }
}

/// A recommendation that came to nothing.
fn refused(model: &str, error: &RecommendError) -> Failure {
    let words = format!("{model}: {error}");
    match error {
        RecommendError::NoSamples => Failure::Usage(format!("{words} (here `--data`)")),
        RecommendError::Limit { .. } => Failure::Usage(words),
        RecommendError::Run { source, .. } => match **source {
            OptimizeError::Session(_) | OptimizeError::Run(_) => Failure::Run(words),
            _ => Failure::Invalid(words),
        },
        _ => Failure::Invalid(words),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("1234"), Ok(1234));
        assert_eq!(size("200k"), Ok(200_000));
        assert_eq!(size("1.5M"), Ok(1_500_000));
        for wrong in ["", "k", "-1", "0", "nan", "1G"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
