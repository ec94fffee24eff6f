//! `demilite cluster`: a model whose weights have few values.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use demilite::optimize::{Clustered, Clusterer, OptimizeError, Pattern, Start};
use demilite::{DelegateChoice, Model, delegates_for};
use indicatif::ProgressBar;

use crate::codebook::CodebookOptions;
use crate::data::{CALIBRATION_SAMPLES, DataOptions};
use crate::destination::Destination;
use crate::failure::Failure;
use crate::outcome;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The float .tflite file
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write, whole or not at all
    #[arg(value_name = "OUT", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// How many values the weights of a layer have at most, from 2 to 256
    #[arg(long, value_name = "N", default_value_t = 16)]
    clusters: usize,
    /// Gives each output channel values of its own instead of those of its layer
    #[arg(long)]
    per_channel: bool,
    /// How the values are found: optimal (of least error), or from density, linear or k-means++ on
    #[arg(long, value_name = "START", default_value = "optimal")]
    start: Start,
    /// Leaves layers as they are: by op (`FULLY_CONNECTED`), by output (`block_1/*`) or by index (`#12`); may be given more than once
    #[arg(long, value_name = "PATTERN")]
    keep: Vec<Pattern>,
    /// Leaves biases as they are, which otherwise make up for the mean of what is lost
    #[arg(long)]
    no_bias_correction: bool,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    codebook: CodebookOptions,
    /// Reports as JSON
    #[arg(long)]
    json: bool,
    /// Reports what would be done, and writes nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let destination = match &arguments.output {
        Some(path) if !arguments.dry_run => Some(Destination::new(path, &arguments.input)?),
        _ => None,
    };
    let codebook_file = arguments.codebook.destination(
        &arguments.input,
        arguments.output.as_deref(),
        arguments.dry_run,
    )?;
    let model = Arc::new(Model::open(&arguments.input)?);
    let clustered = clustered(arguments, &model)?;
    let codebooks = arguments.codebook.of(&clustered.model)?;
    if let Some(destination) = destination {
        destination.write(&clustered.model, &arguments.input)?;
    }
    if let (Some(file), Some(codebooks)) = (codebook_file, codebooks) {
        file.write_bytes(&codebooks.bytes)?;
    }
    outcome::write(&clustered.report, arguments.json, arguments.dry_run, out)
}

fn clustered(arguments: &Arguments, model: &Arc<Model>) -> Result<Clustered, Failure> {
    let mut clusterer = Clusterer::new(Arc::clone(model))
        .clusters(arguments.clusters)
        .per_channel(arguments.per_channel)
        .start(arguments.start)
        .correct_bias(!arguments.no_bias_correction);
    for pattern in &arguments.keep {
        clusterer = clusterer.keep(pattern.clone());
    }
    if let Some(samples) = arguments.data.open(model, CALIBRATION_SAMPLES)? {
        let delegates = delegates_for(DelegateChoice::Cpu)?.delegates;
        clusterer = clusterer.delegates(delegates).samples(samples);
    }
    let bar = ProgressBar::new(0);
    let clustered = clusterer.finish_with(&mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    clustered.map_err(|error| refused(model.name(), &error))
}

/// A model that is not clustered.
fn refused(model: &str, error: &OptimizeError) -> Failure {
    match error {
        OptimizeError::Clusters { .. } | OptimizeError::NoSuchNode { .. } => {
            Failure::Usage(format!("{model}: {error}"))
        }
        OptimizeError::AlreadyQuantized { .. } => Failure::Invalid(format!(
            "{model}: {error}: cluster the float model, then `demilite quantize` keeps its values"
        )),
        _ => Failure::Invalid(format!("{model}: {error}")),
    }
}
