//! Memory of intermediate tensors, used again once nobody reads them any more.

use demilite_core::{DataType, NodeId, Partition, Shape, TensorId, Value, ValueError, View};

/// Slots of memory, and which of them each tensor takes.
#[derive(Clone)]
pub(crate) struct Arena {
    slots: Vec<Option<Value>>,
    /// The bytes of the largest tensor that each slot has held, which its memory is kept for.
    held: Vec<usize>,
    /// The slot of each tensor that the partition writes.
    places: Vec<Option<usize>>,
}

impl Arena {
    /// Gives a slot to each tensor that `steps` write, the same one to tensors that never hold a
    /// value at the same time. Outputs of the partition keep theirs to the end.
    pub(crate) fn new(partition: &Partition, steps: &[NodeId]) -> Self {
        let graph = partition.graph();
        let mut last_use = vec![0; graph.tensors().len()];
        for (turn, &node) in steps.iter().enumerate() {
            let node = graph.node(node);
            for id in node.inputs.iter().flatten().chain(&node.outputs) {
                last_use[id.0] = turn;
            }
        }
        for id in partition.outputs() {
            last_use[id.0] = usize::MAX;
        }
        let mut places = vec![None; graph.tensors().len()];
        let mut sizes: Vec<usize> = Vec::new();
        let mut free: Vec<usize> = Vec::new();
        for (turn, &node) in steps.iter().enumerate() {
            let node = graph.node(node);
            for id in &node.outputs {
                let shape = partition.shapes()[id.0].as_ref();
                let bytes = bytes_of(graph.tensor(*id).dtype, shape);
                let slot = take_free(&mut free, &sizes, bytes).unwrap_or_else(|| {
                    sizes.push(0);
                    sizes.len() - 1
                });
                sizes[slot] = sizes[slot].max(bytes);
                places[id.0] = Some(slot);
            }
            let mut done: Vec<usize> = node
                .inputs
                .iter()
                .flatten()
                .chain(&node.outputs)
                .filter(|id| last_use[id.0] == turn)
                .filter_map(|id| places[id.0])
                .collect();
            done.sort_unstable();
            done.dedup();
            free.extend(done);
        }
        Arena {
            slots: vec![None; sizes.len()],
            held: vec![0; sizes.len()],
            places,
        }
    }

    /// The value of a tensor, if it was written and not overwritten.
    pub(crate) fn value(&self, tensor: TensorId) -> Option<View<'_>> {
        let slot = self.places[tensor.0]?;
        self.slots[slot].as_ref().map(Value::view)
    }

    /// Takes out the memory of some tensors, for writing.
    pub(crate) fn take(&mut self, tensors: &[TensorId]) -> Result<Vec<Value>, ValueError> {
        let slots = tensors.iter().map(|id| self.places[id.0]);
        slots
            .map(|slot| slot.and_then(|slot| self.slots[slot].take()))
            .map(|value| value.map_or_else(|| Value::zeros(DataType::UInt8, [0]), Ok))
            .collect()
    }

    /// Puts back what [`Arena::take`] took out.
    pub(crate) fn put(&mut self, tensors: &[TensorId], values: Vec<Value>) {
        for (id, value) in tensors.iter().zip(values) {
            if let Some(slot) = self.places[id.0] {
                self.held[slot] = self.held[slot].max(value.bytes().len());
                self.slots[slot] = Some(value);
            }
        }
    }

    /// Exchanges the value of a tensor for another one's memory.
    pub(crate) fn swap(&mut self, tensor: TensorId, other: &mut Value) {
        if let Some(value) = self.places[tensor.0].and_then(|slot| self.slots[slot].as_mut()) {
            std::mem::swap(value, other);
        }
    }

    /// Bytes that the slots hold.
    pub(crate) fn bytes(&self) -> usize {
        self.held.iter().sum()
    }
}

/// Takes the smallest free slot that is large enough, else the largest.
fn take_free(free: &mut Vec<usize>, sizes: &[usize], bytes: usize) -> Option<usize> {
    let (index, _) = free.iter().enumerate().min_by_key(|&(_, &slot)| {
        let size = sizes[slot];
        (size < bytes, size.abs_diff(bytes))
    })?;
    Some(free.swap_remove(index))
}

fn bytes_of(dtype: DataType, shape: Option<&Shape>) -> usize {
    shape
        .and_then(|shape| dtype.bytes_for(shape.checked_elements()?))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tightest_slot_is_taken() {
        let sizes = [100, 10, 50];
        let mut free = vec![0, 1, 2];
        assert_eq!(take_free(&mut free, &sizes, 40), Some(2));
        assert_eq!(take_free(&mut free, &sizes, 200), Some(0));
        assert_eq!(take_free(&mut free, &sizes, 5), Some(1));
        assert_eq!(take_free(&mut free, &sizes, 5), None);
    }
}
