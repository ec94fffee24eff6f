//! TRANSPOSE_CONV of floats, and ops like it: each output is the sum of input · weight over the rows and columns of the image whose windows reach it and
//! over the input channels, in that order, with a rounding for each product and sum.

use std::iter::zip;

use demilite_core::op::{self, Window, nhwc};
use demilite_core::quantization::layer::expect_bias;
use demilite_core::{DataType, NodeContext, OpError, Reject, View};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared, output_shape};

use crate::elementwise::clamp::clamp;
use crate::layers::float_clamp;
use crate::machine::Machine;
use crate::target::Target;
use crate::vectors::dispatch;

/// The places of an op's inputs; weights are the second one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inputs {
    pub(super) image: usize,
    /// Where the bias is, if there is one.
    pub(super) bias: usize,
}

/// The places of the inputs of TRANSPOSE_CONV.
const INPUTS: Inputs = Inputs {
    image: op::TransposeConv::IMAGE,
    bias: op::TransposeConv::BIAS,
};

/// A dimension of the image, and windows that lie over the output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    /// Extent of the image.
    pub(super) input: usize,
    /// Extent of the output.
    pub(super) output: usize,
    pub(super) window: Window,
    /// Elements that windows reach over before the output.
    pub(super) before: usize,
}

/// Output channels that are summed in registers.
const BLOCK: usize = 16;

/// Positions whose sums grow side by side.
const POSITIONS: usize = 8;

/// A position of the filter and one of the image that meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tap {
    filter: usize,
    input: usize,
}

/// Positions of the output along a dimension that meet the same positions of the filter, each the next position of the image.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    first: usize,
    length: usize,
    /// What meets in the first.
    taps: Vec<Tap>,
}

/// What meets in each position of a dimension of the output, in the order of the image.
fn taps(axis: Axis) -> Vec<Vec<Tap>> {
    let Axis {
        input,
        output,
        window,
        before,
    } = axis;
    let reach = (window.size - 1) * window.dilation + 1;
    let at = |position: usize| {
        let end = position + before;
        let first = (end + 1).saturating_sub(reach).div_ceil(window.stride);
        let last = input.min(end / window.stride + 1);
        let taps = (first..last).filter_map(|input| {
            let distance = end - input * window.stride;
            let filter = distance / window.dilation;
            distance
                .is_multiple_of(window.dilation)
                .then_some(Tap { filter, input })
        });
        taps.collect()
    };
    (0..output).map(at).collect()
}

/// The positions of a dimension in runs of up to [`POSITIONS`] that lie `stride` apart.
fn runs(taps: &[Vec<Tap>], stride: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for phase in 0..stride.min(taps.len()) {
        let mut is_new = true;
        for position in (phase..taps.len()).step_by(stride) {
            let here = &taps[position];
            let goes_on = |run: &Run| {
                run.length < POSITIONS
                    && run.taps.len() == here.len()
                    && zip(&run.taps, here).all(|(first, tap)| {
                        first.filter == tap.filter && first.input + run.length == tap.input
                    })
            };
            match runs.last_mut() {
                Some(run) if !is_new && goes_on(run) => run.length += 1,
                _ => runs.push(Run {
                    first: position,
                    length: 1,
                    taps: here.clone(),
                }),
            }
            is_new = false;
        }
    }
    runs
}

/// A transposed convolution of floats.
pub(super) struct FloatTransposeConv {
    inputs: Inputs,
    rows: Vec<Vec<Tap>>,
    columns: Vec<Run>,
    /// Positions of the output from one of a run to the next.
    stride: usize,
    batches: usize,
    /// Height, width and channels of the image.
    input: [usize; 3],
    /// Width and channels of the output.
    output: [usize; 2],
    /// Rows and columns of the filter.
    filter: [usize; 2],
    clamp: (f32, f32),
    machine: Machine,
    /// Weights as `[block of output channels, filter position, input channel, channel of the block]`, where they are constant.
    packed: Option<Vec<f32>>,
}

impl FloatTransposeConv {
    /// Makes a node with these rows and columns ready.
    pub(super) fn prepare(
        inputs: Inputs,
        [rows, columns]: [Axis; 2],
        clamp: (f32, f32),
        node: &NodeContext<'_>,
        machine: Machine,
    ) -> Prepared {
        let filter = nhwc(node.shape(1)?, "filter")?;
        let image = nhwc(node.shape(inputs.image)?, "image")?;
        let output = nhwc(output_shape(node, 0)?, "output")?;
        if image.contains(&0) || output.contains(&0) || filter.contains(&0) {
            let reason = "no fast kernel for images and filters without elements";
            return Err(Reject::unsupported(reason).into());
        }
        let [batches, height, width, depth] = image;
        if filter != [output[3], rows.window.size, columns.window.size, depth]
            || output[0] != batches
        {
            let shape = node.shape(1)?;
            let rule =
                format!("a filter of shape {shape} does not spread the image over the output");
            return Err(Reject::invalid(rule).into());
        }
        Ok(Box::new(FloatTransposeConv {
            inputs,
            rows: taps(rows),
            columns: runs(&taps(columns), columns.window.stride),
            stride: columns.window.stride,
            batches,
            input: [height, width, depth],
            output: [columns.output, output[3]],
            filter: [rows.window.size, columns.window.size],
            clamp,
            machine,
            packed: None,
        }))
    }

    fn pack(&self, weights: &[f32]) -> Vec<f32> {
        let (channels, depth) = (self.output[1], self.input[2]);
        let row = self.filter[0] * self.filter[1] * depth;
        let mut packed = vec![0.0; channels.div_ceil(BLOCK) * row * BLOCK];
        for (channel, weights) in weights.chunks_exact(row).enumerate() {
            let block = &mut packed[channel / BLOCK * row * BLOCK..][..row * BLOCK];
            let lane = block.iter_mut().skip(channel % BLOCK).step_by(BLOCK);
            for (target, &weight) in zip(lane, weights) {
                *target = weight;
            }
        }
        packed
    }

