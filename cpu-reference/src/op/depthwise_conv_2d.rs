//! DEPTHWISE_CONV_2D: output channel `c · multiplier + m` is the sum, over the filter's rows and
//! columns, of input channel `c` · weight. Filter elements outside the image are skipped.

use std::iter::zip;
use std::marker::PhantomData;

use demilite_core::geometry::{Extent, Window};
use demilite_core::op::{self, nhwc};
use demilite_core::quantization::layer::{
    channel_multipliers, channel_scales, expect_bias, expect_symmetric, filter_zero_point,
    per_tensor, quantized_clamp, sums_are_wide,
};
use demilite_core::quantization::{QuantizedMultiplier, RowQuantization};
use demilite_core::{DataType, NodeContext, OpError, View};
use demilite_executor::{KernelIo, Layer, Prepacked, Prepared, Unprepared};

use crate::product::accumulator::{Accumulator, IntegerAccumulator};
use crate::product::dynamic_range::QuantizedRows;
use crate::product::integer_weights;
use crate::product::output_stage::{FloatOutputStage, OutputStage};
use crate::quantized::element::QuantizedElement;
use crate::quantized::operands;
use crate::quantized::tensor_parameters::float_clamp;

/// Sums of float products: `input` is `[batch, height, width, channel]`, `filter` is
/// `[1, height, width, output channel]`.
pub fn depthwise_conv_2d_f32(
    window: &Window,
    input_channels: usize,
    input: &[f32],
    filter: &[f32],
    stage: &FloatOutputStage<'_>,
    output: &mut [f32],
) {
    convolve(
        window,
        input_channels,
        input,
        filter,
        output,
        |_, channel, sum| stage.apply(channel, sum),
    );
}

/// Sums of integer products; the input and the filter's weights are already less their zero points.
pub fn depthwise_conv_2d_quantized<T: QuantizedElement, A: IntegerAccumulator>(
    window: &Window,
    input_channels: usize,
    input: &[i16],
    filter: &[i16],
    stage: &OutputStage<'_, A>,
    output: &mut [T],
) {
    convolve(
        window,
        input_channels,
        input,
        filter,
        output,
        |_, channel, sum: A| stage.apply(channel, sum),
    );
}

/// Sums of integer products over float images, each of which is quantized for itself with a zero
/// point; `scales` holds one scale for each output channel.
pub fn depthwise_conv_2d_dynamic_range(
    window: &Window,
    input_channels: usize,
    input: &[f32],
    (filter, scales): (&[i16], &[f32]),
    stage: &FloatOutputStage<'_>,
    output: &mut [f32],
) {
    let images = QuantizedRows::new(input, window.batches, RowQuantization::Asymmetric);
    convolve(
        window,
        input_channels,
        &images.operands,
        filter,
        output,
        |image, channel, sum: i32| {
            let scale = scales[channel] * images.scales[image];
            stage.apply(channel, sum as f32 * scale)
        },
    );
}

/// Convolves and gives each sum to `finish`, with its image and its output channel.
pub(crate) fn convolve<A: Accumulator, O>(
    window: &Window,
    input_channels: usize,
    input: &[A::Operand],
    filter: &[A::Operand],
    output: &mut [O],
    finish: impl Fn(usize, usize, A) -> O,
) {
    let channels = filter.len() / window.taps();
    if input_channels == 0 || channels == 0 {
        return;
    }
    let multiplier = channels / input_channels;
    let mut sums = vec![A::default(); channels];
    window.for_each_output(|batch, row, column, index| {
        sums.fill(A::default());
        for (filter_row, input_row) in window.rows.taps(row) {
            for (filter_column, input_column) in window.columns.taps(column) {
                let position = window.input_position(batch, input_row, input_column);
                let element = filter_row * window.columns.filter + filter_column;
                let pixel = &input[position * input_channels..][..input_channels];
                let weights = &filter[element * channels..][..channels];
                if multiplier == 1 {
                    for ((sum, &input), &weight) in zip(zip(&mut sums, pixel), weights) {
                        *sum = sum.plus_product(input, weight);
                    }
                } else {
                    let lanes = zip(
                        sums.chunks_exact_mut(multiplier),
                        weights.chunks_exact(multiplier),
                    );
                    for ((sums, weights), &input) in zip(lanes, pixel) {
                        for (sum, &weight) in zip(sums, weights) {
                            *sum = sum.plus_product(input, weight);
                        }
                    }
                }
            }
        }
        let results = &mut output[index * channels..][..channels];
        for ((channel, result), &sum) in zip(results.iter_mut().enumerate(), &sums) {
            *result = finish(batch, channel, sum);
        }
    });
}

