//! Which nodes of a partition are computed together, decided before any is lowered.

mod chain;
mod readers;
mod sum;

use std::collections::{HashMap, HashSet};

use demilite_core::{NodeId, Partition};
use demilite_shaders::Element;

pub(crate) use chain::{Argument, Chain};
pub(crate) use sum::Sum;

use crate::device::Device;
use crate::op;
use crate::plans::Plans;
use crate::precision::NodePrecisions;
use chain::Search;
use readers::Readers;

/// What becomes of a node.
pub(crate) enum Fate<'a> {
    /// It has dispatches of its own.
    Alone,
    /// It is a PAD node that folds into all its readers.
    Folded,
    /// A chain or a sum computes it, before its last node.
    Inner,
    /// It is the last node of a chain.
    Last(&'a Chain),
    /// The layer before it computes it too.
    Sum(&'a Sum),
}

/// Which nodes are computed together.
#[derive(Default)]
pub(crate) struct Fusions {
    /// For each PAD node that is not computed, its readers.
    padded: HashMap<NodeId, Vec<NodeId>>,
    /// By their last nodes.
    chains: HashMap<NodeId, Chain>,
    /// By the nodes that add.
    sums: HashMap<NodeId, Sum>,
    /// The last nodes of the chains and sums of all others.
    inner: HashMap<NodeId, NodeId>,
}

impl Fusions {
    /// What can be computed together of `partition`, if that is wished for.
    ///
    /// What a chain computes in 32-bit floats it also writes as such: `precisions` learns it of all nodes of the chain. `plans` learns
    /// of the paddings that fold.
    pub(crate) fn new(
        partition: &Partition,
        device: &Device,
        plans: &mut Plans<'_>,
        precisions: &mut NodePrecisions,
    ) -> Self {
        let mut fusions = Fusions::default();
        if device.options().fusion {
            let readers = Readers::new(partition);
            fusions.fold_paddings(partition, &readers, plans);
            fusions.find_chains(partition, &readers, plans, precisions);
            fusions.find_sums(partition, &readers, plans);
        }
        fusions
    }

    /// What becomes of `node`.
    pub(crate) fn fate(&self, node: NodeId) -> Fate<'_> {
        if self.padded.contains_key(&node) {
            return Fate::Folded;
        }
        if self.inner.contains_key(&node) {
            return Fate::Inner;
        }
        if let Some(sum) = self.sums.get(&node) {
            return Fate::Sum(sum);
        }
        self.chains.get(&node).map_or(Fate::Alone, Fate::Last)
    }

    /// Each node that is computed with another, and that one.
    pub(crate) fn pairs(&self) -> Vec<(NodeId, NodeId)> {
        let last = |node: &NodeId| self.inner.get(node).copied().unwrap_or(*node);
        let padded = self.padded.iter();
        let folded = padded.flat_map(|(&pad, readers)| {
            let readers: HashSet<NodeId> = readers.iter().map(last).collect();
            readers.into_iter().map(move |reader| (pad, reader))
        });
        let inner = self.inner.iter().map(|(&node, &last)| (node, last));
        let mut pairs: Vec<_> = folded.chain(inner).collect();
        pairs.sort_unstable();
        pairs
    }

    /// Has convolutions stand for the paddings that PAD nodes put around what they read.
    fn fold_paddings(
        &mut self,
        partition: &Partition,
        readers: &Readers<'_>,
        plans: &mut Plans<'_>,
    ) {
        for &id in partition.nodes() {
            let pad = partition.context(id);
            let Some(padding) = op::zero_padding(&pad) else {
                continue;
            };
            let output = pad.node().outputs[0];
            let Some(readers) = readers.only_inside(output) else {
                continue;
            };
            let mut folds = |&reader: &NodeId| {
                let node = partition.context(reader);
                let mut inputs = node.node().inputs.iter();
                let reads = inputs.position(|&input| input == Some(output));
                reads == Some(0)
                    && !inputs.any(|&input| input == Some(output))
                    && plans.of(reader).is_ok_and(|plan| plan.folds())
            };
            if readers.iter().all(&mut folds) {
                for &reader in readers {
                    if let Ok(plan) = plans.of(reader) {
                        plan.fold(padding);
                    }
                }
                self.padded.insert(id, readers.to_vec());
            }
        }
    }

    /// Has elementwise nodes computed by the dispatch before them, or by one together.
    fn find_chains(
        &mut self,
        partition: &Partition,
        readers: &Readers<'_>,
        plans: &mut Plans<'_>,
        precisions: &mut NodePrecisions,
    ) {
        let mut search = Search {
            partition,
            readers,
            precisions,
            taken: HashSet::new(),
        };
        // Of two layers that are added, the later one does it: the other one's output is there then.
        for &head in partition.nodes().iter().rev() {
            if plans.of(head).is_ok_and(|plan| plan.takes_steps()) {
                let chain = search.behind(head);
                self.add(chain, &mut search);
            }
        }
        for &first in partition.nodes() {
            let chain = search.from(first);
            self.add(chain, &mut search);
        }
    }

    /// Has sums of quantized integers computed by the layer before them.
    fn find_sums(&mut self, partition: &Partition, readers: &Readers<'_>, plans: &mut Plans<'_>) {
        // Of two layers that are added, the later one does it, as for chains.
        for &head in partition.nodes().iter().rev() {
            let sum = sum::behind(head, partition, readers, plans);
            if let Some(sum) = sum.filter(|sum| !self.sums.contains_key(&sum.node)) {
                self.inner.insert(head, sum.node);
                self.sums.insert(sum.node, sum);
            }
        }
    }

    fn add(&mut self, chain: Option<Chain>, search: &mut Search<'_>) {
        let Some((last, chain)) = chain.and_then(|chain| Some((chain.last()?, chain))) else {
            return;
        };
        search.taken.extend(chain.inner().chain([last]));
        if chain.element == Element::F32 {
            let nodes = chain.inner().chain([last]);
            nodes.for_each(|node| search.precisions.widen(node));
        }
        self.inner.extend(chain.inner().map(|node| (node, last)));
        self.chains.insert(last, chain);
    }
}
