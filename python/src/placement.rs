//! Who runs which node, and how long it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use demilite::{Model, NodeId, Plan, Session};
use pyo3::prelude::*;

use crate::error::Error;

/// Who runs a node, and why not those before it.
#[pyclass(frozen, get_all, module = "demilite._native")]
#[derive(Debug)]
pub(crate) struct NodePlacement {
    graph: usize,
    index: usize,
    op_name: String,
    /// Several for an expansion of a constant, none for a node whose outputs are known ahead.
    delegates: Vec<String>,
    /// The delegates that were asked before, each with its reason.
    rejections: Vec<(String, String)>,
}

impl NodePlacement {
    /// The nodes of a graph, each followed by those of the graphs that it calls.
    pub(crate) fn all(model: &Model, graph_index: usize, plan: &Plan) -> Vec<Self> {
        let name = |delegate: usize| plan.delegates[delegate].clone();
        let nodes = model.graphs()[graph_index].nodes();
        let mut all = Vec::new();
        for (index, placement) in plan.placements.iter().enumerate() {
            let delegates: BTreeSet<usize> = plan.delegates_of(NodeId(index)).collect();
            let rejections = placement.rejections.iter();
            all.push(NodePlacement {
                graph: graph_index,
                index,
                op_name: nodes[index].op.name().to_owned(),
                delegates: delegates.into_iter().map(name).collect(),
                rejections: rejections
                    .map(|(delegate, reject)| (name(*delegate), reject.to_string()))
                    .collect(),
            });
            let calls = plan.calls.iter().filter(|call| call.node.0 == index);
            all.extend(calls.flat_map(|call| Self::all(model, call.graph_index, &call.plan)));
        }
        all
    }
}

/// How long a node took.
#[pyclass(frozen, get_all, module = "demilite._native")]
#[derive(Debug)]
pub(crate) struct NodeTime {
    index: usize,
    op_name: String,
    delegate: String,
    /// `None` where its delegate does not measure it, or another node has its time.
    seconds: Option<f64>,
    /// The node that it is computed with, whose time is that of both.
    fused_with: Option<usize>,
}

impl NodeTime {
    /// The least times of the nodes that are computed, over some invocations.
    pub(crate) fn of(
        session: &mut Session,
        runs: usize,
        mut invoke: impl FnMut(&mut Session) -> Result<(), Error>,
    ) -> Result<Vec<Self>, Error> {
        session.set_profiling(true);
        let mut least: BTreeMap<NodeId, Duration> = BTreeMap::new();
        let mut measure = || -> Result<(), Error> {
            for _ in 0..runs {
                invoke(session)?;
                let profile = session.profile().map_or(&[][..], |profile| &profile.nodes);
                for &(node, time) in profile {
                    let kept = least.entry(node).or_insert(time);
                    *kept = time.min(*kept);
                }
            }
            Ok(())
        };
        let outcome = measure();
        session.set_profiling(false);
        outcome?;
        let fusions: BTreeMap<NodeId, NodeId> = session.fusions().into_iter().collect();
        let (plan, nodes) = (session.plan(), session.graph().nodes());
        let times = nodes.iter().enumerate().filter_map(|(index, node)| {
            let delegate = plan.delegates_of(NodeId(index)).next()?;
            Some(NodeTime {
                index,
                op_name: node.op.name().to_owned(),
                delegate: plan.delegates[delegate].clone(),
                seconds: least.get(&NodeId(index)).map(Duration::as_secs_f64),
                fused_with: fusions.get(&NodeId(index)).map(|node| node.0),
            })
        });
        Ok(times.collect())
    }
}