/// The extents of a depthwise convolution.
struct Geometry {
    window: Window,
    input_channels: usize,
    output_channels: usize,
}

impl Geometry {
    fn new(op: &op::DepthwiseConv2d, node: &NodeContext<'_>) -> Result<Self, Unprepared> {
        let [batches, height, width, input_channels] = nhwc(node.shape(0)?, "image")?;
        let filter = nhwc(node.shape(1)?, "filter")?;
        let [rows, columns] = op.windows(filter);
        Ok(Geometry {
            window: Window {
                batches,
                rows: Extent::new(height, rows, op.padding)?,
                columns: Extent::new(width, columns, op.padding)?,
            },
            input_channels,
            output_channels: filter[3],
        })
    }
}

struct FloatDepthwise {
    geometry: Geometry,
    clamp: (f32, f32),
}

impl Layer for FloatDepthwise {
    type Weights = Vec<f32>;

    fn pack(&self, weights: View<'_>) -> Result<Vec<f32>, OpError> {
        Ok(weights.as_slice()?.to_vec())
    }

    fn run(&self, filter: &Vec<f32>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let stage = FloatOutputStage {
            bias: io.optional_input(2)?,
            clamp: self.clamp,
        };
        depthwise_conv_2d_f32(
            &self.geometry.window,
            self.geometry.input_channels,
            io.input(0)?,
            filter,
            &stage,
            io.output()?,
        );
        Ok(())
    }
}

struct QuantizedDepthwise<T, A> {
    geometry: Geometry,
    input_zero_point: i32,
    filter_zero_point: i32,
    multipliers: Vec<QuantizedMultiplier>,
    output_zero_point: i32,
    clamp: (i32, i32),
    types: PhantomData<(T, A)>,
}

impl<T, A> Layer for QuantizedDepthwise<T, A>
where
    T: QuantizedElement,
    A: IntegerAccumulator,
{
    type Weights = Vec<i16>;

    fn pack(&self, weights: View<'_>) -> Result<Vec<i16>, OpError> {
        integer_weights::operands(weights, self.filter_zero_point)
    }

    fn scratch_bytes(&self) -> usize {
        operands::bytes(self.geometry.window.inputs() * self.geometry.input_channels)
    }

    fn run(&self, filter: &Vec<i16>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let input = operands::of_input::<T>(io, 0, self.input_zero_point)?;
        let stage = OutputStage::<A> {
            bias: io.optional_input(2)?,
            multipliers: &self.multipliers,
            zero_point: self.output_zero_point,
            clamp: self.clamp,
        };
        depthwise_conv_2d_quantized::<T, A>(
            &self.geometry.window,
            self.geometry.input_channels,
            input,
            filter,
            &stage,
            io.output()?,
        );
        Ok(())
    }
}

