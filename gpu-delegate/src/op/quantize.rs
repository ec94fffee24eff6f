//! QUANTIZE: floats to quantized integers, and integers of one scale to another.

use demilite_core::op::Quantize;
use demilite_core::quantization::Requantize;
use demilite_core::quantization::layer;
use demilite_core::{DataType, NodeContext, Reject, Tensor, TensorId};
use demilite_shaders::table::{self, QuantizeParams, RequantizeParams};
use demilite_shaders::{Element, Params, QUAD, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::constant::quantized_element;
use crate::node::check;
use crate::node::effect::{self, Effect};
use crate::program::{Dispatch, line};

/// Exponents of two of scales whose quotients the kernel takes apart as normal numbers.
const EXPONENTS: std::ops::RangeInclusive<i32> = -100..=100;

/// The element of the integers that are brought to another scale.
fn integer(dtype: DataType) -> Option<Element> {
    match dtype {
        DataType::Int32 => Some(Element::I32),
        dtype => quantized_element(dtype),
    }
}

/// The scale and zero point of a tensor; the zero point may be any of a 16-bit type too, since SOFTMAX from int8 to int16 has -32768.
fn parameters(tensor: &Tensor) -> Result<(f32, i32), Reject> {
    let parameters = tensor.quantization.as_ref().and_then(|q| q.as_per_tensor());
    match (tensor.dtype, parameters) {
        (DataType::Int16, Some((scale, zero_point))) if i16::try_from(zero_point).is_ok() => {
            Ok((scale, zero_point))
        }
        _ => layer::affine(tensor),
    }
}

/// What the dispatch of a node needs to know.
pub(super) struct QuantizePlan {
    element: Element,
    arithmetic: Arithmetic,
}

enum Arithmetic {
    Quantize(QuantizeParams),
    Requantize(RequantizeParams),
}

impl GpuOp for Quantize {
    type Plan = QuantizePlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<QuantizePlan, Reject> {
        let (input, output) = (node.required(0).map_err(check::rule)?, node.output(0));
        let taken = match input.dtype {
            DataType::Float32 => quantized_element(output.dtype),
            dtype => integer(dtype).and(integer(output.dtype)),
        };
        let element = taken.ok_or_else(|| {
            Reject::unsupported(format!("from {} to {}", input.dtype, output.dtype))
        })?;
        let length = check::word(check::readable(node, 0, device)?.elements())?;
        let (smallest, largest) = layer::range(output)?;
        let arithmetic = match integer(input.dtype) {
            None => {
                let output = layer::per_tensor(output)?;
                #[allow(
                    clippy::cast_possible_truncation,
                    reason = "exponents are small, and casts saturate"
                )]
                let exponent = output.0.log2() as i32;
                if !EXPONENTS.contains(&exponent) {
                    return Err(Reject::unsupported(format!("the scale {}", output.0)));
                }
                Arithmetic::Quantize(QuantizeParams {
                    length,
                    scale: output.0,
                    zero_point: output.1,
                    smallest,
                    largest,
                })
            }
            Some(_) => {
                let scale = Requantize::new(parameters(input)?, parameters(output)?);
                Arithmetic::Requantize(RequantizeParams {
                    length,
                    input_zero_point: scale.zero_point,
                    multiplier: scale.multiplier.multiplier,
                    exponent: scale.multiplier.shift,
                    output_zero_point: scale.output_zero_point,
                    smallest,
                    largest,
                })
            }
        };
        Ok(QuantizePlan {
            element,
            arithmetic,
        })
    }

    fn lower(
        &self,
        plan: QuantizePlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let (kernel, length, params) = match plan.arithmetic {
            Arithmetic::Quantize(params) => (&table::QUANTIZE, params.length, params.bytes()),
            Arithmetic::Requantize(params) => (&table::REQUANTIZE, params.length, params.bytes()),
        };
        let input = lowering.stored_input(node, 0)?;
        let output = lowering.output_of(node, length as usize, plan.element)?;
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants: Vec::new(),
            params,
            output,
            operands: vec![(Role::Weight, input)],
            workgroups: line(length.div_ceil(QUAD) as usize, 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        // What it chooses or gives in integers depends on the last digit.
        Effect::exact(effect::Range::Within)
    }
}
