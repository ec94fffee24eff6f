//! Which cases run which WGSL files.

use std::collections::BTreeMap;
use std::sync::Arc;

use demilite_conformance::{Case, cases, networks_for};
use demilite_core::{Model, Session};
use demilite_gpu::{AskedPipeline, GpuContext, GpuDelegate};
use serde::{Deserialize, Serialize};

use crate::setup::SETUPS;

/// The cases of the table, one op each, and networks, in which the steps at the end of kernels are.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = cases::all();
    cases.extend(networks_for(&demilite_custom_ops::reference()));
    cases
}

/// A case on one of the [`SETUPS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) setup: usize,
    /// Its place among all cases.
    pub(crate) case: usize,
}

/// For each file the runs that have it compiled, so ordered that the first ones have each pipeline with the file.
pub(crate) struct Reach(BTreeMap<&'static str, Vec<Run>>);

impl Reach {
    /// Compiles every case on every device that there is. Setups without a device are left out.
    pub(crate) fn find(cases: &[Case]) -> Self {
        let mut smallest_first: Vec<usize> = (0..cases.len()).collect();
        // The very small ones show little.
        let size = |case: usize| (elements(&cases[case]) < 48, elements(&cases[case]));
        smallest_first.sort_by_key(|&case| size(case));
        let mut reached: BTreeMap<&'static str, Turns> = BTreeMap::new();
        for (index, setup) in SETUPS.iter().enumerate() {
            let context = match setup.open() {
                Ok(context) => context,
                Err(error) => {
                    println!("mutation: not on {}: {error}", setup.name);
                    continue;
                }
            };
            for &case in &smallest_first {
                if !setup.concerns(&cases[case]) {
                    continue;
                }
                let run = Run { setup: index, case };
                for pipeline in pipelines(&context, &cases[case]) {
                    for file in pipeline.files {
                        let turns = reached.entry(file).or_default();
                        turns.add(run, &pipeline.description);
                    }
                }
            }
        }
        let reached = reached.into_iter();
        Reach(
            reached
                .map(|(file, turns)| (file, turns.in_order()))
                .collect(),
        )
    }

    /// The runs that have this file compiled.
    pub(crate) fn runs(&self, file: &str) -> &[Run] {
        self.0.get(file).map_or(&[], Vec::as_slice)
    }
}

/// The runs of a file, each with how many before it had the rarest of its pipelines.
#[derive(Default)]
struct Turns {
    runs: Vec<(Run, usize)>,
    seen: BTreeMap<(usize, String), usize>,
}

impl Turns {
    /// Adds a pipeline of a run; those of one run come one after the other.
    fn add(&mut self, run: Run, pipeline: &str) {
        let seen = (self.seen.entry((run.setup, pipeline.to_owned()))).or_default();
        match self.runs.last_mut() {
            Some((last, turn)) if *last == run => *turn = (*turn).min(*seen),
            _ => self.runs.push((run, *seen)),
        }
        *seen += 1;
    }

    fn in_order(mut self) -> Vec<Run> {
        self.runs.sort_by_key(|(_, turn)| *turn);
        self.runs.into_iter().map(|(run, _)| run).collect()
    }
}

fn elements(case: &Case) -> usize {
    let tensors = case.graph().tensors().iter();
    tensors.map(|tensor| tensor.shape.elements()).sum()
}

/// The pipelines that a case asks for; none if the device rejects it.
fn pipelines(context: &Arc<GpuContext>, case: &Case) -> Vec<AskedPipeline> {
    let overlay = context.overlay(None);
    let delegate = GpuDelegate::new(Arc::clone(&overlay));
    let model = Arc::new(Model::from_graph(case.graph().clone()));
    let session = Session::builder(model).delegate(Arc::new(delegate)).build();
    session.map_or_else(|_| Vec::new(), |_| overlay.pipelines())
}
