//! MUL: the product of two tensors.

use demilite_core::op::{Activation, Mul};
use demilite_core::quantization::ProductScale;
use demilite_core::quantization::layer::{affine, per_tensor, quantized_clamp};
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::Element;
use demilite_shaders::epilogue::StepFunction;
use demilite_shaders::table::{self, BinaryQuantizedParams};

use super::GpuOp;
use crate::device::Device;
use crate::elementwise::binary::{self, Arithmetic, BinaryPlan};
use crate::elementwise::step::Step;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers, rule};
use crate::node::effect::{self, Effect};

impl GpuOp for Mul {
    type Plan = BinaryPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<BinaryPlan, Reject> {
        let output = node.output(0);
        if output.dtype == DataType::Int64 {
            return binary::plan_int64(node, device, &table::MUL_INT64, self.activation);
        }
        let stands_for_itself = match output.dtype {
            DataType::Int16 => output.quantization.is_none(),
            dtype => matches!(dtype, DataType::Int32 | DataType::UInt32),
        };
        if stands_for_itself {
            let activation = match (output.dtype, self.activation) {
                // No unsigned integer lies below 0, and the lowest bits of a product are those of signed ones.
                (DataType::UInt32, Activation::None | Activation::Relu) => Activation::None,
                (DataType::UInt32, _) => return Err(check::no_kernel(node)),
                (_, activation) => activation,
            };
            return binary::plan_integers(node, device, &table::MUL_INTEGER, activation);
        }
        binary::plan(node, device, |numbers| match numbers {
            Numbers::Float => Ok(Arithmetic::Float(
                &table::MUL,
                check::float_range(self.activation)?,
            )),
            Numbers::Half => Ok(Arithmetic::Float(
                &table::MUL,
                check::half_range(self.activation)?,
            )),
            Numbers::Quantized(element) => quantized(self, element, node),
        })
    }

    fn lower(
        &self,
        plan: BinaryPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        binary::lower(plan, node, lowering)
    }

    fn step(&self, _node: &NodeContext<'_>) -> Option<Step> {
        Some(Step::of(StepFunction::Mul).clamped(check::float_range(self.activation).ok()?))
    }

    fn effect(&self, node: &NodeContext<'_>, is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        effect::product(node, is_bounded).clamped(self.activation)
    }
}

fn quantized(op: &Mul, element: Element, node: &NodeContext<'_>) -> Result<Arithmetic, Reject> {
    let factor = |index| affine(node.required(index).map_err(rule)?);
    let inputs = [factor(0)?, factor(1)?];
    let output = node.output(0);
    let scale = ProductScale::new(
        inputs,
        per_tensor(output)?,
        quantized_clamp(op.activation, output)?,
    );
    let params = BinaryQuantizedParams {
        activation_min: scale.clamp.0,
        activation_max: scale.clamp.1,
        left_zero_point: scale.zero_points[0],
        right_zero_point: scale.zero_points[1],
        output_zero_point: scale.output_zero_point,
        output_multiplier: scale.multiplier.multiplier,
        output_exponent: scale.multiplier.shift,
        ..BinaryQuantizedParams::default()
    };
    Ok(Arithmetic::Quantized(
        &table::MUL_QUANTIZED,
        element,
        params,
    ))
}
