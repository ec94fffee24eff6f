//! CONCATENATION: one copy an input.

use demilite_core::op::{Activation, Concatenation};
use demilite_core::quantization::rescale_u8;
use demilite_core::{NodeContext, OpError, Reject};
use demilite_shaders::table::{self, ConcatenationParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use super::check::{self, Moved, rule};
use super::{GpuOp, lookup, quantized};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, Storage, line};

/// What is joined, and how.
pub(super) struct ConcatenationPlan {
    moved: Moved,
    /// The copy of each input.
    copies: Vec<Copy>,
}

/// The copy of one input.
struct Copy {
    params: ConcatenationParams,
    /// What each integer becomes, if it does not stay as it is.
    rescaled: Option<Vec<u8>>,
}

impl Copy {
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

/// What each integer of input `index` becomes: unsigned bytes change their scale, all others have the output's.
fn rescaled(
    node: &NodeContext<'_>,
    index: usize,
    element: Element,
) -> Result<Option<Vec<u8>>, Reject> {
    let (input, output) = (node.required(index).map_err(rule)?, node.output(0));
    match element {
        Element::U8 if output.quantization.is_some() => {
            let (from, to) = (
                quantized::per_tensor(input)?,
                quantized::per_tensor(output)?,
            );
            let bytes: Vec<u8> = (0..=u8::MAX).collect();
            Ok((from != to).then(|| rescale_u8(&bytes, from, to)))
        }
        Element::U8 if input.quantization.is_some() => Err(Reject::invalid(format!(
            "input {index} has a scale, and the output has none"
        ))),
        Element::I8 if input.quantization != output.quantization => Err(Reject::invalid(format!(
            "input {index} needs the scale and zero point of the output"
        ))),
        _ => Ok(None),
    }
}

impl GpuOp for Concatenation {
    type Plan = ConcatenationPlan;

    fn plan(
        &self,
        node: &NodeContext<'_>,
        context: &GpuContext,
    ) -> Result<ConcatenationPlan, Reject> {
        if self.activation != Activation::None {
            return Err(Reject::unsupported(format!(
                "the fused activation {:?}",
                self.activation
            )));
        }
        let moved = check::moved(node, 0..node.input_count(), context)?;
        let output = check::known_output(node, 0)?;
        let axis = output
            .axis(self.axis.into())
            .map_err(|error| rule(OpError::Shape(error)))?;
        let inner: usize = output[axis + 1..].iter().product();
        let shapes = (0..node.input_count()).map(|index| node.shape(index));
        let shapes = shapes.collect::<Result<Vec<_>, _>>().map_err(rule)?;
        let row_lengths: Vec<usize> = shapes.iter().map(|shape| shape[axis] * inner).collect();
        let rows = output[..axis].iter().product();
        let mut plan = ConcatenationPlan::new(moved, rows, &row_lengths);
        for (index, copy) in plan.copies.iter_mut().enumerate() {
            copy.rescaled = match moved {
                Moved::Float => None,
                Moved::Bits(element, _) => rescaled(node, index, element)?,
            };
        }
        Ok(plan)
    }

    fn lower(
        &self,
        plan: ConcatenationPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }
}

impl ConcatenationPlan {
    /// Joins inputs in `rows` rows, of which each has so many elements of each input.
    pub(super) fn new(moved: Moved, rows: usize, row_lengths: &[usize]) -> Self {
        let count = moved.count();
        let output_row_length = (row_lengths.iter().sum::<usize>() * count) as u32;
        let mut output_offset = 0;
        let copy = |&row_length: &usize| {
            let row_length = (row_length * count) as u32;
            let params = ConcatenationParams {
                rows: rows as u32,
                row_length,
                output_row_length,
                output_offset,
            };
            output_offset += row_length;
            Copy {
                params,
                rescaled: None,
            }
        };
        let copies = row_lengths.iter().map(copy).collect();
        ConcatenationPlan { moved, copies }
    }

    /// Adds the dispatches.
    pub(super) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let ConcatenationPlan { moved, copies } = self;
        let length = copies
            .first()
            .map_or(0, |copy| copy.params.rows * copy.params.output_row_length)
            as usize;
        let mut inputs = Vec::new();
        for (index, copy) in copies.iter().enumerate() {
            inputs.push(match moved {
                Moved::Float => lowering.input(node, index)?,
                Moved::Bits(element, _) => copy.input(node, index, element, lowering)?,
            });
        }
        let output = lowering.moved_output(node, 0, length, moved)?;
        ConcatenationPlan { moved, copies }.join(&inputs, output, lowering);
        Ok(())
    }

    /// Adds the dispatches from `inputs` to `output`, all of them of one element.
    pub(super) fn join(self, inputs: &[Storage], output: Storage, lowering: &mut Lowering<'_>) {
        for (Copy { params: copy, .. }, &input) in self.copies.into_iter().zip(inputs) {
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
    }
}
