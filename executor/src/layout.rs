//! Where the tensors of a program lie.

use std::ops::Range;

use demilite_core::memory_plan::{Lifetime, arena, buffers};
use demilite_core::{AlignedBytes, DataType, Graph, Partition, Shape, TensorId};

use crate::step::Step;

/// Where a tensor lies that a step writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the arena, at these bytes.
    Arena(Range<usize>),
    /// In memory of its own, as its size shows in an invocation; others have their turn in it too.
    Slot(usize),
    /// In the value that the session hands in for this output of the partition.
    Output(usize),
}

/// The place of every tensor that a program writes.
pub(crate) struct Layout {
    /// For each tensor of the graph its place, where a step writes it.
    pub(crate) places: Vec<Option<Place>>,
    /// For each step the bytes of the arena that its kernel has for itself.
    pub(crate) scratch: Vec<Range<usize>>,
    /// For each step the stretches of the arena that it writes, in their order; none is empty.
    pub(crate) written: Vec<Vec<Range<usize>>>,
    /// The size of the arena.
    pub(crate) arena_bytes: usize,
    /// Number of slots.
    pub(crate) slots: usize,
}

/// What a stretch of the arena is for.
enum Tenant {
    Tensor(TensorId),
    Scratch(usize),
}

impl Layout {
    /// Plans the memory of steps in their order; `None` where they need more than can be addressed.
    pub(crate) fn new(partition: &Partition, steps: &[Step]) -> Option<Self> {
        let graph = partition.graph();
        let last_use = last_use(graph, steps);
        let mut places = vec![None; graph.tensors().len()];
        for (index, id) in partition.outputs().iter().enumerate() {
            places[id.0] = Some(Place::Output(index));
        }
        let (mut tenants, mut lifetimes) = (Vec::new(), Vec::new());
        let (mut open, mut open_lifetimes) = (Vec::new(), Vec::new());
        for (turn, step) in steps.iter().enumerate() {
            for &id in step.outputs(graph) {
                if places[id.0].is_some() {
                    continue;
                }
                let lifetime = |bytes: usize| Lifetime {
                    first: turn,
                    last: last_use[id.0],
                    bytes: bytes as u64,
                };
                let shape = partition.shapes()[id.0].as_ref();
                let shape = shape.filter(|_| step.kernel.is_some());
                match bytes_of(graph, id, shape) {
                    Some(bytes) => {
                        tenants.push(Tenant::Tensor(id));
                        lifetimes.push(lifetime(bytes));
                    }
                    None => {
                        open.push(id);
                        open_lifetimes.push(lifetime(0));
                    }
                }
            }
            let scratch = step
                .kernel
                .as_ref()
                .map_or(0, |kernel| kernel.scratch_bytes());
            if scratch > 0 {
                tenants.push(Tenant::Scratch(turn));
                lifetimes.push(Lifetime {
                    first: turn,
                    last: turn,
                    bytes: scratch as u64,
                });
            }
        }
        let plan = arena(&lifetimes, AlignedBytes::ALIGNMENT as u64)?;
        let arena_bytes = usize::try_from(plan.bytes).ok()?;
        isize::try_from(arena_bytes).ok()?;
        let mut scratch = vec![0..0; steps.len()];
        for ((tenant, lifetime), &start) in tenants.iter().zip(&lifetimes).zip(&plan.offsets) {
            // Both are within the arena, whose size a usize holds.
            let place = start as usize..(start + lifetime.bytes) as usize;
            match *tenant {
                Tenant::Tensor(id) => places[id.0] = Some(Place::Arena(place)),
                Tenant::Scratch(turn) => scratch[turn] = place,
            }
        }
        let slots = buffers(&open_lifetimes);
        for (id, &slot) in open.iter().zip(&slots.assignment) {
            places[id.0] = Some(Place::Slot(slot));
        }
        let written = |(step, scratch): (&Step, &Range<usize>)| {
            let outputs = step.outputs(graph).iter();
            let outputs = outputs.filter_map(|id| match places[id.0].as_ref()? {
                Place::Arena(place) => Some(place.clone()),
                Place::Slot(_) | Place::Output(_) => None,
            });
            let mut written: Vec<_> = outputs.chain([scratch.clone()]).collect();
            written.retain(|stretch| !stretch.is_empty());
            written.sort_unstable_by_key(|stretch| stretch.start);
            written
        };
        Some(Layout {
            written: steps.iter().zip(&scratch).map(written).collect(),
            places,
            scratch,
            arena_bytes,
            slots: slots.buffers.len(),
        })
    }
}

