//! The report in tables.

use std::io::Write;

use super::report::{DelegateReport, Report};
use crate::activations::Activations;
use crate::failure::Failure;
use crate::model::in_brackets;
use crate::table::{bytes, shortened, table};
use crate::terminal::one_line;
use crate::words::counted;

/// Characters of a tensor's name that are shown.
const NAME: usize = 48;

/// Tensors of reals that are named.
const OBSTACLES: usize = 8;

pub(super) fn write(out: &mut dyn Write, report: &Report) -> Result<(), Failure> {
    writeln!(
        out,
        "{}: {}, {}, {}",
        one_line(&report.model),
        bytes(report.file_bytes as u64),
        counted(report.nodes.len(), "node"),
        counted(report.tensors.len(), "tensor")
    )?;
    if !report.description.is_empty() {
        writeln!(out, "  {}", one_line(&report.description))?;
    }
    if report.graphs > 1 {
        writeln!(out, "  graph {} of {}", report.graph, report.graphs)?;
    }
    if !report.signatures.is_empty() {
        let signatures = report.signatures.join(", ");
        writeln!(out, "  signatures: {}", one_line(&signatures))?;
    }
    let inputs = std::iter::zip(&report.inputs, &report.input_names).enumerate();
    for (index, (input, name)) in inputs {
        writeln!(out, "  in{index}{}: {input}", in_brackets(name.as_ref()))?;
    }
    let outputs = std::iter::zip(&report.outputs, &report.output_names).enumerate();
    for (index, (output, name)) in outputs {
        writeln!(out, "  out{index}{}: {output}", in_brackets(name.as_ref()))?;
    }
    nodes(out, report)?;
    tensors(out, report)?;
    delegates(out, report)?;
    if !report.breaches.is_empty() {
        writeln!(out, "\nBreaches of the 8-bit quantization specification")?;
        for breach in &report.breaches {
            writeln!(
                out,
                "  #{} {}, t{} {:?}: {} ({}); found {}",
                breach.node,
                breach.op,
                breach.tensor,
                breach.name,
                breach.rule,
                breach.clause,
                breach.found
            )?;
        }
    }
    integer_only(out, report)?;
    if let Some(error) = &report.error {
        writeln!(out, "\nIt does not run on these delegates: {error}")?;
    }
    if let Some(reason) = &report.without_gpu {
        writeln!(out, "\nThe GPU is left out: {reason}")?;
    }
    Ok(())
}

/// Whether hardware without floats can hold the graph, and the first tensors that keep it from that.
fn integer_only(out: &mut dyn Write, report: &Report) -> Result<(), Failure> {
    let obstacles = &report.obstacles_to_integer_only;
    if obstacles.is_empty() {
        writeln!(
            out,
            "\nInteger-only: yes, as Edge TPUs and microcontrollers without floats take it"
        )?;
        return Ok(());
    }
    writeln!(
        out,
        "\nInteger-only: no, {} hold reals",
        counted(obstacles.len(), "tensor")
    )?;
    for obstacle in obstacles.iter().take(OBSTACLES) {
        let place = match (obstacle.node, &obstacle.op) {
            (Some(node), Some(op)) => format!("first at #{node} {op}"),
            _ => "of no node".to_owned(),
        };
        let name = shortened(&obstacle.name, NAME);
        let (tensor, dtype) = (obstacle.tensor, obstacle.dtype);
        writeln!(out, "  t{tensor} {name:?} {dtype}, {place}")?;
    }
    if obstacles.len() > OBSTACLES {
        let more = obstacles.len() - OBSTACLES;
        writeln!(out, "  and {more} more: all of them are in --json")?;
    }
    Ok(())
}

