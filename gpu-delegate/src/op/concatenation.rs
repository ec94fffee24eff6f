//! CONCATENATION: one copy an input.

use demilite_core::op::{Activation, Concatenation};
use demilite_core::quantization::layer;
use demilite_core::quantization::rescale_u8;
use demilite_core::{NodeContext, OpError, Reject, TensorId};
use demilite_shaders::Element;

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::join::ConcatenationPlan;
use crate::node::check::{self, Moved, rule};
use crate::node::effect::Effect;

/// What each integer of input `index` becomes: unsigned bytes change their scale, all others have the output's.
fn rescaled(
    node: &NodeContext<'_>,
    index: usize,
    element: Element,
) -> Result<Option<Vec<u8>>, Reject> {
    let (input, output) = (node.required(index).map_err(rule)?, node.output(0));
    match element {
        Element::U8 if output.quantization.is_some() => {
            let (from, to) = (layer::per_tensor(input)?, layer::per_tensor(output)?);
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

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<ConcatenationPlan, Reject> {
        if self.activation != Activation::None {
            return Err(Reject::unsupported(format!(
                "the fused activation {:?}",
                self.activation
            )));
        }
        let moved = check::moved(node, 0..node.input_count(), device)?;
        let output = check::known_output(node, 0)?;
        let axis = output
            .axis(self.axis.into())
            .map_err(|error| rule(OpError::Shape(error)))?;
        let inner: usize = output[axis + 1..].iter().product();
        let shapes = (0..node.input_count()).map(|index| node.shape(index));
        let shapes = shapes.collect::<Result<Vec<_>, _>>().map_err(rule)?;
        let row_lengths: Vec<usize> = shapes.iter().map(|shape| shape[axis] * inner).collect();
        let rows = output[..axis].iter().product();
        let mut plan = ConcatenationPlan::new(moved, rows, &row_lengths)?;
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

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN.clamped(self.activation)
    }
}
