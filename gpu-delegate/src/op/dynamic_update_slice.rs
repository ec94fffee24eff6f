//! DYNAMIC_UPDATE_SLICE: a box of a tensor overwritten, where data says.

use demilite_core::op::DynamicUpdateSlice;
use demilite_core::{NodeContext, Reject, TensorId};
use demilite_shaders::table::{self, DynamicUpdateSliceParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::indices::Indices;
use crate::node::check::{self, Moved, rule, word};
use crate::node::effect::Effect;
use crate::node::geometry::rows;
use crate::program::{Dispatch, line};

/// Where the box lies, and what it is made of.
pub(super) struct UpdatePlan {
    params: DynamicUpdateSliceParams,
    moved: Moved,
    start: Indices,
    /// Whether the box spans whole rows of quads.
    is_quads: bool,
}

impl GpuOp for DynamicUpdateSlice {
    type Plan = UpdatePlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<UpdatePlan, Reject> {
        let moved = check::moved(node, [0, 1], device)?;
        let input = node.shape(0).map_err(rule)?;
        let update = node.shape(1).map_err(rule)?;
        let steps = update.strides();
        let dims = (0..input.rank()).map(|axis| [input[axis], update[axis], steps[axis], 0]);
        let (dims, rank) = rows(dims.collect())?;
        let is_quads = match (input.last(), update.last()) {
            (Some(row), Some(update)) => {
                row == update && (row * moved.count()).is_multiple_of(QUAD_ELEMENTS)
            }
            _ => false,
        };
        Ok(UpdatePlan {
            params: DynamicUpdateSliceParams {
                dims,
                rank,
                length: word(input.elements() * moved.count())?,
                words: word(moved.count())?,
            },
            moved,
            start: Indices::of(node, 2, device)?,
            is_quads,
        })
    }

    fn lower(
        &self,
        plan: UpdatePlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = plan.params.length as usize;
        let input = lowering.moved_input(node, 0, plan.moved)?;
        let update = lowering.moved_input(node, 1, plan.moved)?;
        let start = plan.start.lower(node, lowering)?;
        let output = lowering.moved_output(node, 0, length, plan.moved)?;
        lowering.dispatch(Dispatch {
            kernel: &table::DYNAMIC_UPDATE_SLICE,
            rows: Rows::Aligned,
            constants: vec![("quads", plan.is_quads.into())],
            params: plan.params.bytes(),
            output,
            operands: vec![
                (Role::Input, input),
                (Role::Weight, start),
                (Role::Bias, update),
            ],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
