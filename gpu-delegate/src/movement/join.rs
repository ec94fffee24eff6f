//! Tensors joined along a dimension: each is written where it belongs, or copied there.

use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::{self, ConcatenationParams};
use demilite_shaders::{Element, Params, QUAD, Role, Rows};

use crate::lowering::{LowerError, Lowering};
use crate::node::check::{Moved, word};
use crate::program::{Dispatch, Placement, Storage, line};
use crate::table::lookup;

/// What is joined, and how.
pub(crate) struct ConcatenationPlan {
    moved: Moved,
    /// The copy of each input.
    pub(crate) copies: Vec<Copy>,
}

/// The copy of one input.
pub(crate) struct Copy {
    params: ConcatenationParams,
    /// What each integer becomes, if it does not stay as it is.
    pub(crate) rescaled: Option<Vec<u8>>,
}

impl Copy {
    /// Where its rows lie in those of the output.
    fn placement(&self) -> Placement {
        Placement {
            row: self.params.row_length,
            whole_row: self.params.output_row_length,
            before: self.params.output_offset,
        }
    }

    /// Where input `index` lies, on the output's scale.
    fn input(
        &self,
        node: &NodeContext<'_>,
        index: usize,
        element: Element,
        lowering: &mut Lowering<'_>,
    ) -> Result<Storage, LowerError> {
        let input = lowering.stored_input(node, index)?;
        let Some(values) = &self.rescaled else {
            return Ok(input);
        };
        let length = (self.params.rows * self.params.row_length) as usize;
        let output = lowering.intermediate(length, element)?;
        lookup::dispatch(element, values, length, input, output, lowering)?;
        Ok(output)
    }
}

impl ConcatenationPlan {
    /// Joins inputs in `rows` rows, of which each has this many elements of each input.
    pub(crate) fn new(moved: Moved, rows: usize, row_lengths: &[usize]) -> Result<Self, Reject> {
        let count = moved.count();
        let output_row_length = word(row_lengths.iter().sum::<usize>() * count)?;
        let mut output_offset = 0;
        let mut copies = Vec::with_capacity(row_lengths.len());
        for row_length in row_lengths {
            let params = ConcatenationParams {
                rows: word(rows)?,
                row_length: word(row_length * count)?,
                output_row_length,
                output_offset,
            };
            output_offset += params.row_length;
            copies.push(Copy {
                params,
                rescaled: None,
            });
        }
        Ok(ConcatenationPlan { moved, copies })
    }

    /// Adds the dispatches.
    pub(crate) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let ConcatenationPlan { moved, copies } = self;
        let length = copies
            .first()
            .map_or(0, |copy| copy.params.rows * copy.params.output_row_length)
            as usize;
        let output = lowering.moved_output(node, 0, length, moved)?;
        let (mut left, mut inputs) = (Vec::new(), Vec::new());
        for (index, copy) in copies.into_iter().enumerate() {
            let stays = copy.rescaled.is_none();
            if stays && lowering.place(node, index, output, copy.placement())? {
                continue;
            }
            inputs.push(match moved {
                Moved::Float => lowering.input(node, index)?,
                Moved::Bits(element, _) => copy.input(node, index, element, lowering)?,
            });
            left.push(copy);
        }
        let copies = left;
        ConcatenationPlan { moved, copies }.join(&inputs, output, lowering);
        Ok(())
    }

    /// Adds the dispatches from `inputs` to `output`, all of them of one element.
    pub(crate) fn join(self, inputs: &[Storage], output: Storage, lowering: &mut Lowering<'_>) {
        for (Copy { params: copy, .. }, &input) in self.copies.into_iter().zip(inputs) {
            let is_quads = |count: u32| count.is_multiple_of(QUAD);
            let input_quads = is_quads(copy.row_length);
            let aligned =
                input_quads && is_quads(copy.output_row_length) && is_quads(copy.output_offset);
            let quads = copy.rows as usize * copy.row_length.div_ceil(QUAD) as usize;
            lowering.dispatch(Dispatch {
                kernel: &table::CONCATENATION,
                rows: if aligned {
                    Rows::Aligned
                } else {
                    Rows::Scattered
                },
                constants: vec![("input_quads", input_quads.into())],
                params: copy.bytes(),
                output,
                operands: vec![(Role::Input, input)],
                workgroups: line(quads, 64),
            });
        }
    }
}
