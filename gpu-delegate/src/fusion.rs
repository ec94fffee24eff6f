//! Which nodes of a partition are computed together, decided before any is lowered.

use std::collections::HashMap;

use demilite_core::{NodeId, Partition, TensorId};

use crate::context::GpuContext;
use crate::op::{self, Border};

/// What becomes of a node.
pub(crate) enum Fate {
    /// It has dispatches of its own, which do without `border` around input 0.
    Alone {
        /// What a PAD node would put there.
        border: Option<Border>,
    },
    /// It puts a border around a picture, which all readers do without.
    Border,
}

/// Which nodes are computed together.
#[derive(Default)]
pub(crate) struct Fusions {
    /// For each PAD node that is not computed, its readers.
    padded: HashMap<NodeId, Vec<NodeId>>,
    /// For each of those, the border.
    borders: HashMap<NodeId, Border>,
}

impl Fusions {
    /// What can be computed together of `partition`, if that is wished for.
    pub(crate) fn new(partition: &Partition<'_>, context: &GpuContext) -> Self {
        let mut fusions = Fusions::default();
        if context.options().fusion {
            fusions.fold_borders(partition, &Readers::new(partition), context);
        }
        fusions
    }

    /// What becomes of `node`.
    pub(crate) fn fate(&self, node: NodeId) -> Fate {
        if self.padded.contains_key(&node) {
            return Fate::Border;
        }
        Fate::Alone {
            border: self.borders.get(&node).copied(),
        }
    }

    /// Each node that is computed with another, and that one.
    pub(crate) fn pairs(&self) -> Vec<(NodeId, NodeId)> {
        let padded = self.padded.iter();
        let mut pairs: Vec<_> = padded
            .flat_map(|(&pad, readers)| readers.iter().map(move |&reader| (pad, reader)))
            .collect();
        pairs.sort_unstable();
        pairs
    }

    /// Has convolutions stand for the borders that PAD nodes put around what they read.
    fn fold_borders(
        &mut self,
        partition: &Partition<'_>,
        readers: &Readers<'_>,
        context: &GpuContext,
    ) {
        for &id in partition.nodes() {
            let pad = partition.context(id);
            let Some(border) = op::border(&pad) else {
                continue;
            };
            let output = pad.node().outputs[0];
            let Some(readers) = readers.of(output) else {
                continue;
            };
            let folds = |&reader: &NodeId| {
                let node = partition.context(reader);
                let mut inputs = node.node().inputs.iter();
                let reads = inputs.position(|&input| input == Some(output));
                reads == Some(0)
                    && !inputs.any(|&input| input == Some(output))
                    && op::folds(&node, border, context)
            };
            if readers.iter().all(folds) {
                self.borders
                    .extend(readers.iter().map(|&reader| (reader, border)));
                self.padded.insert(id, readers.to_vec());
            }
        }
    }
}

/// Who reads the tensors of a partition.
struct Readers<'a> {
    inside: HashMap<TensorId, Vec<NodeId>>,
    outputs: &'a [TensorId],
    /// Among these are some that lie in buffers of the caller, which `outputs` lacks.
    results: &'a [TensorId],
}

impl<'a> Readers<'a> {
    fn new(partition: &Partition<'a>) -> Self {
        let mut inside: HashMap<TensorId, Vec<NodeId>> = HashMap::new();
        for &id in partition.nodes() {
            for &input in partition.graph().node(id).inputs.iter().flatten() {
                let readers = inside.entry(input).or_default();
                if readers.last() != Some(&id) {
                    readers.push(id);
                }
            }
        }
        Readers {
            inside,
            outputs: partition.outputs(),
            results: partition.graph().outputs(),
        }
    }

    /// The nodes that read `tensor`, each once; none if it is read outside of the partition too, or by nobody.
    fn of(&self, tensor: TensorId) -> Option<&[NodeId]> {
        if self.outputs.contains(&tensor) || self.results.contains(&tensor) {
            return None;
        }
        self.inside.get(&tensor).map(Vec::as_slice)
    }
}
