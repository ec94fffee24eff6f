//! CONV_2D: each output channel is the sum, over the filter's rows, columns and input channels in
//! that order, of input · weight. Filter elements outside the image are skipped.

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

use crate::product::accumulator::IntegerAccumulator;
use crate::product::convolution::convolve;
use crate::product::dynamic_range::QuantizedRows;
use crate::product::integer_weights;
use crate::product::output_stage::{FloatOutputStage, OutputStage};
use crate::product::packed_filter::PackedFilter;
use crate::quantized::element::QuantizedElement;
use crate::quantized::operands;
use crate::quantized::tensor_parameters::float_clamp;

/// Sums of float products: `input` is `[batch, height, width, channel]`.
pub fn conv_2d_f32(
    window: &Window,
    input_channels: usize,
    input: &[f32],
    filter: &PackedFilter<f32>,
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
pub fn conv_2d_quantized<T: QuantizedElement, A: IntegerAccumulator>(
    window: &Window,
    input_channels: usize,
    input: &[i16],
    filter: &PackedFilter<i16>,
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

/// The scales of a filter that meets float activations.
#[derive(Debug, Clone, PartialEq)]
pub enum FilterScales {
    /// One for all output channels. Each image is quantized symmetrically.
    PerTensor(f32),
    /// One for each output channel. Each image is quantized with a zero point.
    PerChannel(Vec<f32>),
}

/// Sums of integer products over float images, each of which is quantized for itself.
pub fn conv_2d_dynamic_range(
    window: &Window,
    input_channels: usize,
    input: &[f32],
    (filter, scales): (&PackedFilter<i16>, &FilterScales),
    stage: &FloatOutputStage<'_>,
    output: &mut [f32],
) {
    let quantization = match scales {
        FilterScales::PerTensor(_) => RowQuantization::Symmetric,
        FilterScales::PerChannel(_) => RowQuantization::Asymmetric,
    };
    let images = QuantizedRows::new(input, window.batches, quantization);
    convolve(
        window,
        input_channels,
        &images.operands,
        filter,
        output,
        |image, channel, sum: i32| {
            let image_scale = images.scales[image];
            // The reference multiplies in this order.
            let real = match scales {
                FilterScales::PerTensor(scale) => sum as f32 * (image_scale * scale),
                FilterScales::PerChannel(scales) => sum as f32 * scales[channel] * image_scale,
            };
            stage.apply(channel, real)
        },
    );
}

/// The extents of a convolution.
struct Geometry {
    window: Window,
    input_channels: usize,
    output_channels: usize,
    groups: usize,
}

impl Geometry {
    fn new(op: &op::Conv2d, node: &NodeContext<'_>) -> Result<Self, Unprepared> {
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
            output_channels: filter[0],
            groups: input_channels / filter[3],
        })
    }

    fn pack<T: Copy + Default>(&self, filter: &[T]) -> PackedFilter<T> {
        PackedFilter::new(filter, self.output_channels, self.groups)
    }
}

struct FloatConv2d {
    geometry: Geometry,
    clamp: (f32, f32),
}

impl Layer for FloatConv2d {
    type Weights = PackedFilter<f32>;

    fn pack(&self, weights: View<'_>) -> Result<PackedFilter<f32>, OpError> {
        Ok(self.geometry.pack(weights.as_slice()?))
    }

    fn run(&self, filter: &PackedFilter<f32>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let stage = FloatOutputStage {
            bias: io.optional_input(2)?,
            clamp: self.clamp,
        };
        let Geometry {
            window,
            input_channels,
            ..
        } = &self.geometry;
        let input = io.input(0)?;
        conv_2d_f32(window, *input_channels, input, filter, &stage, io.output()?);
        Ok(())
    }
}

struct QuantizedConv2d<T, A> {
    geometry: Geometry,
    input_zero_point: i32,
    filter_zero_point: i32,
    multipliers: Vec<QuantizedMultiplier>,
    output_zero_point: i32,
    clamp: (i32, i32),
    types: PhantomData<(T, A)>,
}

