//! Depthwise convolutions of floats.

use demilite_core::{NodeContext, OpError, View, op};
use demilite_executor::{KernelIo, Prepared};

use super::Geometry;
use crate::depthwise::float::FloatDepthwise;
use crate::layers::float_clamp;
use crate::layers::packed::{Layer, PackedLayer};
use crate::machine::Machine;

struct FloatDepthwiseConv2d {
    geometry: Geometry,
    clamp: (f32, f32),
    border: Vec<u8>,
    machine: Machine,
}

impl Layer for FloatDepthwiseConv2d {
    type Packed = FloatDepthwise;

    fn pack(&self, weights: View<'_>, bias: Option<View<'_>>) -> Result<FloatDepthwise, OpError> {
        let bias = bias.map(|bias| bias.as_slice()).transpose()?;
        let (channels, set) = (self.geometry.channels, self.machine.set);
        Ok(FloatDepthwise::new(
            weights.as_slice()?,
            channels,
            bias,
            self.clamp,
            (&self.geometry.window, set),
        ))
    }

    fn bytes(packed: &FloatDepthwise) -> usize {
        packed.bytes()
    }

    fn run(&self, packed: &FloatDepthwise, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let bytes = bytemuck::cast_slice(io.input::<f32>(0)?);
        self.geometry
            .convolve(packed, (bytes, &self.border), io.output()?, self.machine);
        Ok(())
    }
}

pub(super) fn prepare(
    op: &op::DepthwiseConv2d,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    let geometry = Geometry::new(op, node)?;
    let border = vec![0; geometry.channels * size_of::<f32>()];
    let layer = FloatDepthwiseConv2d {
        geometry,
        clamp: float_clamp(op.activation)?,
        border,
        machine,
    };
    Ok(PackedLayer::boxed(layer, node.input(2).is_some()))
}
