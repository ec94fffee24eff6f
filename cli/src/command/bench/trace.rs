//! The trace format of Chrome, which Perfetto reads too.

use std::io::Write;
use std::time::Duration;

use demilite::Session;
use serde::Serialize;

use super::measurement::NodeTimes;
use super::report::{fused_with, names};
use crate::failure::Failure;

/// An event with a beginning and a length, in microseconds.
#[derive(Serialize)]
struct Event {
    name: String,
    cat: &'static str,
    ph: &'static str,
    ts: f64,
    dur: f64,
    pid: u32,
    tid: usize,
    args: serde_json::Value,
}

/// Writes the last profiled invocation: partitions one after the other, each in the row of its
/// delegate, and below them the nodes that the delegate tells apart.
pub(super) fn write(
    session: &Session,
    times: &NodeTimes,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let plan = session.plan();
    let microseconds = |time: Duration| time.as_secs_f64() * 1e6;
    let mut events = Vec::new();
    let mut start = 0.0;
    for (index, (partition, &whole)) in
        std::iter::zip(&plan.partitions, &times.last.partitions).enumerate()
    {
        let delegate = &plan.delegates[partition.delegate];
        let mut event = |name, cat, ts, dur, args| {
            events.push(Event {
                name,
                cat,
                ph: "X",
                ts,
                dur,
                pid: 1,
                tid: partition.delegate,
                args,
            });
        };
        event(
            format!("partition {index} on {delegate}"),
            "partition",
            start,
            microseconds(whole),
            serde_json::json!({ "nodes": partition.nodes.len() }),
        );
        let mut node_start = start;
        let nodes = times.last.nodes.iter();
        for &(id, time) in nodes.filter(|(id, _)| partition.nodes.contains(id)) {
            let node = session.graph().node(id);
            let output = node.outputs.first().map(|&id| session.graph().tensor(id));
            event(
                names(session.graph(), &fused_with(session, id)),
                "node",
                node_start,
                microseconds(time),
                serde_json::json!({
                    "node": id.0,
                    "output": output.map(|tensor| format!("{} {}", tensor.dtype, tensor.shape)),
                }),
            );
            node_start += microseconds(time);
        }
        start += microseconds(whole);
    }
    let trace = serde_json::json!({
        "displayTimeUnit": "ms",
        "otherData": { "model": session.model().name() },
        "traceEvents": events,
    });
    serde_json::to_writer(out, &trace)?;
    Ok(())
}
