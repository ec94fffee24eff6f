//! `demilite bench`: how long a model takes.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use clap::Args;
use demilite::{DataType, Graph, NodeId, Plan, Session, Shape, Value};
use indicatif::ProgressBar;
use serde::Serialize;

use crate::failure::Failure;
use crate::hardware::HardwareOptions;
use crate::model::{ModelOptions, counted, note_remainder, plan_words};
use crate::table::table;

/// What `demilite bench` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    model: ModelOptions,
    /// Invocations that are measured
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Invocations before those
    #[arg(long, value_name = "N", default_value_t = 3)]
    warmup: u32,
    /// Measures each op too, in as many further invocations
    #[arg(long)]
    profile: bool,
    /// Writes a JSON object with `model`, `delegate`, `threads`, `median_ms`, `min_ms`, `max_ms`,
    /// `runs` and `ops`
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    hardware: HardwareOptions,
}

#[derive(Serialize)]
struct Report<'a> {
    model: &'a str,
    delegate: &'a [String],
    threads: usize,
    median_ms: f64,
    min_ms: f64,
    max_ms: f64,
    quartiles_ms: [f64; 2],
    runs: u32,
    ops: Vec<OpTime>,
}

/// The time of a node, or of a partition whose delegate does not tell its nodes apart.
#[derive(Serialize)]
struct OpTime {
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<usize>,
    op: String,
    delegate: String,
    median_ms: f64,
}

pub(crate) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let (model, graph_index) = arguments.model.open()?;
    let selection = arguments.hardware.select()?;
    let mut session = arguments
        .hardware
        .session(&model, graph_index, &selection)?;
    note_remainder(session.graph(), session.plan(), &selection);
    let inputs = inputs(session.graph(), session.input_shapes())?;
    let profiled = if arguments.profile { arguments.runs } else { 0 };
    let progress = ProgressBar::new((arguments.warmup + arguments.runs + profiled).into());
    for _ in 0..arguments.warmup {
        timed(&mut session, &inputs, &progress)?;
    }
    let mut times = Vec::new();
    for _ in 0..arguments.runs {
        times.push(timed(&mut session, &inputs, &progress)?);
    }
    let ops = profile(&mut session, &inputs, profiled, &progress)?;
    progress.finish_and_clear();
    times.sort();
    let report = Report {
        model: model.name(),
        delegate: &session.plan().delegates,
        threads: 1,
        median_ms: milliseconds(quantile(&times, 1, 2)),
        min_ms: milliseconds(times[0]),
        max_ms: milliseconds(times[times.len() - 1]),
        quartiles_ms: [1, 3].map(|quarter| milliseconds(quantile(&times, quarter, 4))),
        runs: arguments.runs,
        ops,
    };
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(());
    }
    writeln!(out, "{}", report.model)?;
    for line in plan_words(session.plan(), &selection) {
        writeln!(out, "  {line}")?;
    }
    show(out, &report)
}

fn show(out: &mut dyn Write, report: &Report<'_>) -> Result<(), Failure> {
    let [lower, upper] = report.quartiles_ms;
    writeln!(
        out,
        "\nmedian {:.3} ms, half of all from {lower:.3} to {upper:.3} ms, min {:.3} ms, \
         max {:.3} ms, {} runs",
        report.median_ms, report.min_ms, report.max_ms, report.runs
    )?;
    if report.ops.is_empty() {
        return Ok(());
    }
    let total: f64 = report.ops.iter().map(|op| op.median_ms).sum();
    let mut rows = table(&["node", "op", "delegate", "ms", "share"], &[0, 3, 4]);
    for op in &report.ops {
        rows.add_row([
            op.node.map_or_else(String::new, |node| format!("#{node}")),
            op.op.clone(),
            op.delegate.clone(),
            format!("{:.3}", op.median_ms),
            format!(
                "{:.1} %",
                100.0 * op.median_ms / total.max(f64::MIN_POSITIVE)
            ),
        ]);
    }
    writeln!(out, "\n{}", rows.trim_fmt())?;
    Ok(())
}

