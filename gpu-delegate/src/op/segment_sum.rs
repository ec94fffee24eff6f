//! SEGMENT_SUM: sums of consecutive rows.

use demilite_core::op::SegmentSum;
use demilite_core::{DataType, NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::indices::Indices;
use crate::movement::scatter::{Fold, Scatter};
use crate::node::check;
use crate::node::effect::Effect;

impl GpuOp for SegmentSum {
    type Plan = Scatter;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Scatter, Reject> {
        if !matches!(node.output(0).dtype, DataType::Float32 | DataType::Int32) {
            return Err(check::no_kernel(node));
        }
        // The output's shape depends on the segments, so that they are constant where it is known.
        check::known_output(node, 0)?;
        let segments = Indices::of(node, 1, device)?;
        Scatter::new(node, device, 0, segments, 1, Fold::Sum)
    }

    fn lower(
        &self,
        plan: Scatter,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::GROWING
    }
}