fn quantized<T, A>(op: &op::DepthwiseConv2d, node: &NodeContext<'_>) -> Prepared
where
    T: QuantizedElement,
    A: IntegerAccumulator,
{
    expect_bias(node, 2, A::DATA_TYPE)?;
    let geometry = Geometry::new(op, node)?;
    Ok(Prepacked::boxed(QuantizedDepthwise::<T, A> {
        multipliers: channel_multipliers(node, 0, geometry.output_channels, 3)?,
        geometry,
        input_zero_point: per_tensor(node.required(0)?)?.1,
        filter_zero_point: filter_zero_point(node.required(1)?)?,
        output_zero_point: per_tensor(node.output(0))?.1,
        clamp: quantized_clamp(op.activation, node.output(0))?,
        types: PhantomData,
    }))
}

struct DynamicRangeDepthwise {
    geometry: Geometry,
    scales: Vec<f32>,
    clamp: (f32, f32),
}

impl Layer for DynamicRangeDepthwise {
    type Weights = Vec<i16>;

    fn pack(&self, weights: View<'_>) -> Result<Vec<i16>, OpError> {
        integer_weights::symmetric_operands(weights)
    }

    fn run(&self, filter: &Vec<i16>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let stage = FloatOutputStage {
            bias: io.optional_input(2)?,
            clamp: self.clamp,
        };
        depthwise_conv_2d_dynamic_range(
            &self.geometry.window,
            self.geometry.input_channels,
            io.input(0)?,
            (filter, &self.scales),
            &stage,
            io.output()?,
        );
        Ok(())
    }
}

fn dynamic_range(op: &op::DepthwiseConv2d, node: &NodeContext<'_>) -> Prepared {
    expect_bias(node, 2, DataType::Float32)?;
    let filter = node.required(1)?;
    expect_symmetric(filter)?;
    let geometry = Geometry::new(op, node)?;
    Ok(Prepacked::boxed(DynamicRangeDepthwise {
        scales: channel_scales(filter, geometry.output_channels, 3)?,
        geometry,
        clamp: float_clamp(op.activation)?,
    }))
}

pub(crate) fn prepare(op: &op::DepthwiseConv2d, node: &NodeContext<'_>) -> Prepared {
    use DataType::{Float32, Int4, Int8, Int16, UInt8};
    let types = [
        node.required(0)?.dtype,
        node.required(1)?.dtype,
        node.output(0).dtype,
    ];
    match types {
        [Float32, Float32, Float32] => {
            expect_bias(node, 2, Float32)?;
            Ok(Prepacked::boxed(FloatDepthwise {
                geometry: Geometry::new(op, node)?,
                clamp: float_clamp(op.activation)?,
            }))
        }
        [Int8, Int8 | Int4, Int8] => quantized::<i8, i32>(op, node),
        [UInt8, UInt8, UInt8] => quantized::<u8, i32>(op, node),
        [Int16, Int8, Int16] if sums_are_wide(node, 2, 0)? => quantized::<i16, i64>(op, node),
        [Int16, Int8, Int16] => quantized::<i16, i32>(op, node),
        [Float32, Int8, Float32] => dynamic_range(op, node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_channel_feeds_neighbouring_output_channels() {
        let stage = FloatOutputStage {
            bias: Some(&[0.0, 0.0, 0.0, 100.0]),
            clamp: (f32::MIN, f32::MAX),
        };
        let window = Window {
            batches: 1,
            rows: Extent::pointwise(1),
            columns: Extent {
                input: 3,
                output: 2,
                filter: 2,
                ..Extent::pointwise(3)
            },
        };
        let input = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let filter = [1.0, 10.0, 1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        let mut output = [0.0; 8];
        depthwise_conv_2d_f32(&window, 2, &input, &filter, &stage, &mut output);
        assert_eq!(output, [7.0, 70.0, 14.0, 240.0, 13.0, 130.0, 22.0, 320.0]);
    }

    #[test]
    fn float_images_are_quantized() {
        let stage = FloatOutputStage {
            bias: None,
            clamp: (f32::MIN, f32::MAX),
        };
        let mut output = [0.0; 2];
        depthwise_conv_2d_dynamic_range(
            &Window::single(1),
            2,
            &[-27.5, 100.0],
            (&[10, -3], &[0.5, 2.0]),
            &stage,
            &mut output,
        );
        // Scale 0.5, integers −55 and 200 less the zero point.
        assert_eq!(output, [-550.0 * 0.25, -600.0]);
    }

    #[test]
    fn integer_channels_are_rescaled_one_by_one() {
        let stage = OutputStage {
            bias: None,
            multipliers: &[1.0, 0.125].map(QuantizedMultiplier::from_factor),
            zero_point: 128,
            clamp: (0, 255),
        };
        let mut output = [0_u8; 2];
        depthwise_conv_2d_quantized::<u8, i32>(
            &Window::single(1),
            2,
            &[10, -20],
            &[7, -9],
            &stage,
            &mut output,
        );
        // 10·7 + 128 and −20·−9/8 = 22.5 rounded to 23.
        assert_eq!(output, [198, 151]);
    }
}
