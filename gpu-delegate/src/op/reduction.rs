//! SUM, REDUCE_PROD, REDUCE_MAX, REDUCE_MIN, REDUCE_ALL and REDUCE_ANY over any axes.

use demilite_core::op::Reduction;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::{Element, Kernel, table};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers, rule};
use crate::node::effect::Effect;
use crate::reduction::reduce::{ReducePlan, Rescaling};

/// What is computed.
pub(super) enum Arithmetic {
    /// What a kernel says.
    Plain(&'static Kernel),
    /// The same of integers of 64 bits.
    Int64(&'static Kernel),
    /// Sums of quantized integers.
    Rescaled(Rescaling),
    /// Products of quantized integers.
    Products(Rescaling),
}

impl GpuOp for Reduction {
    type Plan = (ReducePlan, Arithmetic);

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Self::Plan, Reject> {
        if node.output(0).dtype == DataType::Int64 {
            let kernel = int64_kernel(self.kind).ok_or_else(|| check::no_kernel(node))?;
            return Ok((ReducePlan::int64(node, device)?, Arithmetic::Int64(kernel)));
        }
        if let Some(kernel) = integer_kernel(self.kind, node) {
            let plan = ReducePlan::integers(node, device)?.in_any_order();
            return Ok((plan.in_parts_or_at_once()?, Arithmetic::Plain(kernel)));
        }
        let plan = ReducePlan::new(node, device)?.in_any_order();
        let kernel = match (self.kind, check::numbers(node)?) {
            (ReductionKind::Sum, Numbers::Float) => &table::SUM,
            (ReductionKind::ReduceProd, Numbers::Float) => &table::REDUCE_PROD,
            (ReductionKind::ReduceMax, Numbers::Float) => &table::REDUCE_MAX,
            (ReductionKind::ReduceMin, Numbers::Float) => &table::REDUCE_MIN,
            (ReductionKind::Sum, Numbers::Quantized(_)) => {
                plan.at_once()?;
                return Ok((plan, Arithmetic::Rescaled(Rescaling::new(node, 1)?)));
            }
            (ReductionKind::ReduceMax, Numbers::Quantized(_)) => {
                one_scale(node)?;
                &table::REDUCE_MAX_INTEGER
            }
            (ReductionKind::ReduceMin, Numbers::Quantized(_)) => {
                one_scale(node)?;
                &table::REDUCE_MIN_INTEGER
            }
            (ReductionKind::ReduceProd, Numbers::Quantized(element)) => {
                if element == Element::U8 {
                    return Err(check::no_kernel(node));
                }
                // The order of the factors is that of their roundings.
                let plan = ReducePlan::new(node, device)?;
                plan.in_order()?;
                let rescaling = Rescaling::of_products(node, plan.count())?;
                return Ok((plan, Arithmetic::Products(rescaling)));
            }
            (ReductionKind::ReduceAll | ReductionKind::ReduceAny, _) | (_, Numbers::Half) => {
                return Err(check::no_kernel(node));
            }
        };
        Ok((plan.in_parts_or_at_once()?, Arithmetic::Plain(kernel)))
    }

    fn lower(
        &self,
        (plan, arithmetic): Self::Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        match arithmetic {
            Arithmetic::Plain(kernel) => plan.lower([kernel, kernel], node, lowering),
            Arithmetic::Int64(kernel) => plan.lower_int64(kernel, node, lowering),
            Arithmetic::Rescaled(rescaling) => plan.lower_rescaled(&rescaling, node, lowering),
            Arithmetic::Products(rescaling) => plan.lower_products(&rescaling, node, lowering),
        }
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        match self.kind {
            ReductionKind::ReduceMax | ReductionKind::ReduceMin => Effect::WITHIN,
            ReductionKind::ReduceProd => Effect::SENSITIVE,
            ReductionKind::Sum | ReductionKind::ReduceAll | ReductionKind::ReduceAny => {
                Effect::GROWING
            }
        }
    }
}

/// The kernel of integers that stand for themselves, or of bools.
fn integer_kernel(kind: ReductionKind, node: &NodeContext<'_>) -> Option<&'static Kernel> {
    let is_unscaled = node
        .input(0)
        .is_some_and(|input| input.quantization.is_none());
    match (kind, node.output(0).dtype) {
        (ReductionKind::ReduceProd, DataType::Int8 | DataType::UInt8 | DataType::Int16)
            if is_unscaled =>
        {
            Some(&table::REDUCE_PROD_INTEGER)
        }
        (ReductionKind::Sum, DataType::Int32) => Some(&table::SUM_INTEGER),
        (ReductionKind::ReduceProd, DataType::Int32) => Some(&table::REDUCE_PROD_INTEGER),
        (ReductionKind::ReduceMax, DataType::Int32) => Some(&table::REDUCE_MAX_INTEGER),
        (ReductionKind::ReduceMin, DataType::Int32) => Some(&table::REDUCE_MIN_INTEGER),
        (
            ReductionKind::ReduceAll | ReductionKind::ReduceMin | ReductionKind::ReduceProd,
            DataType::Bool,
        ) => Some(&table::REDUCE_ALL),
        (
            ReductionKind::ReduceAny | ReductionKind::ReduceMax | ReductionKind::Sum,
            DataType::Bool,
        ) => Some(&table::REDUCE_ANY),
        _ => None,
    }
}

/// The kernel of integers of 64 bits.
fn int64_kernel(kind: ReductionKind) -> Option<&'static Kernel> {
    match kind {
        ReductionKind::Sum => Some(&table::SUM_INT64),
        ReductionKind::ReduceProd => Some(&table::REDUCE_PROD_INT64),
        ReductionKind::ReduceMax => Some(&table::REDUCE_MAX_INT64),
        ReductionKind::ReduceMin => Some(&table::REDUCE_MIN_INT64),
        ReductionKind::ReduceAll | ReductionKind::ReduceAny => None,
    }
}

/// Checks that quantized elements mean the same in the output.
fn one_scale(node: &NodeContext<'_>) -> Result<(), Reject> {
    if node.required(0).map_err(rule)?.quantization == node.output(0).quantization {
        return Ok(());
    }
    Err(Reject::invalid(
        "the input and the output differ in scale or zero point",
    ))
}
