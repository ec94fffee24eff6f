//! `demilite devices`: the adapters that a GPU delegate can run on.

use std::io::Write;

use clap::Args;
use demilite::gpu::{AdapterDescription, adapters};
use serde::Serialize;

use crate::failure::Failure;
use crate::hardware::kind_words;
use crate::remedy::REMEDY;
use crate::table::{bytes, table};

/// What `demilite devices` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Writes a JSON object with `adapters`
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    adapters: Vec<Adapter>,
}

#[derive(Serialize)]
struct Adapter {
    index: usize,
    name: String,
    kind: &'static str,
    backend: String,
    driver: String,
    shader_f16: bool,
    /// Rows, and as many columns, of a cooperative matrix.
    cooperative_matrices: Option<u32>,
    max_binding_bytes: u64,
}

impl From<AdapterDescription> for Adapter {
    fn from(adapter: AdapterDescription) -> Self {
        Adapter {
            index: adapter.index,
            kind: kind_words(adapter.kind),
            name: adapter.name,
            backend: adapter.backend,
            driver: adapter.driver,
            shader_f16: adapter.shader_f16,
            cooperative_matrices: adapter.cooperative_matrices,
            max_binding_bytes: adapter.max_binding_bytes,
        }
    }
}

pub(crate) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let adapters: Vec<Adapter> = adapters().into_iter().map(Adapter::from).collect();
    if arguments.json {
        let report = Report { adapters };
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(());
    }
    if adapters.is_empty() {
        writeln!(
            out,
            "no GPU adapter was found: models run on the CPU; {REMEDY}"
        )?;
        return Ok(());
    }
    let headings = [
        "index",
        "name",
        "kind",
        "backend",
        "driver",
        "shader f16",
        "cooperative matrices",
        "largest binding",
    ];
    let mut rows = table(&headings, &[0, 7]);
    for adapter in adapters {
        rows.add_row([
            adapter.index.to_string(),
            adapter.name,
            adapter.kind.to_owned(),
            adapter.backend,
            adapter.driver,
            if adapter.shader_f16 { "yes" } else { "no" }.to_owned(),
            adapter
                .cooperative_matrices
                .map_or_else(|| "no".to_owned(), |size| format!("{size} x {size}")),
            bytes(adapter.max_binding_bytes),
        ]);
    }
    writeln!(out, "{}", rows.trim_fmt())?;
    Ok(())
}
