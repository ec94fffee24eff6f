//! STABLEHLO_ADD, STABLEHLO_MAXIMUM, STABLEHLO_MINIMUM and STABLEHLO_MULTIPLY: the kernels of ADD, MAXIMUM, MINIMUM and MUL.

use demilite_core::op::stablehlo_elementwise::StablehloKind;
use demilite_core::op::{Activation, StablehloElementwise};
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::epilogue::StepFunction;
use demilite_shaders::{Kernel, table};

use super::GpuOp;
use crate::device::Device;
use crate::elementwise::binary::{self, Arithmetic, BinaryPlan, EVERYTHING};
use crate::elementwise::step::Step;
use crate::lowering::{LowerError, Lowering};
use crate::node::check;
use crate::node::effect::{self, Effect};

impl GpuOp for StablehloElementwise {
    type Plan = BinaryPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<BinaryPlan, Reject> {
        let [of_floats, of_integers, of_int64] = kernels(self.kind);
        match node.output(0).dtype {
            DataType::Float32 | DataType::Float16 => {
                let plan = binary::plan(node, device, |_| {
                    Ok(Arithmetic::Float(of_floats, EVERYTHING))
                })?;
                // Of NaN and a number the first one stays, where MAXIMUM and MINIMUM keep the second.
                Ok(match self.kind {
                    StablehloKind::StablehloMaximum | StablehloKind::StablehloMinimum => {
                        plan.swapped()
                    }
                    StablehloKind::StablehloAdd | StablehloKind::StablehloMultiply => plan,
                })
            }
            DataType::Int8 | DataType::UInt8 | DataType::Int16 | DataType::Int32 => {
                binary::plan_integers(node, device, of_integers, Activation::None)
            }
            DataType::Int64 => binary::plan_int64(node, device, of_int64, Activation::None),
            _ => Err(check::no_kernel(node)),
        }
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
        match self.kind {
            StablehloKind::StablehloAdd => Some(Step::of(StepFunction::Add)),
            StablehloKind::StablehloMultiply => Some(Step::of(StepFunction::Mul)),
            StablehloKind::StablehloMaximum | StablehloKind::StablehloMinimum => None,
        }
    }

    fn effect(&self, node: &NodeContext<'_>, is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        match self.kind {
            StablehloKind::StablehloMultiply => effect::product(node, is_bounded),
            StablehloKind::StablehloAdd
            | StablehloKind::StablehloMaximum
            | StablehloKind::StablehloMinimum => Effect::WITHIN,
        }
    }
}

/// The kernels of floats, of integers, and of integers of 64 bits.
fn kernels(kind: StablehloKind) -> [&'static Kernel; 3] {
    match kind {
        StablehloKind::StablehloAdd => [&table::ADD, &table::ADD_INTEGER, &table::ADD_INT64],
        StablehloKind::StablehloMaximum => [
            &table::MAXIMUM,
            &table::MAXIMUM_INTEGER,
            &table::MAXIMUM_INT64,
        ],
        StablehloKind::StablehloMinimum => [
            &table::MINIMUM,
            &table::MINIMUM_INTEGER,
            &table::MINIMUM_INT64,
        ],
        StablehloKind::StablehloMultiply => [&table::MUL, &table::MUL_INTEGER, &table::MUL_INT64],
    }
}
