//! UNSORTED_SEGMENT_MAX, _MIN, _PROD and _SUM: what the parts of each segment come to.

use demilite_core::op::UnsortedSegment;
use demilite_core::op::unsorted_segment::SegmentKind;
use demilite_core::{DataType, NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::indices::Indices;
use crate::movement::scatter::{Fold, Scatter};
use crate::node::check;
use crate::node::effect::Effect;
use crate::program::ValueCheck;

impl GpuOp for UnsortedSegment {
    type Plan = Scatter;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Scatter, Reject> {
        if !matches!(node.output(0).dtype, DataType::Float32 | DataType::Int32) {
            return Err(check::no_kernel(node));
        }
        let fold = match self.kind {
            SegmentKind::UnsortedSegmentMax => Fold::Greatest,
            SegmentKind::UnsortedSegmentMin => Fold::Least,
            SegmentKind::UnsortedSegmentProd => Fold::Product,
            SegmentKind::UnsortedSegmentSum => Fold::Sum,
        };
        let count = check::word(check::known_output(node, 0)?[0])?;
        let segments = Indices::of(node, 1, device)?.checked(ValueCheck::Segment(count))?;
        Scatter::new(node, device, 0, segments, 1, fold)
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
        match self.kind {
            // Where no segment falls lies the end of the 32-bit floats.
            SegmentKind::UnsortedSegmentMax
            | SegmentKind::UnsortedSegmentMin
            | SegmentKind::UnsortedSegmentSum => Effect::GROWING,
            SegmentKind::UnsortedSegmentProd => Effect::SENSITIVE,
        }
    }
}
