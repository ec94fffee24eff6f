//! ABS, CEIL, COS, ELU, EXP, FLOOR, LOG, LOGICAL_NOT, NEG, ROUND, RSQRT, SIGN, SIN, SQRT and SQUARE.

use demilite_core::op::ElementwiseUnary;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::quantization::layer::{per_tensor, range};
use demilite_core::quantization::{AbsScale, RsqrtScale, square_root};
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::epilogue::StepFunction;
use demilite_shaders::{Element, Kernel, table};

use super::GpuOp;
use crate::device::Device;
use crate::elementwise::step::Step;
use crate::elementwise::unary::{self, UnaryPlan};
use crate::elementwise::whole_numbers::whole_numbers;
use crate::lowering::{LowerError, Lowering};
use crate::node::check;
use crate::node::effect::{Effect, Range};
use crate::node::quantized::of_input;
use crate::program::ValueCheck;
use crate::table::function::{Function, of_reals};

/// The kernel of floats, where there are floats.
fn kernel(kind: UnaryKind) -> Option<&'static Kernel> {
    match kind {
        UnaryKind::Abs => Some(&table::ABS),
        UnaryKind::Ceil => Some(&table::CEIL),
        UnaryKind::Cos => Some(&table::COS),
        UnaryKind::Elu => Some(&table::ELU),
        UnaryKind::Exp => Some(&table::EXP),
        UnaryKind::Floor => Some(&table::FLOOR),
        UnaryKind::Log => Some(&table::LOG),
        UnaryKind::LogicalNot => None,
        UnaryKind::Neg => Some(&table::NEG),
        UnaryKind::Round => Some(&table::ROUND),
        UnaryKind::Rsqrt => Some(&table::RSQRT),
        UnaryKind::Sign => Some(&table::SIGN),
        UnaryKind::Sin => Some(&table::SIN),
        UnaryKind::Sqrt => Some(&table::SQRT),
        UnaryKind::Square => Some(&table::SQUARE),
    }
}

/// The same as a step.
fn function(kind: UnaryKind) -> Option<StepFunction> {
    match kind {
        UnaryKind::Abs => Some(StepFunction::Abs),
        UnaryKind::Ceil => Some(StepFunction::Ceil),
        UnaryKind::Cos => Some(StepFunction::Cos),
        UnaryKind::Elu => Some(StepFunction::Elu),
        UnaryKind::Exp => Some(StepFunction::Exp),
        UnaryKind::Floor => Some(StepFunction::Floor),
        UnaryKind::Log => Some(StepFunction::Log),
        UnaryKind::LogicalNot => None,
        UnaryKind::Neg => Some(StepFunction::Neg),
        UnaryKind::Round => Some(StepFunction::Round),
        UnaryKind::Rsqrt => Some(StepFunction::Rsqrt),
        UnaryKind::Sign => Some(StepFunction::Sign),
        UnaryKind::Sin => Some(StepFunction::Sin),
        UnaryKind::Sqrt => Some(StepFunction::Sqrt),
        UnaryKind::Square => Some(StepFunction::Square),
    }
}

