//! SCATTER_ND: slices added to zeros, each at its coordinates.

use demilite_core::op::ScatterNd;
use demilite_core::op::gather_nd::named_dimensions;
use demilite_core::{DataType, NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::indices::Indices;
use crate::movement::scatter::{Fold, Scatter};
use crate::node::check::{self, rule, word};
use crate::node::effect::Effect;
use crate::program::ValueCheck;

impl GpuOp for ScatterNd {
    type Plan = Scatter;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Scatter, Reject> {
        let fold = match node.output(0).dtype {
            DataType::Float32
            | DataType::Int8
            | DataType::UInt8
            | DataType::Int32
            | DataType::Int64 => Fold::Sum,
            DataType::Bool => Fold::Any,
            _ => return Err(check::no_kernel(node)),
        };
        let output = check::known_output(node, 0)?;
        let named = named_dimensions(output, node.shape(0).map_err(rule)?).map_err(rule)?;
        let extents = output[..named].iter().map(|&extent| word(extent));
        let extents = extents.collect::<Result<_, _>>()?;
        let coordinates = Indices::of(node, 0, device)?;
        let coordinates = coordinates.checked(ValueCheck::Below(extents))?;
        Scatter::new(node, device, 1, coordinates, named, fold)
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
        Effect::WITHIN
    }
}
