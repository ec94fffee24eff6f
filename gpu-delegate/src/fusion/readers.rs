//! Who reads the tensors of a partition.

use std::collections::HashMap;

use demilite_core::{NodeId, Partition, TensorId};

/// The readers of each tensor.
pub(super) struct Readers<'a> {
    inside: HashMap<TensorId, Vec<NodeId>>,
    outputs: &'a [TensorId],
    /// Among these are some that lie in buffers of the caller, which `outputs` lacks.
    results: &'a [TensorId],
}

impl<'a> Readers<'a> {
    pub(super) fn new(partition: &'a Partition) -> Self {
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

    /// The nodes of the partition that read `tensor`, each once, in the order in which they run.
    pub(super) fn inside(&self, tensor: TensorId) -> &[NodeId] {
        self.inside.get(&tensor).map_or(&[], Vec::as_slice)
    }

    /// The same, where nobody reads it outside of the partition and somebody does inside.
    pub(super) fn only_inside(&self, tensor: TensorId) -> Option<&[NodeId]> {
        let readers = self.inside(tensor);
        let is_read_outside = self.outputs.contains(&tensor) || self.results.contains(&tensor);
        (!readers.is_empty() && !is_read_outside).then_some(readers)
    }
}