    /// Adds up the sums of `N` positions of a run.
    #[inline(always)]
    fn sums<const N: usize>(
        &self,
        image: &[f32],
        rows: &[Tap],
        columns: &[Tap],
        block: &[f32],
    ) -> [[f32; BLOCK]; N] {
        let [_, width, depth] = self.input;
        let mut sums = [[0.0; BLOCK]; N];
        for row in rows {
            for column in columns {
                let start = (row.input * width + column.input) * depth;
                let pixels = &image[start..][..N * depth];
                let weights = (row.filter * self.filter[1] + column.filter) * depth * BLOCK;
                let (weights, _) = block[weights..][..depth * BLOCK].as_chunks::<BLOCK>();
                for (channel, weights) in weights.iter().enumerate() {
                    for (position, sums) in sums.iter_mut().enumerate() {
                        let input = pixels[position * depth + channel];
                        for (sum, &weight) in zip(sums, weights) {
                            *sum += input * weight;
                        }
                    }
                }
            }
        }
        sums
    }

    #[inline(always)]
    fn row(
        &self,
        image: &[f32],
        rows: &[Tap],
        (weights, bias): (&[f32], Option<&[f32]>),
        output: &mut [f32],
    ) {
        let channels = self.output[1];
        let block = self.filter[0] * self.filter[1] * self.input[2] * BLOCK;
        for (index, weights) in weights.chunks_exact(block).enumerate() {
            let first = index * BLOCK;
            let lanes = BLOCK.min(channels - first);
            let mut write = |position: usize, sums: &[f32; BLOCK]| {
                let output = &mut output[position * channels + first..][..lanes];
                for (lane, (output, &sum)) in zip(output, sums).enumerate() {
                    // Adding 0 turns −0 into +0, as the reference does for a missing bias.
                    let bias = bias.map_or(0.0, |bias| bias[first + lane]);
                    *output = clamp(sum + bias, self.clamp);
                }
            };
            for run in &self.columns {
                if run.length == POSITIONS {
                    let sums = self.sums::<POSITIONS>(image, rows, &run.taps, weights);
                    for (position, sums) in sums.iter().enumerate() {
                        write(run.first + position * self.stride, sums);
                    }
                    continue;
                }
                for position in 0..run.length {
                    let image = &image[position * self.input[2]..];
                    let [sums] = self.sums::<1>(image, rows, &run.taps, weights);
                    write(run.first + position * self.stride, &sums);
                }
            }
        }
    }
}

impl Kernel for FloatTransposeConv {
    fn prepack(&mut self, constants: &[Option<View<'_>>]) -> Result<(), OpError> {
        if let Some(weights) = constants.get(1).copied().flatten() {
            self.packed = Some(self.pack(weights.as_slice()?));
        }
        Ok(())
    }

    fn weight_bytes(&self) -> usize {
        self.packed
            .as_ref()
            .map_or(0, |packed| size_of_val(&packed[..]))
    }

    fn reads(&self, index: usize) -> bool {
        match index {
            1 => self.packed.is_none(),
            _ => [self.inputs.image, self.inputs.bias].contains(&index),
        }
    }

    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let own;
        let weights = match &self.packed {
            Some(packed) => packed,
            None => {
                own = self.pack(io.input(1)?);
                &own
            }
        };
        let bias = io.optional_input::<f32>(self.inputs.bias)?;
        let input = io.input::<f32>(self.inputs.image)?;
        let output = io.output::<f32>()?;
        let row = self.output[0] * self.output[1];
        let image: usize = self.input.iter().product();
        let rows = self.batches * self.rows.len();
        assert_eq!(output.len(), rows * row, "the output has room");
        if output.is_empty() {
            return Ok(());
        }
        let target = Target {
            first: output.as_mut_ptr(),
            stride: row,
        };
        self.machine.threads.split(rows, 1, |range| {
            for index in range {
                let (batch, position) = (index / self.rows.len(), index % self.rows.len());
                // SAFETY: the output has room for each row; ranges do not meet.
                let output =
                    unsafe { std::slice::from_raw_parts_mut(target.first().add(index * row), row) };
                let image = &input[batch * image..][..image];
                dispatch(
                    self.machine.set,
                    #[inline(always)]
                    || self.row(image, &self.rows[position], (weights, bias), output),
                );
            }
        });
        Ok(())
    }
}

pub(crate) fn prepare(
    op: &op::TransposeConv,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    let types = [
        node.required(INPUTS.image)?.dtype,
        node.required(1)?.dtype,
        node.output(0).dtype,
    ];
    if types != [DataType::Float32; 3] {
        return Err(Unprepared::types(node));
    }
    expect_bias(node, INPUTS.bias, DataType::Float32)?;
    let [row_window, column_window] = op.windows(nhwc(node.shape(1)?, "filter")?);
    let [_, height, width, _] = nhwc(node.shape(INPUTS.image)?, "image")?;
    let [_, rows, columns, _] = nhwc(output_shape(node, 0)?, "output")?;
    let axis = |input, output, window: Window| {
        let before = window.place(output, op.padding)?.padding_before;
        Ok::<_, Unprepared>(Axis {
            input,
            output,
            window,
            before,
        })
    };
    let axes = [
        axis(height, rows, row_window)?,
        axis(width, columns, column_window)?,
    ];
    FloatTransposeConv::prepare(INPUTS, axes, float_clamp(op.activation)?, node, machine)
}
