//! DENSIFY: the nodes that read a sparse constant of floats read it with its zeros, in the type that the file has.

use demilite_core::op::Densify;
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::constant::float_constant;
use crate::node::check;
use crate::node::effect::Effect;

impl GpuOp for Densify {
    type Plan = ();

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<(), Reject> {
        let constant = float_constant(node.graph(), node.node().outputs[0])
            .ok_or_else(|| Reject::unsupported("the input is not a sparse constant of floats"))?;
        if node.required(0).map(|input| input.dtype).ok() != Some(node.output(0).dtype) {
            return Err(Reject::unsupported(
                "the output is of another type than the input",
            ));
        }
        check::binding(
            "the output",
            constant.shape().elements(),
            demilite_shaders::Element::F32,
            device,
        )
    }

    fn lower(&self, (): (), _: &NodeContext<'_>, _: &mut Lowering<'_>) -> Result<(), LowerError> {
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