fn nodes(out: &mut dyn Write, report: &Report) -> Result<(), Failure> {
    let mut rows = table(
        &[
            "node",
            "op",
            "version",
            "in → out",
            "runs on",
            "why not before",
        ],
        &[0, 2],
    );
    for node in &report.nodes {
        let reasons: Vec<String> = node
            .rejections
            .iter()
            .map(|rejection| format!("{}: {}", rejection.delegate, rejection.reason))
            .collect();
        let place = match node.runs_on.is_empty() {
            true if node.is_constant_expansion => "nobody reads it".to_owned(),
            true if report.error.is_some() => "nobody".to_owned(),
            true => "known beforehand".to_owned(),
            false => node.runs_on.join(", "),
        };
        let is_mixed = report.activations.is_some_and(Activations::has_float16);
        let place = match node.activations {
            Some(dtype) if is_mixed => format!("{place} in {dtype}"),
            _ => place,
        };
        let with: Vec<String> = node
            .fused_into
            .iter()
            .map(|into| format!("#{into}"))
            .collect();
        let place = match with.is_empty() {
            true => place,
            false => format!("{place}, with {}", with.join(", ")),
        };
        rows.add_row([
            format!("#{}", node.index),
            node.op.clone(),
            node.version.to_string(),
            node.signature.clone(),
            place,
            reasons.join("; "),
        ]);
    }
    writeln!(out, "\n{}", rows.trim_fmt())?;
    Ok(())
}

fn tensors(out: &mut dyn Write, report: &Report) -> Result<(), Failure> {
    let mut rows = table(
        &[
            "tensor",
            "name",
            "type",
            "shape",
            "constant",
            "quantization",
        ],
        &[0, 4],
    );
    for tensor in &report.tensors {
        let shape: Vec<String> = tensor.shape.iter().map(usize::to_string).collect();
        let constant = match tensor.constant_bytes {
            Some(constant) => bytes(constant as u64),
            None if tensor.is_variable => "variable".to_owned(),
            None => String::new(),
        };
        rows.add_row([
            format!("t{}", tensor.index),
            shortened(&tensor.name, NAME),
            tensor.dtype.to_owned(),
            format!("[{}]", shape.join(",")),
            constant,
            tensor.quantization.clone(),
        ]);
    }
    writeln!(out, "\n{}", rows.trim_fmt())?;
    Ok(())
}

/// A row of the table of delegates: what it is, and how to read it off.
type Row = (&'static str, fn(&DelegateReport) -> String);

const ROWS: [Row; 11] = [
    ("adapter", |of| of.adapter.clone().unwrap_or_default()),
    ("nodes", |of| of.nodes.to_string()),
    ("partitions", |of| of.partitions.to_string()),
    ("weights on its device", |of| {
        bytes(of.counters.weight_bytes)
    }),
    ("of these float16 as in the file", |of| {
        bytes(of.counters.float16_weight_bytes)
    }),
    ("padding of weights", |of| {
        bytes(of.counters.weight_padding_bytes)
    }),
    ("float16 expanded to float32", |of| {
        bytes(of.counters.expanded_float32_bytes)
    }),
    ("intermediate tensors", |of| bytes(of.counters.arena_bytes)),
    ("brought to it each time", |of| {
        bytes(of.counters.uploaded_bytes)
    }),
    ("brought back each time", |of| {
        bytes(of.counters.downloaded_bytes)
    }),
    ("dispatches each time", |of| {
        of.counters.dispatches.to_string()
    }),
];

fn delegates(out: &mut dyn Write, report: &Report) -> Result<(), Failure> {
    let weights: Vec<String> = report
        .weight_bytes
        .iter()
        .map(|(dtype, of)| format!("{} {dtype}", bytes(*of)))
        .collect();
    writeln!(out, "\nConstants in the file: {}", weights.join(", "))?;
    if let Some(activations) = report.activations {
        writeln!(out, "Floats on the GPU: {}", activations.words())?;
    }
    for tuned in &report.tuned_kernels {
        writeln!(out, "  {}", tuned.words())?;
    }
    if let Some(boundary) = report.boundary_bytes {
        let boundary = bytes(boundary);
        writeln!(
            out,
            "Between partitions and the caller each time: {boundary}"
        )?;
    }
    let names = report
        .delegates
        .iter()
        .map(|delegate| delegate.name.as_str());
    let headings: Vec<&str> = std::iter::once("").chain(names).collect();
    let numbers: Vec<usize> = (1..headings.len()).collect();
    let mut rows = table(&headings, &numbers);
    for (what, read) in ROWS {
        let cells = report.delegates.iter().map(read);
        rows.add_row(std::iter::once(what.to_owned()).chain(cells));
    }
    writeln!(out, "\n{}", rows.trim_fmt())?;
    Ok(())
}
