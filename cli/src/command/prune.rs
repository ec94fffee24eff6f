//! `demilite prune`: a model with weights of zero.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use demilite::optimize::{
    OptimizeError, Pattern, Pruned, Pruner, PruningMethod, PruningScope, Structure,
};
use demilite::{DelegateChoice, Model, delegates_for};
use indicatif::ProgressBar;

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
    /// The share of weights that become zero, from 0 to below 1 [default: 0.5, or what the structure has]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    sparsity: Option<f64>,
    /// Where zeros may lie: unstructured (anywhere), 2:4 (2 of each 4 weights along the input channels stay, or other numbers),
    /// block:HxW (H output channels by W weights), or channels (whole channels are taken out, and the model becomes smaller and faster)
    #[arg(long, value_name = "STRUCTURE", default_value = "unstructured")]
    structure: Structure,
    /// How weights are chosen: magnitude (the smallest go) or second-order (those go that the others can best make up for, which they do)
    /// [default: second-order with --data, else magnitude]
    #[arg(long, value_name = "METHOD")]
    method: Option<PruningMethod>,
    /// What has the sparsity: each layer, or with global all of them together
    #[arg(long, value_name = "SCOPE", default_value = "layer")]
    scope: PruningScope,
    /// Leaves layers as they are: by op (`FULLY_CONNECTED`), by output (`block_1/*`) or by index (`#12`); may be given more than once
    #[arg(long, value_name = "PATTERN")]
    keep: Vec<Pattern>,
    /// Leaves biases as they are, which otherwise make up for the mean of what is lost
    #[arg(long)]
    no_bias_correction: bool,
    /// Stores weights without their zeros where that is smaller; such a model can be quantized no more
    #[arg(long)]
    sparse_encoding: bool,
    #[command(flatten)]
    data: DataOptions,
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
    let model = Arc::new(Model::open(&arguments.input)?);
    let pruned = pruned(arguments, &model)?;
    if let Some(destination) = destination {
        destination.write(&pruned.model, &arguments.input)?;
    }
    outcome::write(&pruned.report, arguments.json, arguments.dry_run, out)
}

fn pruned(arguments: &Arguments, model: &Arc<Model>) -> Result<Pruned, Failure> {
    let mut pruner = Pruner::new(Arc::clone(model))
        .structure(arguments.structure)
        .scope(arguments.scope)
        .correct_bias(!arguments.no_bias_correction)
        .encode(arguments.sparse_encoding);
    if let Some(sparsity) = arguments.sparsity {
        pruner = pruner.sparsity(sparsity);
    }
    if let Some(method) = arguments.method {
        pruner = pruner.method(method);
    }
    for pattern in &arguments.keep {
        pruner = pruner.keep(pattern.clone());
    }
    if let Some(samples) = arguments.data.open(model, CALIBRATION_SAMPLES)? {
        let delegates = delegates_for(DelegateChoice::Cpu)?.delegates;
        pruner = pruner.delegates(delegates).samples(samples);
    }
    let bar = ProgressBar::new(0);
    let pruned = pruner.finish_with(&mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    pruned.map_err(|error| refused(model.name(), &error))
}

/// A model that is not pruned. What the library calls by its names has others here.
fn refused(model: &str, error: &OptimizeError) -> Failure {
    match error {
        OptimizeError::NoEvidence { .. } => {
            Failure::Usage(format!("{model}: {error} (here `--data`)"))
        }
        OptimizeError::Sparsity { .. }
        | OptimizeError::SparsityOfStructure { .. }
        | OptimizeError::NoSuchNode { .. } => Failure::Usage(format!("{model}: {error}")),
        OptimizeError::AlreadyQuantized { .. } => Failure::Invalid(format!(
            "{model}: {error}: prune the float model, then `demilite quantize` keeps its zeros"
        )),
        _ => Failure::Invalid(format!("{model}: {error}")),
    }
}
