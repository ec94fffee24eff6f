//! REVERSE_SEQUENCE: sequences of a batch backwards, each as far as it is long.

use demilite_core::op::ReverseSequence;
use demilite_core::{NodeContext, Reject, TensorId};
use demilite_shaders::table::{self, ReverseSequenceParams};
use demilite_shaders::{Params, QUAD, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::indices::Indices;
use crate::node::check::{self, Moved, rule, word};
use crate::node::effect::Effect;
use crate::program::{Dispatch, ValueCheck, line};

impl GpuOp for ReverseSequence {
    type Plan = (ReverseSequenceParams, Moved, Indices);

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Self::Plan, Reject> {
        let moved = check::moved(node, [0], device)?;
        let input = node.shape(0).map_err(rule)?;
        let lengths = node.shape(1).map_err(rule)?;
        let (sequence, batch) = self.resolve(input, lengths).map_err(rule)?;
        let most = word(input[sequence])?;
        let lengths = Indices::of(node, 1, device)?.checked(ValueCheck::Below(vec![most + 1]))?;
        let (strides, count) = (input.strides(), moved.count());
        let params = ReverseSequenceParams {
            length: word(input.elements() * count)?,
            steps: most,
            step_stride: word(strides[sequence] * count)?,
            batch: word(input[batch])?,
            batch_stride: word(strides[batch] * count)?,
        };
        Ok((params, moved, lengths))
    }

    fn lower(
        &self,
        (params, moved, lengths): Self::Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = params.length as usize;
        let input = lowering.moved_input(node, 0, moved)?;
        let lengths = lengths.lower(node, lowering)?;
        let output = lowering.moved_output(node, 0, length, moved)?;
        let strides = [params.step_stride, params.batch_stride];
        let quads = strides.iter().all(|stride| stride.is_multiple_of(QUAD));
        lowering.dispatch(Dispatch {
            kernel: &table::REVERSE_SEQUENCE,
            rows: Rows::Aligned,
            constants: vec![("quads", quads.into())],
            params: params.bytes(),
            output,
            operands: vec![(Role::Input, input), (Role::Weight, lengths)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