/// The last step that reads or writes each tensor.
fn last_use(graph: &Graph, steps: &[Step]) -> Vec<usize> {
    let mut last_use = vec![0; graph.tensors().len()];
    for (turn, step) in steps.iter().enumerate() {
        let written = step.outputs(graph).iter().copied();
        for id in step.inputs(graph).flatten().chain(written) {
            last_use[id.0] = turn;
        }
    }
    last_use
}

/// The bytes of a tensor, where they are known before an invocation.
fn bytes_of(graph: &Graph, id: TensorId, shape: Option<&Shape>) -> Option<usize> {
    match graph.tensor(id).dtype {
        // How long strings and the names of resources are shows afterwards.
        DataType::String | DataType::Resource | DataType::Variant => None,
        dtype => dtype.bytes_for(shape?.checked_elements()?),
    }
}

/// What lies between the stretches of an arena that a step writes, for reading.
pub(crate) struct Rest<'a> {
    /// Each with the place where it starts.
    pieces: Vec<(usize, &'a [u8])>,
}

impl<'a> Rest<'a> {
    /// The whole arena.
    pub(crate) fn whole(memory: &'a [u8]) -> Self {
        Rest {
            pieces: vec![(0, memory)],
        }
    }

    /// Splits an arena into `written` stretches, in their order, and what lies between them. Both go into empty vectors, the former each
    /// with the place where it starts.
    pub(crate) fn split(
        memory: &'a mut [u8],
        written: &[Range<usize>],
        stretches: &mut Vec<(usize, &'a mut [u8])>,
        mut pieces: Vec<(usize, &'a [u8])>,
    ) -> Self {
        let (mut rest, mut start) = (memory, 0);
        for place in written {
            let (piece, tail) = rest.split_at_mut(place.start - start);
            let (stretch, tail) = tail.split_at_mut(place.len());
            pieces.push((start, &*piece));
            stretches.push((place.start, stretch));
            (rest, start) = (tail, place.end);
        }
        pieces.push((start, &*rest));
        Rest { pieces }
    }

    /// The vector that holds the pieces.
    pub(crate) fn into_pieces(self) -> Vec<(usize, &'a [u8])> {
        self.pieces
    }

    /// The bytes of the arena at `place`; `None` where some of them are written.
    pub(crate) fn get(&self, place: &Range<usize>) -> Option<&'a [u8]> {
        if place.is_empty() {
            return Some(&[]);
        }
        let behind = self
            .pieces
            .partition_point(|&(start, _)| start <= place.start);
        let &(start, piece) = self.pieces.get(behind.checked_sub(1)?)?;
        piece.get(place.start - start..place.end - start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_apart_from_what_is_read() {
        let mut memory: Vec<u8> = (0..10).collect();
        let mut stretches = Vec::new();
        let rest = Rest::split(&mut memory, &[1..3, 6..8], &mut stretches, Vec::new());
        let places = stretches.iter().map(|(start, bytes)| (*start, bytes.len()));
        assert_eq!(places.collect::<Vec<_>>(), [(1, 2), (6, 2)]);
        stretches[1].1.fill(0);
        assert_eq!(rest.get(&(0..1)), Some(&[0][..]));
        assert_eq!(rest.get(&(3..6)), Some(&[3, 4, 5][..]));
        assert_eq!(rest.get(&(8..10)), Some(&[8, 9][..]));
        assert_eq!(rest.get(&(5..5)), Some(&[][..]));
        assert_eq!(rest.get(&(2..4)), None);
        assert_eq!(rest.get(&(5..7)), None);
        assert_eq!(memory[5..9], [5, 0, 0, 8]);
    }
}
