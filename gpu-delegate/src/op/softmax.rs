//! SOFTMAX along the last dimension.

use demilite_core::op::Softmax;
use demilite_core::quantization::layer;
use demilite_core::quantization::{SoftmaxScale, SoftmaxTables};
use demilite_core::{NodeContext, Reject, TensorId};
use demilite_shaders::table::{self, SoftmaxInt16Params, SoftmaxParams, SoftmaxQuantizedParams};
use demilite_shaders::{Element, Params, QUAD, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::constant::quantized_element;
use crate::node::check::{self, Numbers, word};
use crate::node::effect::{Effect, Range};
use crate::node::quantized;
use crate::program::{Dispatch, line};

/// Invocations that share a row.
const WORKGROUP_SIZE: u32 = 64;

/// Rows of 16-bit integers whose sums of exponentials fit in 32 bits.
const MAX_INT16_ELEMENTS: usize = 65_535;

/// The sizes, and the arithmetic.
pub(super) struct SoftmaxPlan {
    rows: u32,
    row_length: u32,
    arithmetic: Arithmetic,
}

/// What exponentials are computed with.
enum Arithmetic {
    Float,
    /// Of floats that have 16 bits in the file too: LiteRT rounds their exponentials.
    Half,
    /// Of bytes: the exponentials of the differences from the maximum, 0 to -255, and the range of the output.
    Bytes(Vec<i32>, (i32, i32)),
    /// Of 16-bit integers: the exponentials of the differences from the maximum, 0 to -65535, and 1 / (1 + x) by the bits of x.
    Int16(Vec<i16>),
}

impl Arithmetic {
    fn new(
        op: &Softmax,
        [input, output]: [Numbers; 2],
        row_length: usize,
        node: &NodeContext<'_>,
    ) -> Result<Self, Reject> {
        let (Numbers::Quantized(element), Numbers::Quantized(result)) = (input, output) else {
            return match [input, output] {
                [Numbers::Float, Numbers::Float] => Ok(Arithmetic::Float),
                [Numbers::Half, Numbers::Half] => Ok(Arithmetic::Half),
                _ => Err(Reject::unsupported("floats on one side alone")),
            };
        };
        let is_taken = element == result || element != Element::I16 && result == Element::I16;
        if !is_taken {
            return Err(check::no_kernel(node));
        }
        let (input_scale, _) = quantized::of_input(node, 0)?;
        if element == Element::I16 {
            quantized::expect_output(node, 1.0 / 32768.0, 0.001, 0)?;
            if row_length > MAX_INT16_ELEMENTS {
                return Err(Reject::unsupported(format!(
                    "rows of {row_length} elements, and the maximum is {MAX_INT16_ELEMENTS}"
                )));
            }
            let tables = SoftmaxTables::new(input_scale, op.beta);
            let exponentials = (0..=u16::MAX).map(|difference| tables.exp(-i32::from(difference)));
            let reciprocals = (0..=u16::MAX).map(|bits| tables.one_over_one_plus.get(bits as i16));
            return Ok(Arithmetic::Int16(exponentials.chain(reciprocals).collect()));
        }
        if result == Element::I8 {
            quantized::expect_output(node, 1.0 / 256.0, 0.001, -128)?;
        }
        let scale = SoftmaxScale::new(input_scale, op.beta).ok_or_else(|| {
            Reject::invalid(format!(
                "an input scale of {input_scale} with beta {} is too small for its fixed point",
                op.beta
            ))
        })?;
        let exponentials = (0..=255).map(|difference| scale.exp(-difference).unwrap_or(0));
        let range = layer::range(node.output(0))?;
        Ok(Arithmetic::Bytes(exponentials.collect(), range))
    }
}

impl GpuOp for Softmax {
    type Plan = SoftmaxPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<SoftmaxPlan, Reject> {
        let numbers = [check::input_numbers(node, 0)?, check::numbers(node)?];
        let input = check::source(node, 0, device)?;
        check::output(node, device)?;
        let row_length = input
            .last()
            .copied()
            .ok_or_else(|| Reject::invalid("the input is a scalar"))?;
        let steps = row_length.div_ceil(WORKGROUP_SIZE as usize * QUAD_ELEMENTS);
        check::iterations(3 * steps + 2 * WORKGROUP_SIZE as usize)?;
        Ok(SoftmaxPlan {
            rows: word(input.elements() / row_length)?,
            row_length: word(row_length)?,
            arithmetic: Arithmetic::new(self, numbers, row_length, node)?,
        })
    }

    fn lower(
        &self,
        plan: SoftmaxPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let (rows, row_length) = (plan.rows, plan.row_length);
        let length = (rows * row_length) as usize;
        let input = match plan.arithmetic {
            Arithmetic::Float | Arithmetic::Half => lowering.input(node, 0)?,
            _ => lowering.stored_input(node, 0)?,
        };
        let output = match quantized_element(node.output(0).dtype) {
            Some(element) => lowering.output_of(node, length, element)?,
            None => lowering.output(node, 0, length)?,
        };
        let is_rounded = matches!(plan.arithmetic, Arithmetic::Half);
        let (kernel, params, operands) = match plan.arithmetic {
            Arithmetic::Float | Arithmetic::Half => {
                let params = SoftmaxParams {
                    rows,
                    row_length,
                    beta: self.beta,
                };
                (&table::SOFTMAX, params.bytes(), vec![(Role::Input, input)])
            }
            Arithmetic::Bytes(exponentials, (smallest, largest)) => {
                let bytes: &[u8] = bytemuck::cast_slice(&exponentials);
                let table =
                    lowering.table("exponentials", bytes, exponentials.len(), Element::I32, 0)?;
                let params = SoftmaxQuantizedParams {
                    rows,
                    row_length,
                    smallest,
                    largest,
                    output_bits: (largest - smallest + 1).ilog2(),
                };
                let operands = vec![(Role::Weight, input), (Role::Bias, table)];
                (&table::SOFTMAX_QUANTIZED, params.bytes(), operands)
            }
            Arithmetic::Int16(tables) => {
                let bytes: &[u8] = bytemuck::cast_slice(&tables);
                let table =
                    lowering.table("tables of softmax", bytes, tables.len(), Element::I16, 0)?;
                let params = SoftmaxInt16Params { rows, row_length };
                let operands = vec![(Role::Input, input), (Role::Weight, table)];
                (&table::SOFTMAX_INT16, params.bytes(), operands)
            }
        };
        let is_quads = row_length.is_multiple_of(QUAD);
        lowering.dispatch(Dispatch {
            kernel,
            rows: if is_quads || rows == 1 {
                Rows::Aligned
            } else {
                Rows::Scattered
            },
            constants: vec![
                ("input_quads", is_quads.into()),
                ("workgroup_size", WORKGROUP_SIZE),
                ("rounded", is_rounded.into()),
            ],
            params,
            output,
            operands,
            workgroups: line(rows as usize, 1),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::exact(Range::Bounded)
    }
}
