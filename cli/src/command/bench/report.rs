//! What a benchmark has to say.

use std::io::Write;
use std::time::Duration;

use demilite::{Graph, NodeContext, NodeId, Plan, Session, TensorId, Work};
use serde::Serialize;

use super::measurement::{Measurement, NodeTimes, milliseconds, quantile};
use super::peak::{AdapterPeak, ProcessorPeak};
use crate::activations::Activations;
use crate::failure::Failure;
use crate::table::table;
use crate::tuning::TunedReport;
use crate::words::counted;

/// The object that `--json` writes.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) model: String,
    pub(super) delegate: Vec<String>,
    /// Threads of the fast CPU delegate, which its ops share.
    threads: usize,
    sessions: u32,
    batch: u32,
    compile_ms: f64,
    pub(super) median_ms: f64,
    pub(super) min_ms: f64,
    pub(super) max_ms: f64,
    quartiles_ms: [f64; 2],
    runs: usize,
    inferences_per_second: f64,
    /// Dispatches of an invocation to a device.
    dispatches: u64,
    /// The median of what the host does in an invocation that the GPU runs alone, without its waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    host_us: Option<f64>,
    /// The floats that nodes on the GPU keep.
    #[serde(skip_serializing_if = "Option::is_none")]
    activations: Option<Activations>,
    /// Kernels on the GPU that were measured to be faster than the usual ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tuned_kernels: Vec<TunedReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adapter: Option<AdapterPeak>,
    #[serde(skip_serializing_if = "Option::is_none")]
    processor: Option<ProcessorPeak>,
    pub(super) ops: Vec<OpTime>,
    /// Devices that failed, where the rest went on elsewhere: the times are of both then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<String>,
}

/// The time of a node, or of a partition whose delegate does not tell its nodes apart.
#[derive(Serialize)]
pub(super) struct OpTime {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) node: Option<usize>,
    pub(super) op: String,
    /// The other nodes whose time this is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fused: Vec<usize>,
    pub(super) delegate: String,
    pub(super) median_ms: f64,
    /// A product and its sum are two operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gflops: Option<f64>,
    /// Every byte of the inputs and outputs once, as the file types them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gigabytes_per_second: Option<f64>,
    /// The greater of both as a share of what the adapter was measured to do; on the CPU that of the products.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) share_of_peak: Option<f64>,
}

impl Report {
    pub(super) fn new(
        session: &Session,
        threads: usize,
        sessions: u32,
        batch: u32,
        compile_time: Duration,
        measurement: &Measurement,
        times: &NodeTimes,
    ) -> Self {
        let Measurement { latencies, on_host } = measurement;
        let sorted_of = |times: &[Duration]| {
            let mut sorted = times.to_vec();
            sorted.sort();
            sorted
        };
        let sorted = sorted_of(latencies);
        let on_host = sorted_of(on_host);
        let host_us = 1e3 * milliseconds(quantile(&on_host, 1, 2));
        let counters = session.counters();
        let sum: Duration = latencies.iter().sum();
        let mean = sum.as_secs_f64() / latencies.len().max(1) as f64;
        let at = |part, parts| milliseconds(quantile(&sorted, part, parts));
        Report {
            model: session.model().name().to_owned(),
            delegate: session.plan().delegates.clone(),
            threads,
            sessions,
            batch,
            compile_ms: milliseconds(compile_time),
            median_ms: at(1, 2),
            min_ms: at(0, 1),
            max_ms: at(1, 1),
            quartiles_ms: [at(1, 4), at(3, 4)],
            runs: latencies.len(),
            inferences_per_second: f64::from(sessions) * f64::from(batch) / mean,
            dispatches: counters.iter().map(|counters| counters.dispatches).sum(),
            host_us: (!on_host.is_empty()).then_some(host_us),
            activations: Activations::of(session),
            tuned_kernels: Vec::new(),
            adapter: None,
            processor: None,
            ops: ops(session, times),
            faults: session.faults().iter().map(ToString::to_string).collect(),
        }
    }

    /// Says of each op on the GPU which share of the adapter's rates it reaches.
    pub(super) fn compare_with_adapter(&mut self, peak: AdapterPeak) {
        for op in self.ops.iter_mut().filter(|op| op.delegate == "gpu") {
            op.share_of_peak = peak.share(op.gflops, op.gigabytes_per_second);
        }
        self.adapter = Some(peak);
    }

    /// Says of each op on the fast CPU delegate which share of the processor's rates it reaches.
    pub(super) fn compare_with_processor(&mut self, session: &Session, peak: ProcessorPeak) {
        for op in self.ops.iter_mut().filter(|op| op.delegate == "cpu") {
            let share = |node| peak.share(session, NodeId(node), op.gflops);
            op.share_of_peak = op.node.and_then(share);
        }
        self.processor = Some(peak);
    }

