//! Depthwise convolutions in which each input channel has several output channels: convolutions of a group for each.

use demilite_core::geometry::{Extent, Window};
use demilite_core::op::{self, nhwc};
use demilite_core::quantization::layer::channel_multipliers;
use demilite_core::{DataType, NodeContext, OpError, Reject, Shape, View};
use demilite_executor::{Kernel, KernelIo, Prepared};

use crate::layers::float::FloatLayer;
use crate::layers::integer::{IntegerLayer, Scaling};
use crate::machine::Machine;
use crate::product::geometry::Geometry;

/// A convolution whose weights lie as those of a depthwise one, `[1, row, column, channel]`.
struct Turned {
    convolution: Box<dyn Kernel>,
    channels: usize,
}

/// The weights as `[channel, row, column, 1]`.
fn turned(weights: View<'_>, channels: usize) -> Result<Vec<u8>, OpError> {
    let element = weights.bytes().len() / weights.shape().elements().max(1);
    let taps = weights.shape().elements() / channels.max(1);
    let mut turned = Vec::with_capacity(weights.bytes().len());
    for channel in 0..channels {
        for tap in 0..taps {
            let start = (tap * channels + channel) * element;
            turned.extend_from_slice(&weights.bytes()[start..start + element]);
        }
    }
    Ok(turned)
}

impl Kernel for Turned {
    fn prepack(&mut self, constants: &[Option<View<'_>>]) -> Result<(), OpError> {
        let weights = constants.get(1).copied().flatten();
        let weights = weights.ok_or(OpError::MissingInput { index: 1 })?;
        let bytes = turned(weights, self.channels)?;
        let taps = weights.shape().elements() / self.channels.max(1);
        let shape = Shape::from([self.channels, taps]);
        let mut constants = constants.to_vec();
        constants[1] = Some(View::from_bytes(weights.dtype(), &shape, &bytes)?);
        self.convolution.prepack(&constants)
    }

    fn weight_bytes(&self) -> usize {
        self.convolution.weight_bytes()
    }

    fn reads(&self, index: usize) -> bool {
        self.convolution.reads(index)
    }

    fn scratch_bytes(&self) -> usize {
        self.convolution.scratch_bytes()
    }

    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        self.convolution.run(io)
    }
}

/// The convolution of these types with weights and bias that are constant.
pub(super) fn prepare(
    op: &op::DepthwiseConv2d,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    let [batches, height, width, channels] = nhwc(node.shape(0)?, "image")?;
    let filter = nhwc(node.shape(1)?, "filter")?;
    let is_constant = |index: usize| node.value(index).is_some();
    let is_packed = node.required(1)?.dtype == DataType::Int4;
    if is_packed || !is_constant(1) || (node.input(2).is_some() && !is_constant(2)) {
        let reason = "no fast kernel for several output channels of each input channel, unless weights and bias are whole constants";
        return Err(Reject::unsupported(reason).into());
    }
    let [rows, columns] = op.windows(filter);
    let geometry = Geometry {
        window: Window {
            batches,
            rows: Extent::new(height, rows, op.padding)?,
            columns: Extent::new(width, columns, op.padding)?,
        },
        input_channels: channels,
        output_channels: filter[3],
        groups: channels,
    };
    let convolution: Box<dyn Kernel> = match node.output(0).dtype {
        DataType::Float32 => {
            let layer = FloatLayer::prepare(geometry, op.activation, node, machine)?;
            Box::new(layer)
        }
        _ => {
            let multipliers = channel_multipliers(node, 0, filter[3], 3)?;
            let scaling = Scaling::FixedPoint(multipliers);
            let layer = IntegerLayer::prepare(geometry, scaling, op.activation, node, machine)?;
            Box::new(layer)
        }
    };
    Ok(Box::new(Turned {
        convolution,
        channels: filter[3],
    }))
}
