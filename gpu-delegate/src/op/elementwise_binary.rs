//! ATAN2, BITWISE_XOR, FLOOR_DIV, FLOOR_MOD, LOGICAL_AND, LOGICAL_OR, MAXIMUM, MINIMUM, POW, RIGHT_SHIFT and
//! SQUARED_DIFFERENCE; POW of floats with a constant whole exponent.

use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::{Activation, ElementwiseBinary};
use demilite_core::quantization::SquaredDifferenceScale;
use demilite_core::quantization::layer::{per_tensor, range};
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::epilogue::StepFunction;
use demilite_shaders::table::{self, BinaryQuantizedParams, PowerParams};
use demilite_shaders::{Element, Kernel, Params};

use super::GpuOp;
use crate::device::Device;
use crate::elementwise::binary::{self, Arithmetic, BinaryPlan, EVERYTHING};
use crate::elementwise::step::Step;
use crate::elementwise::unary::{self, UnaryPlan};
use crate::lowering::{LowerError, Lowering};
use crate::memory::constant::single_float;
use crate::node::check::{self, Numbers};
use crate::node::effect::{Effect, Range};
use crate::node::quantized::of_input;
use crate::program::ValueCheck;

/// The greatest whole exponent of which powers are multiplied out.
const GREATEST_EXPONENT: f32 = 64.0;

/// How a node computes.
pub(super) enum Plan {
    /// Two tensors.
    Binary(BinaryPlan),
    /// The power with this exponent.
    Power(UnaryPlan, u32),
}

impl GpuOp for ElementwiseBinary {
    type Plan = Plan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Plan, Reject> {
        if node.output(0).dtype == DataType::Int64 {
            let kernel = int64_kernel(self.kind).ok_or_else(|| check::no_kernel(node))?;
            let plan = binary::plan_int64(node, device, kernel, Activation::None)?;
            return Ok(Plan::Binary(match self.kind {
                BinaryKind::FloorMod => plan.checked(ValueCheck::Divisor, node)?,
                _ => plan,
            }));
        }
        if let Some(kernel) = integer_kernel(self.kind, node.output(0).dtype) {
            let plan = binary::plan_integers(node, device, kernel, Activation::None)?;
            let plan = match self.kind {
                BinaryKind::FloorDiv | BinaryKind::FloorMod => {
                    plan.checked(ValueCheck::Divisor, node)?
                }
                BinaryKind::Pow => plan.checked(ValueCheck::Exponent, node)?,
                _ => plan,
            };
            return Ok(Plan::Binary(plan));
        }
        if self.kind == BinaryKind::Pow {
            return power(node, device);
        }
        let plan = binary::plan(node, device, |numbers| match numbers {
            Numbers::Float => match single_kernel(self.kind) {
                Some(kernel) => Ok(Arithmetic::Single(kernel)),
                None => {
                    let kernel = float_kernel(self.kind).ok_or_else(|| check::no_kernel(node))?;
                    Ok(Arithmetic::Float(kernel, EVERYTHING))
                }
            },
            Numbers::Half => {
                let kernel = half_kernel(self.kind).ok_or_else(|| check::no_kernel(node))?;
                Ok(Arithmetic::Float(kernel, EVERYTHING))
            }
            Numbers::Quantized(element) => quantized(self.kind, element, node),
        })?;
        let is_float_division =
            self.kind == BinaryKind::FloorDiv && node.output(0).dtype == DataType::Float32;
        Ok(Plan::Binary(match is_float_division {
            true => plan.with_divisor(node)?,
            false => plan,
        }))
    }

    fn lower(
        &self,
        plan: Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        match plan {
            Plan::Binary(plan) => binary::lower(plan, node, lowering),
            Plan::Power(plan, exponent) => {
                let params = |length| PowerParams { length, exponent }.bytes();
                unary::lower_with(&table::POWER, params, &plan, node, lowering)
            }
        }
    }

    fn step(&self, node: &NodeContext<'_>) -> Option<Step> {
        let function = match self.kind {
            BinaryKind::Maximum => StepFunction::Maximum,
            BinaryKind::Minimum => StepFunction::Minimum,
            BinaryKind::SquaredDifference => StepFunction::SquaredDifference,
            BinaryKind::Pow => return Some(Step::of(StepFunction::Power).with(exponent(node)?)),
            BinaryKind::Atan2
            | BinaryKind::BitwiseXor
            | BinaryKind::FloorDiv
            | BinaryKind::FloorMod
            | BinaryKind::LogicalAnd
            | BinaryKind::LogicalOr
            | BinaryKind::RightShift => return None,
        };
        Some(Step::of(function))
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        match self.kind {
            BinaryKind::Maximum
            | BinaryKind::Minimum
            | BinaryKind::BitwiseXor
            | BinaryKind::LogicalAnd
            | BinaryKind::LogicalOr
            | BinaryKind::RightShift => Effect::WITHIN,
            BinaryKind::Atan2 => Effect::exact(Range::Bounded),
            BinaryKind::FloorDiv
            | BinaryKind::FloorMod
            | BinaryKind::Pow
            | BinaryKind::SquaredDifference => Effect::SENSITIVE,
        }
    }
}