fn timed(
    session: &mut Session,
    inputs: &[Value],
    progress: &ProgressBar,
) -> Result<Duration, Failure> {
    let started = Instant::now();
    let result = session.run(inputs);
    let elapsed = started.elapsed();
    progress.inc(1);
    match result {
        Ok(_) => Ok(elapsed),
        Err(error) => Err(Failure::run(session.model(), error)),
    }
}

/// The median time of each node over `runs` invocations, and of each partition whose delegate does
/// not tell its nodes apart.
fn profile(
    session: &mut Session,
    inputs: &[Value],
    runs: u32,
    progress: &ProgressBar,
) -> Result<Vec<OpTime>, Failure> {
    session.set_profiling(true);
    let mut nodes: BTreeMap<NodeId, Vec<Duration>> = BTreeMap::new();
    let mut partitions = vec![Vec::new(); session.plan().partitions.len()];
    for _ in 0..runs {
        timed(session, inputs, progress)?;
        let Some(profile) = session.profile() else {
            continue;
        };
        for &(node, time) in &profile.nodes {
            nodes.entry(node).or_default().push(time);
        }
        for (times, &time) in std::iter::zip(&mut partitions, &profile.partitions) {
            times.push(time);
        }
    }
    session.set_profiling(false);
    let plan = session.plan();
    let mut ops = Vec::new();
    for (partition, mut whole) in std::iter::zip(&plan.partitions, partitions) {
        let delegate = &plan.delegates[partition.delegate];
        let known = partition
            .nodes
            .iter()
            .filter_map(|id| Some((*id, nodes.remove(id)?)));
        let known: Vec<(NodeId, Vec<Duration>)> = known.collect();
        if known.is_empty() && runs > 0 {
            whole.sort();
            ops.push(OpTime {
                node: None,
                op: format!(
                    "{} together",
                    counted(computing(plan, &partition.nodes), "node")
                ),
                delegate: delegate.clone(),
                median_ms: milliseconds(quantile(&whole, 1, 2)),
            });
        }
        for (id, mut times) in known {
            times.sort();
            ops.push(OpTime {
                node: Some(id.0),
                op: session.graph().node(id).op.name().to_owned(),
                delegate: delegate.clone(),
                median_ms: milliseconds(quantile(&times, 1, 2)),
            });
        }
    }
    Ok(ops)
}

/// The number of nodes that do more than expand constants.
fn computing(plan: &Plan, nodes: &[NodeId]) -> usize {
    let nodes = nodes.iter();
    nodes
        .filter(|node| !plan.placements[node.0].is_constant_expansion)
        .count()
}

/// The value at `part / parts` of sorted times, the mean of the two nearest where it lies between.
fn quantile(sorted: &[Duration], part: usize, parts: usize) -> Duration {
    let place = (sorted.len() - 1) * part;
    (sorted[place / parts] + sorted[place.div_ceil(parts)]) / 2
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Inputs of the right types and shapes: floats from -1 to 1 and quantized integers over their
/// range, from a fixed sequence; other types zeros, which are valid indices too.
fn inputs(graph: &Graph, shapes: &[Shape]) -> Result<Vec<Value>, Failure> {
    let mut state = 1_u32;
    std::iter::zip(graph.inputs(), shapes)
        .map(|(&id, shape)| {
            let dtype = graph.tensor(id).dtype;
            let mut value = Value::zeros(dtype, shape.clone())
                .map_err(|error| Failure::Run(error.to_string()))?;
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            match dtype {
                DataType::Float32 => {
                    for element in value.as_mut_slice::<f32>().unwrap_or_default() {
                        *element = f32::from(next()) / 127.5 - 1.0;
                    }
                }
                DataType::Int8 | DataType::UInt8 | DataType::Int16 => {
                    value.bytes_mut().fill_with(next);
                }
                _ => {}
            }
            Ok(value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::quantile;

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        let times = [1, 2, 4, 8].map(Duration::from_millis);
        assert_eq!(quantile(&times, 1, 2), Duration::from_millis(3));
        assert_eq!(quantile(&times[..3], 1, 2), Duration::from_millis(2));
        assert_eq!(quantile(&times, 0, 4), Duration::from_millis(1));
        assert_eq!(quantile(&times, 4, 4), Duration::from_millis(8));
        assert_eq!(quantile(&times[..1], 3, 4), Duration::from_millis(1));
    }
}
