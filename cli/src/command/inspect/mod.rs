//! `demilite inspect`: what a model is made of, and who would run what.

mod ledger;
mod report;
mod sizes;
mod words;

use std::io::Write;

use clap::Args;

use crate::failure::Failure;
use crate::hardware::HardwareOptions;
use crate::model::ModelOptions;
use report::Report;

/// What `demilite inspect` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    model: ModelOptions,
    /// Says instead what the model weighs, as it is, as gzip -9 and as zstd -19, by op and tensor, and how many bits its weights tell
    #[arg(long)]
    sizes: bool,
    /// Says instead what an invocation moves through the memory of the GPU, node by node, beside the least that it could move
    #[arg(long, conflicts_with = "sizes")]
    ledger: bool,
    /// Writes a JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    hardware: HardwareOptions,
}

pub(crate) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let (model, graph_index) = arguments.model.open()?;
    if arguments.sizes {
        return sizes::write(&model, arguments.model.path(), arguments.json, out);
    }
    let selection = arguments.hardware.select()?;
    let builder = arguments
        .hardware
        .builder(&model, graph_index, &selection)?;
    if arguments.ledger {
        let session = builder.build();
        let session = session.map_err(|error| Failure::compile(&model, error))?;
        return ledger::write(&model, &session, arguments.json, out);
    }
    let names = arguments.model.names(&model, graph_index);
    let report = Report::new(&model, graph_index, names, &selection, builder.build());
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(());
    }
    words::write(out, &report)
}