/// The kernel of integers that are taken as they are, or of bools.
fn integer_kernel(kind: BinaryKind, dtype: DataType) -> Option<&'static Kernel> {
    use DataType::{Bool, Int8, Int16, Int32, UInt8};
    match (kind, dtype) {
        (BinaryKind::BitwiseXor, Int8 | UInt8 | Int16 | Int32) => Some(&table::BITWISE_XOR),
        (BinaryKind::RightShift, Int8 | UInt8 | Int16 | Int32) => Some(&table::RIGHT_SHIFT),
        (BinaryKind::FloorDiv, Int32) => Some(&table::FLOOR_DIV_INTEGER),
        (BinaryKind::FloorMod, Int32) => Some(&table::FLOOR_MOD_INTEGER),
        (BinaryKind::LogicalAnd, Bool) => Some(&table::LOGICAL_AND),
        (BinaryKind::LogicalOr, Bool) => Some(&table::LOGICAL_OR),
        (BinaryKind::Maximum, Int32) => Some(&table::MAXIMUM_INTEGER),
        (BinaryKind::Minimum, Int32) => Some(&table::MINIMUM_INTEGER),
        (BinaryKind::Pow, Int32) => Some(&table::POWER_INTEGER),
        (BinaryKind::SquaredDifference, Int32) => Some(&table::SQUARED_DIFFERENCE_INTEGER),
        _ => None,
    }
}

/// The kernel of integers of 64 bits.
fn int64_kernel(kind: BinaryKind) -> Option<&'static Kernel> {
    match kind {
        BinaryKind::FloorMod => Some(&table::FLOOR_MOD_INT64),
        BinaryKind::Maximum => Some(&table::MAXIMUM_INT64),
        BinaryKind::Minimum => Some(&table::MINIMUM_INT64),
        _ => None,
    }
}

/// The kernel of floats that need all their bits.
fn single_kernel(kind: BinaryKind) -> Option<&'static Kernel> {
    match kind {
        BinaryKind::Atan2 => Some(&table::ATAN2),
        BinaryKind::FloorDiv => Some(&table::FLOOR_DIV_FLOAT),
        BinaryKind::FloorMod => Some(&table::FLOOR_MOD_FLOAT),
        _ => None,
    }
}

/// The kernel of floats that have 16 bits in the file too.
fn half_kernel(kind: BinaryKind) -> Option<&'static Kernel> {
    match kind {
        BinaryKind::Atan2 => Some(&table::ATAN2),
        kind => float_kernel(kind),
    }
}

fn float_kernel(kind: BinaryKind) -> Option<&'static Kernel> {
    match kind {
        BinaryKind::Maximum => Some(&table::MAXIMUM),
        BinaryKind::Minimum => Some(&table::MINIMUM),
        BinaryKind::SquaredDifference => Some(&table::SQUARED_DIFFERENCE),
        BinaryKind::Atan2
        | BinaryKind::BitwiseXor
        | BinaryKind::FloorDiv
        | BinaryKind::FloorMod
        | BinaryKind::LogicalAnd
        | BinaryKind::LogicalOr
        | BinaryKind::Pow
        | BinaryKind::RightShift => None,
    }
}

fn quantized(
    kind: BinaryKind,
    element: Element,
    node: &NodeContext<'_>,
) -> Result<Arithmetic, Reject> {
    let (activation_min, activation_max) = range(node.output(0))?;
    let clamp = BinaryQuantizedParams {
        activation_min,
        activation_max,
        ..BinaryQuantizedParams::default()
    };
    match (kind, element) {
        // Integers are compared as they are.
        (BinaryKind::Maximum, _) => Ok(Arithmetic::Quantized(
            &table::MAXIMUM_QUANTIZED,
            element,
            clamp,
        )),
        (BinaryKind::Minimum, _) => Ok(Arithmetic::Quantized(
            &table::MINIMUM_QUANTIZED,
            element,
            clamp,
        )),
        (BinaryKind::SquaredDifference, Element::I8) => {
            let inputs = [of_input(node, 0)?, of_input(node, 1)?];
            let scale = SquaredDifferenceScale::new(inputs, per_tensor(node.output(0))?);
            let scale = scale.ok_or_else(|| {
                Reject::invalid("the output's scale is too fine for the scales of the inputs")
            })?;
            let params = BinaryQuantizedParams {
                left_shift: SquaredDifferenceScale::LEFT_SHIFT as u32,
                left_zero_point: scale.zero_points[0],
                left_multiplier: scale.multipliers[0].multiplier,
                left_exponent: scale.multipliers[0].shift,
                right_zero_point: scale.zero_points[1],
                right_multiplier: scale.multipliers[1].multiplier,
                right_exponent: scale.multipliers[1].shift,
                output_zero_point: scale.output_zero_point,
                output_multiplier: scale.output_multiplier.multiplier,
                output_exponent: scale.output_multiplier.shift,
                ..clamp
            };
            Ok(Arithmetic::Quantized(
                &table::SQUARED_DIFFERENCE_QUANTIZED,
                element,
                params,
            ))
        }
        _ => Err(check::no_kernel(node)),
    }
}

/// The constant whole exponent of a POW node.
fn exponent(node: &NodeContext<'_>) -> Option<f32> {
    let exponent = single_float(node.graph(), node.input_id(1)?)?;
    let is_multiplied_out =
        exponent.fract() == 0.0 && (1.0..=GREATEST_EXPONENT).contains(&exponent);
    is_multiplied_out.then_some(exponent)
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the exponent is a whole number within bounds"
)]
fn power(node: &NodeContext<'_>, device: &Device) -> Result<Plan, Reject> {
    if check::numbers(node)? == Numbers::Half {
        return Err(check::no_kernel(node));
    }
    let exponent = exponent(node).ok_or_else(|| {
        Reject::unsupported(format!(
            "the exponent is not a constant whole number from 1 to {GREATEST_EXPONENT}"
        ))
    })?;
    if node.shape(0).map_err(check::rule)? != check::output(node, device)? {
        return Err(Reject::unsupported("the base broadcasts"));
    }
    let plan = unary::plan(node, device, |_| Err(check::no_kernel(node)))?;
    Ok(Plan::Power(plan, exponent as u32))
}
