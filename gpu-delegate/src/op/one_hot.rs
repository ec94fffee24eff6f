//! ONE_HOT: each index as a vector with one element switched on.

use demilite_core::op::OneHot;
use demilite_core::op::pack::added_axis;
use demilite_core::{NodeContext, Reject, TensorId};
use demilite_shaders::table::{self, OneHotParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::indices::Indices;
use crate::node::check::{self, Moved, rule, word};
use crate::node::effect::Effect;
use crate::program::{Dispatch, line};

impl GpuOp for OneHot {
    type Plan = (OneHotParams, Moved, Indices);

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Self::Plan, Reject> {
        let moved = check::moved(node, [2, 3], device)?;
        let indices = node.shape(0).map_err(rule)?;
        let axis = added_axis(indices, self.axis.into()).map_err(rule)?;
        let output = check::known_output(node, 0)?;
        let params = OneHotParams {
            length: word(output.elements() * moved.count())?,
            depth: word(output[axis])?,
            inner: word(indices[axis..].iter().product::<usize>())?,
            words: word(moved.count())?,
        };
        Ok((params, moved, Indices::of(node, 0, device)?))
    }

    fn lower(
        &self,
        (params, moved, indices): Self::Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = params.length as usize;
        let indices = indices.lower(node, lowering)?;
        let [on, off] = [2, 3].map(|index| lowering.moved_input(node, index, moved));
        let output = lowering.moved_output(node, 0, length, moved)?;
        lowering.dispatch(Dispatch {
            kernel: &table::ONE_HOT,
            rows: Rows::Aligned,
            constants: vec![("quads", 0)],
            params: params.bytes(),
            output,
            operands: vec![
                (Role::Input, on?),
                (Role::Weight, indices),
                (Role::Bias, off?),
            ],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
