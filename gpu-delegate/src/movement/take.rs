//! Ops that take each element of their outputs from a place of one input, whatever the elements are.
//!
//! The place is a sum: each dimension's index adds its own offset. That covers permutations, strides of either sign, repetitions,
//! mirrors, margins and blocks.

use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::{self, TakeParams};
use demilite_shaders::{Element, Params, QUAD, QUAD_ELEMENTS, Role, Rows};

use crate::lowering::{LowerError, Lowering};
use crate::node::check::{Moved, signed_word, table_entry, word};
use crate::node::geometry::rows;
use crate::program::{Dispatch, Storage, line};

/// The places of the elements of one dense tensor in another.
pub(crate) struct Places {
    params: TakeParams,
    /// The rows of dimensions whose offsets are not multiples of their indices, one after the other.
    table: Vec<i32>,
    is_quads: bool,
}

/// What the indices of a dimension add.
enum Offsets {
    /// A number for index 0, and as much more for each next one.
    Steps(usize, isize),
    /// For each index a number, or -1 where nothing is taken.
    Row(Vec<i32>),
}

impl Offsets {
    fn new(offsets: &[Option<usize>]) -> Result<Self, Reject> {
        let difference = |first: usize, second: usize| second.cast_signed() - first.cast_signed();
        let steps = |offsets: &[usize]| {
            let step = match offsets {
                [first, second, ..] => difference(*first, *second),
                _ => 0,
            };
            let mut pairs = offsets.windows(2);
            pairs
                .all(|pair| difference(pair[0], pair[1]) == step)
                .then_some(step)
        };
        let known: Option<Vec<usize>> = offsets.iter().copied().collect();
        if let Some(known) = known
            && let Some(step) = steps(&known)
        {
            return Ok(Offsets::Steps(known[0], step));
        }
        let entry = |offset: &Option<usize>| offset.map_or(Ok(-1), table_entry);
        let row: Result<_, _> = offsets.iter().map(entry).collect();
        Ok(Offsets::Row(row?))
    }

    fn is_quads(&self) -> bool {
        match self {
            Offsets::Steps(first, step) => [*first, step.unsigned_abs()]
                .iter()
                .all(|offset| offset.is_multiple_of(QUAD_ELEMENTS)),
            Offsets::Row(row) => row
                .iter()
                .all(|&offset| offset < 0 || offset.cast_unsigned().is_multiple_of(QUAD)),
        }
    }
}

impl Places {
    /// The places of the elements of a dense tensor of shape `extents`, none of them 0, where index `index` of dimension `axis`
    /// adds `offset(axis, index)` elements; none of them where it gives nothing: there `fill` lies.
    pub(crate) fn new(
        extents: &[usize],
        moved: Moved,
        fill: f32,
        offset: impl Fn(usize, usize) -> Option<usize>,
    ) -> Result<Self, Reject> {
        let count = moved.count();
        let mut axes: Vec<Vec<Option<usize>>> = extents
            .iter()
            .enumerate()
            .map(|(axis, &extent)| {
                let scaled = |index| offset(axis, index).map(|offset| offset * count);
                (0..extent).map(scaled).collect()
            })
            .collect();
        axes.push((0..count).map(Some).collect());
        let length: usize = axes.iter().map(Vec::len).product();
        let mut run = 1;
        let is_run = |offsets: &Vec<Option<usize>>, run: usize| {
            let mut indexed = offsets.iter().enumerate();
            indexed.all(|(index, &offset)| offset == Some(index * run))
        };
        while let Some(innermost) = axes.pop_if(|offsets| is_run(offsets, run)) {
            run *= innermost.len();
        }

        let offsets = axes.iter().map(|axis| Offsets::new(axis));
        let offsets: Vec<Offsets> = offsets.collect::<Result<_, _>>()?;
        let is_quads = offsets.iter().all(Offsets::is_quads)
            && (offsets.is_empty() || run.is_multiple_of(QUAD_ELEMENTS));
        let (mut table, mut dims, mut first) = (Vec::new(), Vec::new(), 0);
        for (axis, offsets) in axes.iter().zip(offsets) {
            match offsets {
                Offsets::Steps(start, step) => {
                    first += start;
                    if axis.len() > 1 {
                        // Negative steps wrap around.
                        dims.push([axis.len(), signed_word(step)? as usize, 0, 0]);
                    }
                }
                Offsets::Row(row) => {
                    dims.push([axis.len(), table.len(), 1, 0]);
                    table.extend(row);
                }
            }
        }
        let (dims, rank) = rows(dims)?;
        let params = TakeParams {
            dims,
            rank,
            length: word(length)?,
            run: word(run)?,
            first: word(first)?,
            fill,
            odd_fill: fill,
        };
        Ok(Places {
            params,
            table,
            is_quads,
        })
    }