impl<T, A> Layer for QuantizedConv2d<T, A>
where
    T: QuantizedElement,
    A: IntegerAccumulator,
{
    type Weights = PackedFilter<i16>;

    fn pack(&self, weights: View<'_>) -> Result<PackedFilter<i16>, OpError> {
        let weights = integer_weights::operands(weights, self.filter_zero_point)?;
        Ok(self.geometry.pack(&weights))
    }

    fn scratch_bytes(&self) -> usize {
        operands::bytes(self.geometry.window.inputs() * self.geometry.input_channels)
    }

    fn run(&self, filter: &PackedFilter<i16>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let input = operands::of_input::<T>(io, 0, self.input_zero_point)?;
        let stage = OutputStage::<A> {
            bias: io.optional_input(2)?,
            multipliers: &self.multipliers,
            zero_point: self.output_zero_point,
            clamp: self.clamp,
        };
        conv_2d_quantized::<T, A>(
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

fn quantized<T, A>(op: &op::Conv2d, node: &NodeContext<'_>) -> Prepared
where
    T: QuantizedElement,
    A: IntegerAccumulator,
{
    expect_bias(node, 2, A::DATA_TYPE)?;
    let geometry = Geometry::new(op, node)?;
    Ok(Prepacked::boxed(QuantizedConv2d::<T, A> {
        multipliers: channel_multipliers(node, 0, geometry.output_channels, 0)?,
        geometry,
        input_zero_point: per_tensor(node.required(0)?)?.1,
        filter_zero_point: filter_zero_point(node.required(1)?)?,
        output_zero_point: per_tensor(node.output(0))?.1,
        clamp: quantized_clamp(op.activation, node.output(0))?,
        types: PhantomData,
    }))
}

struct DynamicRangeConv2d {
    geometry: Geometry,
    scales: FilterScales,
    clamp: (f32, f32),
}

impl Layer for DynamicRangeConv2d {
    type Weights = PackedFilter<i16>;

    fn pack(&self, weights: View<'_>) -> Result<PackedFilter<i16>, OpError> {
        let weights = integer_weights::symmetric_operands(weights)?;
        Ok(self.geometry.pack(&weights))
    }

    fn run(&self, filter: &PackedFilter<i16>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let stage = FloatOutputStage {
            bias: io.optional_input(2)?,
            clamp: self.clamp,
        };
        conv_2d_dynamic_range(
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

fn dynamic_range(op: &op::Conv2d, node: &NodeContext<'_>) -> Prepared {
    expect_bias(node, 2, DataType::Float32)?;
    let filter = node.required(1)?;
    expect_symmetric(filter)?;
    let geometry = Geometry::new(op, node)?;
    let scales = channel_scales(filter, geometry.output_channels, 0)?;
    let is_per_channel = scales.windows(2).any(|pair| pair[0] != pair[1]);
    Ok(Prepacked::boxed(DynamicRangeConv2d {
        scales: match scales.first() {
            // Groups have an arithmetic of their own only per channel.
            Some(&scale) if !is_per_channel && geometry.groups == 1 => {
                FilterScales::PerTensor(scale)
            }
            _ => FilterScales::PerChannel(scales),
        },
        geometry,
        clamp: float_clamp(op.activation)?,
    }))
}

pub(crate) fn prepare(op: &op::Conv2d, node: &NodeContext<'_>) -> Prepared {
    use DataType::{Float32, Int4, Int8, Int16, UInt8};
    let types = [
        node.required(0)?.dtype,
        node.required(1)?.dtype,
        node.output(0).dtype,
    ];
    match types {
        [Float32, Float32, Float32] => {
            expect_bias(node, 2, Float32)?;
            Ok(Prepacked::boxed(FloatConv2d {
                geometry: Geometry::new(op, node)?,
                clamp: float_clamp(op.activation)?,
            }))
        }
        [Int8, Int8 | Int4, Int8] => quantized::<i8, i32>(op, node),
        [UInt8, UInt8, UInt8] => quantized::<u8, i32>(op, node),
        [Int16, Int8 | Int4, Int16] => {
            if sums_are_wide(node, 2, op.quantized_bias_type)? {
                quantized::<i16, i64>(op, node)
            } else {
                quantized::<i16, i32>(op, node)
            }
        }
        [Float32, Int8 | UInt8 | Int4, Float32] => dynamic_range(op, node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same_3x3(length: usize) -> Window {
        let extent = Extent {
            filter: 3,
            padding: 1,
            ..Extent::pointwise(length)
        };
        Window {
            batches: 1,
            rows: extent,
            columns: extent,
        }
    }

    #[test]
    fn borders_sum_only_what_lies_inside() {
        let stage = FloatOutputStage {
            bias: Some(&[0.5]),
            clamp: (0.0, 40.0),
        };
        let filter = PackedFilter::new(&[1.0; 9], 1, 1);
        let input: Vec<f32> = (1..=9_u8).map(f32::from).collect();
        let mut output = [0.0; 9];
        conv_2d_f32(&same_3x3(3), 1, &input, &filter, &stage, &mut output);
        assert_eq!(
            output,
            [12.5, 21.5, 16.5, 27.5, 40.0, 33.5, 24.5, 39.5, 28.5]
        );
    }

    #[test]
    fn each_channel_has_its_own_multiplier() {
        let stage = OutputStage {
            bias: Some(&[4, 0]),
            multipliers: &[0.5, 0.25].map(QuantizedMultiplier::from_factor),
            zero_point: 1,
            clamp: (-128, 127),
        };
        // Two input channels, two output channels, one pixel.
        let filter = PackedFilter::new(&[1, 2, -3, 4], 2, 1);
        let mut output = [0_i8; 2];
        conv_2d_quantized::<i8, i32>(
            &Window::single(1),
            2,
            &[10, -4],
            &filter,
            &stage,
            &mut output,
        );
        // (10·1 − 4·2 + 4)/2 + 1 and (10·−3 − 4·4)/4 + 1, the second from −11.5 away from zero.
        assert_eq!(output, [4, -11]);
    }

    #[test]
    fn images_are_quantized_one_by_one() {
        let stage = FloatOutputStage {
            bias: Some(&[1.0]),
            clamp: (0.0, 700.0),
        };
        let window = Window::single(2);
        let filter = PackedFilter::new(&[2_i16, 1], 1, 1);
        let run = |scales| {
            let mut output = [0.0; 2];
            let input = [-63.5, 64.0, 254.0, 1.0];
            conv_2d_dynamic_range(&window, 2, &input, (&filter, &scales), &stage, &mut output);
            output
        };
        // Scales 64/127 and 2: (−126·2 + 127)·(64/127) is clamped, (127·2 + 1)·2.
        assert_eq!(run(FilterScales::PerTensor(1.0)), [0.0, 511.0]);
        // Scales 0.5 and 254/255: −127 and 128 around the zero point −1, then 255 and 1.
        let second = 511.0 * 0.25 * (254.0_f32 / 255.0) + 1.0;
        let per_channel = FilterScales::PerChannel(vec![0.25]);
        assert_eq!(run(per_channel), [0.0, second]);
    }

    #[test]
    fn groups_read_their_own_input_channels() {
        let stage = FloatOutputStage {
            bias: None,
            clamp: (f32::MIN, f32::MAX),
        };
        let filter = PackedFilter::new(&[1.0, 10.0], 2, 2);
        let mut output = [0.0; 4];
        conv_2d_f32(
            &Window::single(2),
            2,
            &[1.0, 2.0, 3.0, 4.0],
            &filter,
            &stage,
            &mut output,
        );
        assert_eq!(output, [1.0, 20.0, 3.0, 40.0]);
    }
}
