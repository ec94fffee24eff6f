//! Each element from one of two tensors, as a condition says.

use demilite_core::Reject;
use demilite_shaders::table::{self, SelectParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use crate::lowering::Lowering;
use crate::node::check::{Moved, word};
use crate::node::geometry::{broadcast_quads, rows};
use crate::program::{Dispatch, Storage, line};

/// How three tensors broadcast, and what two of them hold.
pub(crate) struct SelectPlan {
    pub(crate) moved: Moved,
    params: SelectParams,
    quads: bool,
    operand_quads: [bool; 3],
}

impl SelectPlan {
    /// The choice over `dims`: extent, and the steps of the condition and of both tensors, of each dimension, outermost first.
    pub(crate) fn new(mut dims: Vec<[usize; 4]>, moved: Moved) -> Result<Self, Reject> {
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
                length: word(length)?,
            },
            quads,
            operand_quads,
        })
    }

    /// Elements of the device that are chosen.
    pub(crate) fn elements(&self) -> usize {
        self.params.length as usize
    }

    /// Adds the dispatch.
    pub(crate) fn dispatch(
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
