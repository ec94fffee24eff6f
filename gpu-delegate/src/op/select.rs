//! SELECT and SELECT_V2: each element from one of two tensors.

use demilite_core::op::Select;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::{self, SelectParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use super::check::{self, Moved, rule};
use super::geometry::{broadcast_dims, broadcast_quads, rows};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, Storage, line};

/// How three tensors broadcast, and what two of them hold.
pub(super) struct SelectPlan {
    pub(super) moved: Moved,
    params: SelectParams,
    quads: bool,
    operand_quads: [bool; 3],
}

impl SelectPlan {
    /// The choice over `dims`: extent, and the steps of the condition and of both tensors, of each dimension, outermost first.
    pub(super) fn new(mut dims: Vec<[usize; 4]>, moved: Moved) -> Result<Self, Reject> {
        let count = moved.count();
        if count > 1 {
            let scaled = |[extent, condition, left, right]: [usize; 4]| {
                [extent, condition, left * count, right * count]
            };
            dims = dims.into_iter().map(scaled).collect();
            dims.push([count, 0, 1, 1]);
        }
        let length: usize = dims.iter().map(|dim| dim[0]).product();
        let (quads, operand_quads) = broadcast_quads(&dims);
        let (dims, rank) = rows(dims)?;
        Ok(SelectPlan {
            moved,
            params: SelectParams {
                dims,
                rank,
                length: length as u32,
            },
            quads,
            operand_quads,
        })
    }

    /// Elements of the device that are chosen.
    pub(super) fn elements(&self) -> usize {
        self.params.length as usize
    }

    /// Adds the dispatch.
    pub(super) fn dispatch(
        &self,
        [condition, chosen, other]: [Storage; 3],
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) {
        let [condition_quads, input_quads, other_quads] = self.operand_quads;
        lowering.dispatch(Dispatch {
            kernel: &table::SELECT,
            rows: Rows::Aligned,
            constants: vec![
                ("quads", self.quads.into()),
                ("condition_quads", condition_quads.into()),
                ("input_quads", input_quads.into()),
                ("other_quads", other_quads.into()),
            ],
            params: self.params.bytes(),
            output,
            operands: vec![
                (Role::Weight, condition),
                (Role::Input, chosen),
                (Role::Bias, other),
            ],
            workgroups: line(self.elements().div_ceil(QUAD_ELEMENTS), 64),
        });
    }
}

impl GpuOp for Select {
    type Plan = SelectPlan;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<SelectPlan, Reject> {
        let moved = check::moved(node, [1, 2], context)?;
        let output = check::known_output(node, 0)?;
        let condition = self.aligned_condition(check::readable(node, 0, context)?, output);
        let [left, right] = [1, 2].map(|index| node.shape(index).map_err(rule));
        SelectPlan::new(broadcast_dims(&[&condition, left?, right?], output), moved)
    }

    fn lower(
        &self,
        plan: SelectPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let operands = [
            lowering.stored_input(node, 0)?,
            lowering.moved_input(node, 1, plan.moved)?,
            lowering.moved_input(node, 2, plan.moved)?,
        ];
        let output = lowering.moved_output(node, 0, plan.elements(), plan.moved)?;
        plan.dispatch(operands, output, lowering);
        Ok(())
    }
}