impl GpuOp for ElementwiseUnary {
    type Plan = (&'static Kernel, UnaryPlan);

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Self::Plan, Reject> {
        if let Some(kernel) = integer_kernel(self.kind, node.output(0).dtype) {
            return Ok((kernel, unary::plan_moved(node, device)?));
        }
        let is_half = node.output(0).dtype == DataType::Float16;
        let kernel = kernel(self.kind)
            .filter(|_| !(is_half && self.kind == UnaryKind::Sign))
            .ok_or_else(|| check::no_kernel(node))?;
        let plan = unary::plan(node, device, |element| quantized(self.kind, element, node))?;
        Ok((kernel, plan))
    }

    fn lower(
        &self,
        (kernel, plan): Self::Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let is_root = matches!(self.kind, UnaryKind::Sqrt | UnaryKind::Rsqrt);
        if let (true, UnaryPlan::Table(lookup)) = (is_root, &plan) {
            let (input, length) = (lowering.stored_input(node, 0)?, lookup.length());
            let radicands = whole_numbers(input, length, of_input(node, 0)?.1, lowering)?;
            lowering.check_values(radicands, length, ValueCheck::Radicand);
        }
        match self.kind {
            // Rounded to 16 bits first, numbers would step over whole ones.
            UnaryKind::Ceil | UnaryKind::Floor | UnaryKind::Round => {
                unary::lower_as_stored(kernel, &plan, node, lowering)
            }
            _ if node.output(0).dtype != DataType::Float32 => {
                unary::lower_as_stored(kernel, &plan, node, lowering)
            }
            _ => unary::lower(kernel, &plan, node, lowering),
        }
    }

    fn step(&self, _node: &NodeContext<'_>) -> Option<Step> {
        function(self.kind).map(Step::of)
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        match self.kind {
            UnaryKind::Abs
            | UnaryKind::Ceil
            | UnaryKind::Elu
            | UnaryKind::Floor
            | UnaryKind::LogicalNot
            | UnaryKind::Neg
            | UnaryKind::Round => Effect::WITHIN,
            UnaryKind::Sign => Effect::BOUNDED,
            UnaryKind::Cos | UnaryKind::Sin => Effect::exact(Range::Bounded),
            UnaryKind::Exp
            | UnaryKind::Log
            | UnaryKind::Rsqrt
            | UnaryKind::Sqrt
            | UnaryKind::Square => Effect::SENSITIVE,
        }
    }
}

/// The kernel of integers that stand for themselves, or of bools.
fn integer_kernel(kind: UnaryKind, dtype: DataType) -> Option<&'static Kernel> {
    match (kind, dtype) {
        (UnaryKind::Abs, DataType::Int32) => Some(&table::ABS_INTEGER),
        (UnaryKind::Neg, DataType::Int32) => Some(&table::NEG_INTEGER),
        (UnaryKind::Neg, DataType::Int64) => Some(&table::NEG_INT64),
        (UnaryKind::Sign, DataType::Int32) => Some(&table::SIGN_INTEGER),
        (UnaryKind::LogicalNot, DataType::Bool) => Some(&table::LOGICAL_NOT),
        _ => None,
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the integers are of the element's type"
)]
fn quantized(
    kind: UnaryKind,
    element: Element,
    node: &NodeContext<'_>,
) -> Result<Function, Reject> {
    match (kind, element) {
        // The integers themselves are negated, and wrap.
        (UnaryKind::Neg, Element::I8) => Ok(Box::new(|value| (value as i8).wrapping_neg().into())),
        (UnaryKind::Neg, Element::I16) => {
            Ok(Box::new(|value| (value as i16).wrapping_neg().into()))
        }
        (UnaryKind::Abs, Element::I8 | Element::I16) => {
            let scale = AbsScale::new(of_input(node, 0)?, per_tensor(node.output(0))?);
            Ok(Box::new(move |value| scale.apply(value)))
        }
        (UnaryKind::Exp, Element::I8 | Element::I16) => of_reals(element, node, f32::exp),
        (UnaryKind::Elu, Element::I8) => {
            of_reals(element, node, |x| if x < 0.0 { x.exp_m1() } else { x })
        }
        (UnaryKind::Log, Element::I8 | Element::I16) => {
            let (scale, zero_point) = per_tensor(node.output(0))?;
            let floor = (range(node.output(0))?.0 - zero_point) as f32 * scale;
            of_reals(element, node, |x| if x <= 0.0 { floor } else { x.ln() })
        }
        (UnaryKind::Sqrt, Element::I8 | Element::I16) => {
            let (input, output) = (of_input(node, 0)?, per_tensor(node.output(0))?);
            Ok(Box::new(move |value| square_root(value, input, output)))
        }
        (UnaryKind::Rsqrt, Element::I8) => {
            let scale = RsqrtScale::new(of_input(node, 0)?, per_tensor(node.output(0))?);
            Ok(Box::new(move |value| scale.apply(value)))
        }
        (UnaryKind::Rsqrt, Element::I16) => {
            let greatest = f32::from(i16::MAX) * per_tensor(node.output(0))?.0;
            let root = |x: f32| if x <= 0.0 { greatest } else { 1.0 / x.sqrt() };
            of_reals(element, node, root)
        }
        _ => Err(check::no_kernel(node)),
    }
}