    /// Writes it for people.
    pub(super) fn show(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let [lower, upper] = self.quartiles_ms;
        writeln!(
            out,
            "\nmedian {:.3} ms, half of all from {lower:.3} to {upper:.3} ms, min {:.3} ms, \
             max {:.3} ms, {} runs",
            self.median_ms, self.min_ms, self.max_ms, self.runs
        )?;
        writeln!(
            out,
            "{:.1} inferences a second in {} of batch {}; compiled in {:.1} ms",
            self.inferences_per_second,
            counted(self.sessions as usize, "session"),
            self.batch,
            self.compile_ms
        )?;
        if let Some(host_us) = self.host_us {
            writeln!(
                out,
                "the host works for {host_us:.0} us of that, {:.2} us a dispatch",
                host_us / self.dispatches.max(1) as f64
            )?;
        }
        if self.ops.is_empty() {
            return Ok(());
        }
        let total: f64 = self.ops.iter().map(|op| op.median_ms).sum();
        if let Some(adapter) = &self.adapter {
            writeln!(out, "{}", adapter.words())?;
        }
        if let Some(processor) = &self.processor {
            writeln!(out, "{}", processor.words())?;
        }
        let headings = [
            "node", "op", "delegate", "ms", "share", "GFLOP/s", "GB/s", "of peak",
        ];
        let mut rows = table(&headings, &[0, 3, 4, 5, 6, 7]);
        let rate = |rate: Option<f64>| rate.map_or_else(String::new, |rate| format!("{rate:.2}"));
        for op in &self.ops {
            rows.add_row([
                op.node.map_or_else(String::new, |node| format!("#{node}")),
                op.op.clone(),
                op.delegate.clone(),
                format!("{:.3}", op.median_ms),
                format!(
                    "{:.1} %",
                    100.0 * op.median_ms / total.max(f64::MIN_POSITIVE)
                ),
                rate(op.gflops),
                rate(op.gigabytes_per_second),
                op.share_of_peak
                    .map_or_else(String::new, |share| format!("{:.0} %", 100.0 * share)),
            ]);
        }
        writeln!(out, "\n{}", rows.trim_fmt())?;
        Ok(())
    }
}

/// Each node, and each partition whose delegate does not tell its nodes apart.
fn ops(session: &Session, times: &NodeTimes) -> Vec<OpTime> {
    let plan = session.plan();
    let mut ops = Vec::new();
    if times.last.partitions.is_empty() {
        return ops;
    }
    for (partition, &whole) in std::iter::zip(&plan.partitions, &times.partitions) {
        let delegate = &plan.delegates[partition.delegate];
        let known = partition
            .nodes
            .iter()
            .filter_map(|id| Some((*id, *times.nodes.get(id)?)));
        let mut known = known.peekable();
        if known.peek().is_none() {
            let computing = partition.nodes.iter();
            let computing = computing.filter(|node| !is_expansion(plan, node.0)).count();
            ops.push(OpTime {
                node: None,
                fused: Vec::new(),
                op: format!("{} together", counted(computing, "node")),
                delegate: delegate.clone(),
                median_ms: milliseconds(whole),
                gflops: None,
                gigabytes_per_second: None,
                share_of_peak: None,
            });
        }
        ops.extend(known.map(|(id, time)| {
            let nodes = fused_with(session, id);
            let Work {
                multiply_adds,
                bytes,
            } = work(session, &nodes);
            let per_nanosecond = |amount: u64| {
                let nanoseconds = time.as_nanos() as f64;
                (amount > 0 && nanoseconds > 0.0).then(|| amount as f64 / nanoseconds)
            };
            OpTime {
                node: Some(id.0),
                op: names(session.graph(), &nodes),
                fused: nodes
                    .iter()
                    .map(|node| node.0)
                    .filter(|&node| node != id.0)
                    .collect(),
                delegate: delegate.clone(),
                median_ms: milliseconds(time),
                gflops: per_nanosecond(multiply_adds.saturating_mul(2)),
                gigabytes_per_second: per_nanosecond(bytes),
                share_of_peak: None,
            }
        }));
    }
    ops
}

/// The nodes that are computed together with `node`, and it.
pub(super) fn fused_with(session: &Session, node: NodeId) -> Vec<NodeId> {
    let fusions = session.fusions().into_iter();
    let mut nodes: Vec<NodeId> = fusions
        .filter(|&(_, into)| into == node)
        .map(|(fused, _)| fused)
        .chain([node])
        .collect();
    nodes.sort_unstable();
    nodes
}

/// The ops of these nodes.
pub(super) fn names(graph: &Graph, nodes: &[NodeId]) -> String {
    let names: Vec<&str> = nodes.iter().map(|&id| graph.node(id).op.name()).collect();
    names.join(" + ")
}

/// What nodes that are computed together have to do: what one writes for another is never in memory.
fn work(session: &Session, nodes: &[NodeId]) -> Work {
    let graph = session.graph();
    let mut sum = Work::default();
    for &id in nodes {
        let node = NodeContext::new(graph, id, session.shapes());
        let work = node.work().unwrap_or_default();
        sum.multiply_adds += work.multiply_adds;
        sum.bytes += work.bytes;
    }
    let bytes = |tensor: TensorId| {
        let shape = session.shapes()[tensor.0].as_ref()?;
        graph.tensor(tensor).dtype.bytes_for(shape.elements())
    };
    let read = |id: &NodeId| graph.node(*id).inputs.iter().copied().flatten();
    for &written in nodes.iter().flat_map(|&id| &graph.node(id).outputs) {
        let readers = nodes.iter().flat_map(read);
        let readers = readers.filter(|&tensor| tensor == written).count();
        if readers > 0 {
            let bytes = bytes(written).unwrap_or(0) as u64;
            sum.bytes = sum.bytes.saturating_sub((1 + readers as u64) * bytes);
        }
    }
    sum
}

fn is_expansion(plan: &Plan, node: usize) -> bool {
    plan.placements[node].is_constant_expansion
}
