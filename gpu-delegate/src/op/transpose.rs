//! TRANSPOSE: the dimensions in another order.

use demilite_core::op::{Transpose, transpose::permutation};
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::{Places, Take};
use crate::node::check;
use crate::node::check::rule;
use crate::node::effect::Effect;

impl GpuOp for Transpose {
    type Plan = Take;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Take, Reject> {
        let moved = check::moved(node, [0], device)?;
        let input = node.shape(0).map_err(rule)?;
        let permutation = permutation(input, &check::indices(node, 1)?).map_err(rule)?;
        let strides = input.strides();
        let extents: Vec<usize> = permutation.iter().map(|&axis| input[axis]).collect();
        let places = Places::new(&extents, moved, 0.0, |axis, index| {
            Some(index * strides[permutation[axis]])
        })?;
        Ok(Take::first(moved, places))
    }

    fn lower(
        &self,
        plan: Take,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
