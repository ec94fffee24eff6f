//! What an invocation moves through the memory of devices, node by node.

use std::io::Write;

use demilite::{Graph, LedgerEntry, Model, NodeContext, NodeId, Session};
use serde::Serialize;

use crate::failure::Failure;
use crate::table::{bytes, table};
use crate::terminal::one_line;
use crate::words::counted;

/// The whole report, as `--json` writes it.
#[derive(Serialize)]
struct Report {
    model: String,
    #[serde(flatten)]
    all: Amounts,
    /// Nodes of delegates that count nothing.
    uncounted_nodes: usize,
    entries: Vec<Entry>,
}

/// What dispatches do.
#[derive(Serialize, Default)]
struct Amounts {
    dispatches: usize,
    read_bytes: u64,
    written_bytes: u64,
    /// The least that could be read and written.
    least_bytes: u64,
    multiply_adds: u64,
}

#[derive(Serialize)]
struct Entry {
    delegate: String,
    /// The last of the nodes that are computed together.
    node: Option<usize>,
    op: Option<String>,
    /// The nodes that are computed with it.
    with: Vec<usize>,
    kernels: Vec<&'static str>,
    #[serde(flatten)]
    amounts: Amounts,
}

pub(super) fn write(
    model: &Model,
    session: &Session,
    is_json: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let report = Report::new(model, session);
    if is_json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(());
    }
    if report.entries.is_empty() {
        return Err(Failure::Usage(
            "no node runs on a delegate that counts what it moves; --delegate gpu takes the GPU"
                .to_owned(),
        ));
    }
    writeln!(
        out,
        "{}: {} dispatches, {} read and written, {:.2} times the least, {:.1} million multiply-adds",
        one_line(&report.model),
        report.all.dispatches,
        bytes(report.all.bytes()),
        report.all.times_the_least(),
        report.all.multiply_adds as f64 / 1e6,
    )?;
    if report.uncounted_nodes > 0 {
        let nodes = counted(report.uncounted_nodes, "node");
        writeln!(
            out,
            "  {nodes} on delegates that do not count what they move"
        )?;
    }
    let headings = [
        "node",
        "op",
        "with",
        "kernels",
        "read",
        "written",
        "least",
        "times the least",
        "multiply-adds",
    ];
    let mut rows = table(&headings, &[0, 4, 5, 6, 7, 8]);
    for entry in &report.entries {
        let with: Vec<String> = entry.with.iter().map(|node| format!("#{node}")).collect();
        rows.add_row([
            entry
                .node
                .map_or_else(String::new, |node| format!("#{node}")),
            entry.op.clone().unwrap_or_default(),
            with.join(", "),
            entry.kernels.join(", "),
            entry.amounts.read_bytes.to_string(),
            entry.amounts.written_bytes.to_string(),
            entry.amounts.least_bytes.to_string(),
            format!("{:.2}", entry.amounts.times_the_least()),
            entry.amounts.multiply_adds.to_string(),
        ]);
    }
    writeln!(out, "\n{}", rows.trim_fmt())?;
    Ok(())
}

impl Amounts {
    fn bytes(&self) -> u64 {
        self.read_bytes + self.written_bytes
    }

    fn times_the_least(&self) -> f64 {
        self.bytes() as f64 / self.least_bytes.max(1) as f64
    }
}

impl Report {
    fn new(model: &Model, session: &Session) -> Self {
        let plan = session.plan();
        let mut entries = Vec::new();
        let mut uncounted_nodes = 0;
        for (partition, ledger) in std::iter::zip(&plan.partitions, session.ledger()) {
            if ledger.is_empty() {
                uncounted_nodes += partition.nodes.len();
            }
            let delegate = &plan.delegates[partition.delegate];
            entries.extend(
                ledger
                    .into_iter()
                    .map(|of| Entry::new(delegate, of, session)),
            );
        }
        let mut all = Amounts::default();
        for Entry { amounts, .. } in &entries {
            all.dispatches += amounts.dispatches;
            all.read_bytes += amounts.read_bytes;
            all.written_bytes += amounts.written_bytes;
            all.least_bytes += amounts.least_bytes;
            all.multiply_adds += amounts.multiply_adds;
        }
        Report {
            model: model.name().to_owned(),
            all,
            uncounted_nodes,
            entries,
        }
    }
}

impl Entry {
    fn new(delegate: &str, entry: LedgerEntry, session: &Session) -> Self {
        let graph = session.graph();
        let with: Vec<NodeId> = (session.fusions().into_iter())
            .filter(|(_, into)| Some(*into) == entry.node)
            .map(|(node, _)| node)
            .collect();
        let together = entry.node.iter().chain(&with);
        let multiply_adds = together.map(|&node| multiply_adds(graph, node, session));
        Entry {
            delegate: delegate.to_owned(),
            node: entry.node.map(|node| node.0),
            op: entry.node.map(|node| graph.node(node).op.name().to_owned()),
            amounts: Amounts {
                dispatches: entry.kernels.len(),
                read_bytes: entry.read_bytes,
                written_bytes: entry.written_bytes,
                least_bytes: entry.least_bytes,
                multiply_adds: multiply_adds.sum(),
            },
            with: with.into_iter().map(|node| node.0).collect(),
            kernels: entry.kernels,
        }
    }
}

/// Those of a node; none where they depend on a shape that only an invocation shows.
fn multiply_adds(graph: &Graph, node: NodeId, session: &Session) -> u64 {
    let work = NodeContext::new(graph, node, session.shapes()).work();
    work.map_or(0, |work| work.multiply_adds)
}
