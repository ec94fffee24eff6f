//! CONCATENATION: one copy an input.

use demilite_core::op::{Activation, Concatenation};
use demilite_core::{NodeContext, OpError, Reject};
use demilite_shaders::table::{self, ConcatenationParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use super::check::{self, rule};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, line};

impl GpuOp for Concatenation {
    /// The copy of each input.
    type Plan = Vec<ConcatenationParams>;

    fn plan(
        &self,
        node: &NodeContext<'_>,
        context: &GpuContext,
    ) -> Result<Vec<ConcatenationParams>, Reject> {
        if self.activation != Activation::None {
            return Err(Reject::unsupported(format!(
                "the fused activation {:?}",
                self.activation
            )));
        }
        let output = check::output(node, context)?;
        let axis = output
            .axis(self.axis.into())
            .map_err(|error| rule(OpError::Shape(error)))?;
        let inner: usize = output[axis + 1..].iter().product();
        let rows = output[..axis].iter().product::<usize>() as u32;
        let output_row_length = (output[axis] * inner) as u32;
        let mut output_offset = 0;
        let mut copies = Vec::new();
        for index in 0..node.input_count() {
            let row_length = (check::input(node, index, context)?[axis] * inner) as u32;
            copies.push(ConcatenationParams {
                rows,
                row_length,
                output_row_length,
                output_offset,
            });
            output_offset += row_length;
        }
        Ok(copies)
    }

    fn lower(
        &self,
        copies: Vec<ConcatenationParams>,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = copies
            .first()
            .map_or(0, |copy| copy.rows * copy.output_row_length) as usize;
        let inputs = (0..copies.len())
            .map(|index| lowering.input(node, index))
            .collect::<Result<Vec<_>, _>>()?;
        let output = lowering.output(node, 0, length)?;
        for (copy, input) in copies.into_iter().zip(inputs) {
            let is_quads = |count: u32| count.is_multiple_of(QUAD_ELEMENTS as u32);
            let input_quads = is_quads(copy.row_length);
            let aligned =
                input_quads && is_quads(copy.output_row_length) && is_quads(copy.output_offset);
            let quads =
                copy.rows as usize * copy.row_length.div_ceil(QUAD_ELEMENTS as u32) as usize;
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
        Ok(())
    }
}
