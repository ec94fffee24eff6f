//! Layers of 16-bit activations, whose sums are scaled in double precision.

use std::iter::zip;

use demilite_core::op::Activation;
use demilite_core::quantization::layer::{
    channel_scales, filter_zero_point, per_tensor, quantized_clamp,
};
use demilite_core::{NodeContext, OpError, Reject, View};
use demilite_executor::{KernelIo, Prepared};

use crate::dot;
use crate::layers::packed::{Layer, PackedLayer};
use crate::machine::Machine;
use crate::product::geometry::Geometry;
use crate::target::Target;
use crate::vectors::dispatch;
use crate::weights::signed;

/// Products of a thread.
const GRAIN: usize = 1 << 15;

struct WordsFullyConnected {
    depth: usize,
    outputs: usize,
    /// Input scale · filter scale / output scale, for each output.
    factors: Vec<f64>,
    clamp: (i32, i32),
    /// Whether sums have 64 bits; those of 32 wrap.
    is_wide: bool,
    machine: Machine,
}

struct Packed {
    weights: Vec<i8>,
    bias: Vec<i64>,
}

impl WordsFullyConnected {
    fn output(&self, channel: usize, sum: i64, bias: i64) -> i16 {
        let sum = match self.is_wide {
            true => sum.wrapping_add(bias) as f64,
            false => f64::from((sum as i32).wrapping_add(bias as i32)),
        };
        let scaled = (sum * self.factors[channel]).round() as i32;
        scaled.clamp(self.clamp.0, self.clamp.1) as i16
    }
}

impl Layer for WordsFullyConnected {
    type Packed = Packed;

    fn pack(&self, weights: View<'_>, bias: Option<View<'_>>) -> Result<Packed, OpError> {
        let bias = match bias {
            Some(bias) if self.is_wide => bias.as_slice::<i64>()?.to_vec(),
            Some(bias) => bias
                .as_slice::<i32>()?
                .iter()
                .map(|&bias| bias.into())
                .collect(),
            None => vec![0; self.outputs],
        };
        Ok(Packed {
            weights: signed(weights)?,
            bias,
        })
    }

    fn bytes(packed: &Packed) -> usize {
        packed.weights.len()
    }

    fn run(&self, packed: &Packed, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let (depth, outputs) = (self.depth, self.outputs);
        let (input, output) = (io.input::<i16>(0)?, io.output::<i16>()?);
        if output.is_empty() {
            return Ok(());
        }
        let target = Target {
            first: output.as_mut_ptr(),
            stride: 1,
        };
        let grain = GRAIN.div_ceil(depth.max(1));
        self.machine.threads.split(output.len(), grain, |range| {
            // SAFETY: ranges lie within the output and do not meet.
            let output = unsafe {
                std::slice::from_raw_parts_mut(target.first().add(range.start), range.len())
            };
            dispatch(
                self.machine.set,
                #[inline(always)]
                || {
                    for (output, index) in zip(output, range) {
                        let (row, channel) = (index / outputs, index % outputs);
                        let weights = &packed.weights[channel * depth..][..depth];
                        let sum = dot::words_by_bytes(&input[row * depth..][..depth], weights);
                        *output = self.output(channel, sum, packed.bias[channel]);
                    }
                },
            );
        });
        Ok(())
    }
}

/// Makes a layer ready.
pub(super) fn prepare(
    geometry: &Geometry,
    activation: Activation,
    is_wide: bool,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    let (filter, output) = (node.required(1)?, node.output(0));
    let outputs = geometry.output_channels;
    let (input_scale, _) = per_tensor(node.required(0)?)?;
    let (output_scale, _) = per_tensor(output)?;
    let scales = channel_scales(filter, outputs, 0)?.into_iter();
    let factor = |scale| f64::from(input_scale) * f64::from(scale) / f64::from(output_scale);
    let zero_point = filter.quantization.as_ref().map(|q| q.zero_point_of(0));
    if filter_zero_point(filter)? != 0 || zero_point.is_some_and(|zero_point| zero_point != 0) {
        let reason = "no fast kernel for weights with a zero point beside 16-bit activations";
        return Err(Reject::unsupported(reason).into());
    }
    let layer = WordsFullyConnected {
        depth: geometry.input_channels,
        outputs,
        factors: scales.map(factor).collect(),
        clamp: quantized_clamp(activation, output)?,
        is_wide,
        machine,
    };
    Ok(PackedLayer::boxed(layer, node.input(2).is_some()))
}
