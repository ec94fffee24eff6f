//! SPARSE_TO_DENSE: values put where indices say, and a default elsewhere.

use demilite_core::op::SparseToDense;
use demilite_core::{NodeContext, Reject, TensorId};
use demilite_shaders::table::{self, SparseToDenseParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::indices::Indices;
use crate::movement::scatter::comparisons;
use crate::node::check::{self, Moved, rule, word};
use crate::node::effect::Effect;
use crate::node::geometry::rows;
use crate::program::{Dispatch, ValueCheck, line};

impl GpuOp for SparseToDense {
    type Plan = (SparseToDenseParams, Moved, Indices);

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Self::Plan, Reject> {
        let moved = check::moved(node, [2, 3], device)?;
        let output = check::known_output(node, 0)?;
        let extents = output.iter().map(|&extent| word(extent));
        let extents = extents.collect::<Result<_, _>>()?;
        let indices = Indices::of(node, 0, device)?.checked(ValueCheck::Below(extents))?;
        let count = indices.count() / output.rank().max(1);
        comparisons(count, output)?;
        // Rows are innermost first, coordinates outermost first.
        let dims = std::iter::zip(output.iter(), output.strides()).rev();
        let (dims, rank) = rows(dims.map(|(&extent, step)| [extent, step, 0, 0]).collect())?;
        let is_one_value = node.shape(2).map_err(rule)?.rank() == 0;
        let words = moved.count();
        let params = SparseToDenseParams {
            dims,
            rank,
            length: word(output.elements() * words)?,
            count: word(count)?,
            words: word(words)?,
            value_step: if is_one_value { 0 } else { word(words)? },
        };
        Ok((params, moved, indices))
    }

    fn lower(
        &self,
        (params, moved, indices): Self::Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = params.length as usize;
        let indices = indices.lower(node, lowering)?;
        let values = lowering.moved_input(node, 2, moved)?;
        let default = lowering.moved_input(node, 3, moved)?;
        let output = lowering.moved_output(node, 0, length, moved)?;
        lowering.dispatch(Dispatch {
            kernel: &table::SPARSE_TO_DENSE,
            rows: Rows::Aligned,
            constants: vec![("quads", 0)],
            params: params.bytes(),
            output,
            operands: vec![
                (Role::Input, values),
                (Role::Weight, indices),
                (Role::Bias, default),
            ],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