    /// The same where `fill` lies in 64-bit integers: its words.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the words of a 64-bit number"
    )]
    pub(crate) fn with_wide_fill(mut self, fill: i64) -> Self {
        self.params.fill = (fill as i32) as f32;
        self.params.odd_fill = ((fill >> 32) as i32) as f32;
        self
    }

    /// How many elements are taken.
    pub(crate) fn elements(&self) -> usize {
        self.params.length as usize
    }

    /// Whether the elements come as they lie, from the first on.
    fn is_copy(&self) -> bool {
        self.params.rank == 0 && self.params.first == 0
    }

    /// Adds the dispatch from `input` to a tensor of the same element between two dispatches of one node.
    pub(crate) fn taken(
        &self,
        input: Storage,
        lowering: &mut Lowering<'_>,
    ) -> Result<Storage, LowerError> {
        let element = lowering.element(input);
        let output = lowering.intermediate(self.elements(), element)?;
        self.dispatch(input, output, lowering)?;
        Ok(output)
    }

    /// Adds the dispatch from `input` to `output`.
    pub(crate) fn dispatch(
        &self,
        input: Storage,
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let bytes: &[u8] = bytemuck::cast_slice(&self.table);
        let table = lowering.table("places", bytes, self.table.len(), Element::I32, 0)?;
        lowering.dispatch(Dispatch {
            kernel: &table::TAKE,
            rows: Rows::Aligned,
            constants: vec![("quads", self.is_quads.into())],
            params: self.params.bytes(),
            output,
            operands: vec![(Role::Input, input), (Role::Weight, table)],
            workgroups: line(self.elements().div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }
}

/// A node that takes each output from places of one input.
pub(crate) struct Take {
    /// Which input.
    pub(crate) input: usize,
    /// What moves.
    pub(crate) moved: Moved,
    /// The places of each output's elements.
    pub(crate) places: Vec<Places>,
}

impl Take {
    /// Takes the only output from the first input.
    pub(crate) fn first(moved: Moved, places: Places) -> Self {
        Take {
            input: 0,
            moved,
            places: vec![places],
        }
    }

    /// Adds the dispatches.
    pub(crate) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let input_elements = node.shape(self.input).map_or(0, |shape| shape.elements());
        let input = lowering.moved_input(node, self.input, self.moved)?;
        for (index, places) in self.places.iter().enumerate() {
            if places.is_copy() && places.elements() == input_elements * self.moved.count() {
                lowering.alias_at(node, index, input);
                continue;
            }
            let output = lowering.moved_output(node, index, places.elements(), self.moved)?;
            places.dispatch(input, output, lowering)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(extents: &[usize], offset: impl Fn(usize, usize) -> Option<usize>) -> Places {
        Places::new(extents, Moved::Bits(Element::I8, 1), 0.0, offset).unwrap_or_else(|_| panic!())
    }

    #[test]
    fn inner_dimensions_that_lie_in_a_row_are_one_run() {
        let places = bytes(&[3, 2, 4], |axis, index| Some(index * [4, 12, 1][axis]));
        assert_eq!(places.params.run, 4);
        assert_eq!(places.params.dims[..2], [[2, 12, 0, 0], [3, 4, 0, 0]]);
        assert!(places.is_quads && places.table.is_empty());
    }

    #[test]
    fn mirrors_and_margins_are_rows_of_the_table() {
        let places = bytes(&[4], |_, index| [None, Some(1), Some(0), Some(1)][index]);
        assert_eq!(places.table, [-1, 1, 0, 1]);
        assert!(!places.is_quads);
    }

    #[test]
    fn elements_of_eight_bytes_are_two_in_a_run() {
        let moved = Moved::Bits(Element::I32, 2);
        let places = Places::new(&[3], moved, 0.0, |_, index| Some(2 - index));
        let places = places.unwrap_or_else(|_| panic!());
        assert_eq!((places.params.run, places.params.first), (2, 4));
        assert_eq!(places.params.dims[0], [3, (-2_i32) as u32, 0, 0]);
    }
}
