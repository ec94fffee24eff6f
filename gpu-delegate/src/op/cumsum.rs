//! CUMSUM: running sums along an axis.

use demilite_core::op::Cumsum;
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::table::{self, CumsumParams};
use demilite_shaders::{Params, QUAD, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Moved, rule, word};
use crate::node::effect::Effect;
use crate::program::{Dispatch, line};

impl GpuOp for Cumsum {
    type Plan = (CumsumParams, Moved);

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Self::Plan, Reject> {
        let dtype = node.output(0).dtype;
        if !matches!(dtype, DataType::Float32 | DataType::Int32 | DataType::Int64) {
            return Err(check::no_kernel(node));
        }
        let moved = check::moved(node, [0], device)?;
        let shape = node.shape(0).map_err(rule)?;
        let axis = node.axis(1).map_err(rule)?;
        check::iterations(QUAD_ELEMENTS * shape[axis])?;
        let params = CumsumParams {
            length: word(shape.elements() * moved.count())?,
            extent: word(shape[axis])?,
            inner: word(shape[axis + 1..].iter().product::<usize>())?,
        };
        Ok((params, moved))
    }

    fn lower(
        &self,
        (params, moved): Self::Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = params.length as usize;
        let input = lowering.moved_input(node, 0, moved)?;
        let output = lowering.moved_output(node, 0, length, moved)?;
        let (kernel, quads) = match moved.count() {
            1 => (&table::CUMSUM, params.inner.is_multiple_of(QUAD)),
            // A quad has two integers of 64 bits.
            _ => (&table::CUMSUM_INT64, true),
        };
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants: vec![
                ("quads", quads.into()),
                ("exclusive", self.exclusive.into()),
                ("reverse", self.reverse.into()),
            ],
            params: params.bytes(),
            output,
            operands: vec![(Role::Input, input)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::GROWING
    }
}
