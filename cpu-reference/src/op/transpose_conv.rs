//! TRANSPOSE_CONV: each output is the sum of input · weight over the rows and columns of the image
//! whose windows reach it and over the input channels, in that order.

use std::iter::zip;
use std::marker::PhantomData;

use demilite_core::op::{self, nhwc};
use demilite_core::quantization::layer::{
    channel_multipliers, channel_scales, expect_bias, expect_symmetric, filter_zero_point,
    per_tensor, quantized_clamp, sums_are_wide,
};
use demilite_core::quantization::{QuantizedMultiplier, RowQuantization};
use demilite_core::{DataType, NodeContext, OpError, View};
use demilite_executor::{KernelIo, Layer, Prepacked, Prepared, Unprepared};

use crate::product::accumulator::IntegerAccumulator;
use crate::product::dynamic_range::QuantizedRows;
use crate::product::integer_weights;
use crate::product::output_stage::{FloatOutputStage, OutputStage};
use crate::product::packed_filter::{BLOCK, PackedFilter};
use crate::product::spread::{Place, Spread, SpreadExtent, add_products, gather};
use crate::quantized::element::QuantizedElement;
use crate::quantized::operands;
use crate::quantized::tensor_parameters::float_clamp;

/// The place of the image among the inputs.
const IMAGE: usize = op::TransposeConv::IMAGE;

/// The place of the bias among the inputs.
const BIAS: usize = op::TransposeConv::BIAS;

/// Sums of float products.
pub fn transpose_conv_f32(
    spread: &Spread,
    input: &[f32],
    filter: &PackedFilter<f32>,
    stage: &FloatOutputStage<'_>,
    output: &mut [f32],
) {
    let finish = |channel, sum| stage.apply(channel, sum);
    gather(spread, input, filter, output, add_products, finish);
}

/// Sums of integer products; the input and the filter's weights are already less their zero points.
pub fn transpose_conv_quantized<T: QuantizedElement, A: IntegerAccumulator>(
    spread: &Spread,
    input: &[i16],
    filter: &PackedFilter<i16>,
    stage: &OutputStage<'_, A>,
    output: &mut [T],
) {
    let finish = |channel, sum: A| stage.apply(channel, sum);
    gather(spread, input, filter, output, add_products, finish);
}

/// Float sums of scaled integer products over float images, each of which is quantized for itself
/// with a zero point; `scales` holds one scale for each output channel.
pub fn transpose_conv_dynamic_range(
    spread: &Spread,
    input: &[f32],
    (filter, scales): (&PackedFilter<i16>, &[f32]),
    stage: &FloatOutputStage<'_>,
    output: &mut [f32],
) {
    let images = QuantizedRows::new(input, spread.batches, RowQuantization::Asymmetric);
    let mut scales = scales.to_vec();
    scales.resize(scales.len() + BLOCK, 0.0);
    let add = |place: Place, sums: &mut [f32; BLOCK], input: i16, weights: &[i16; BLOCK]| {
        let image_scale = images.scales[place.image];
        let scales = &scales[place.first_channel..][..BLOCK];
        for ((sum, &weight), &scale) in zip(zip(sums, weights), scales) {
            // Each product is scaled for itself, and in this order.
            let product = i32::from(input) * i32::from(weight);
            *sum += product as f32 * scale * image_scale;
        }
    };
    let finish = |channel, sum| stage.apply(channel, sum);
    gather(spread, &images.operands, filter, output, add, finish);
}

/// The extents of a layer.
struct Geometry {
    spread: Spread,
    output_channels: usize,
}

impl Geometry {
    fn new(op: &op::TransposeConv, node: &NodeContext<'_>) -> Result<Self, Unprepared> {
        let filter = nhwc(node.shape(1)?, "filter")?;
        let [batches, height, width, input_channels] = nhwc(node.shape(IMAGE)?, "image")?;
        let [_, rows, columns, output_channels] = nhwc(&node.extents(0)?, "output")?;
        let windows = op.windows(filter);
        Ok(Geometry {
            spread: Spread {
                batches,
                rows: SpreadExtent::new(height, rows, windows[0], op.padding)?,
                columns: SpreadExtent::new(width, columns, windows[1], op.padding)?,
                input_channels,
            },
            output_channels,
        })
    }

    fn pack<T: Copy + Default>(&self, filter: &[T]) -> PackedFilter<T> {
        PackedFilter::new(filter, self.output_channels, 1)
    }
}

struct FloatTransposeConv {
    geometry: Geometry,
    clamp: (f32, f32),
}

impl Layer for FloatTransposeConv {
    type Weights = PackedFilter<f32>;

    fn pack(&self, weights: View<'_>) -> Result<PackedFilter<f32>, OpError> {
        Ok(self.geometry.pack(weights.as_slice()?))
    }

    fn run(&self, filter: &PackedFilter<f32>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let stage = FloatOutputStage {
            bias: io.optional_input(BIAS)?,
            clamp: self.clamp,
        };
        let input = io.input(IMAGE)?;
        transpose_conv_f32(&self.geometry.spread, input, filter, &stage, io.output()?);
        Ok(())
    }
}

struct QuantizedTransposeConv<T, A> {
    geometry: Geometry,
    input_zero_point: i32,
    filter_zero_point: i32,
    multipliers: Vec<QuantizedMultiplier>,
    output_zero_point: i32,
    clamp: (i32, i32),
    types: PhantomData<(T, A)>,
}

impl<T: QuantizedElement, A: IntegerAccumulator> Layer for QuantizedTransposeConv<T, A> {
    type Weights = PackedFilter<i16>;

    fn pack(&self, weights: View<'_>) -> Result<PackedFilter<i16>, OpError> {
        let weights = integer_weights::operands(weights, self.filter_zero_point)?;
        Ok(self.geometry.pack(&weights))
    }

    fn scratch_bytes(&self) -> usize {
        let spread = &self.geometry.spread;
        let positions = spread.batches * spread.rows.input * spread.columns.input;
        operands::bytes(positions * spread.input_channels)
    }

    fn run(&self, filter: &PackedFilter<i16>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let input = operands::of_input::<T>(io, IMAGE, self.input_zero_point)?;
        let stage = OutputStage::<A> {
            bias: io.optional_input(BIAS)?,
            multipliers: &self.multipliers,
            zero_point: self.output_zero_point,
            clamp: self.clamp,
        };
        let output = io.output::<T>()?;
        transpose_conv_quantized(&self.geometry.spread, input, filter, &stage, output);
        Ok(())
    }
}

fn quantized<T: QuantizedElement, A: IntegerAccumulator>(
    op: &op::TransposeConv,
    node: &NodeContext<'_>,
) -> Prepared {
    expect_bias(node, BIAS, A::DATA_TYPE)?;
    let geometry = Geometry::new(op, node)?;
    let input = node.required(IMAGE)?;
    Ok(Prepacked::boxed(QuantizedTransposeConv::<T, A> {
        multipliers: channel_multipliers(node, IMAGE, geometry.output_channels, 0)?,
        geometry,
        input_zero_point: per_tensor(input)?.1,
        filter_zero_point: filter_zero_point(node.required(1)?)?,
        output_zero_point: per_tensor(node.output(0))?.1,
        clamp: quantized_clamp(op.activation, node.output(0))?,
        types: PhantomData,
    }))
}

struct DynamicRangeTransposeConv {
    geometry: Geometry,
    scales: Vec<f32>,
    clamp: (f32, f32),
}

impl Layer for DynamicRangeTransposeConv {
    type Weights = PackedFilter<i16>;

    fn pack(&self, weights: View<'_>) -> Result<PackedFilter<i16>, OpError> {
        Ok(self.geometry.pack(&integer_weights::operands(weights, 0)?))
    }

    fn run(&self, filter: &PackedFilter<i16>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let stage = FloatOutputStage {
            bias: io.optional_input(BIAS)?,
            clamp: self.clamp,
        };
        let weights = (filter, &self.scales[..]);
        let (spread, input) = (&self.geometry.spread, io.input(IMAGE)?);
        transpose_conv_dynamic_range(spread, input, weights, &stage, io.output()?);
        Ok(())
    }
}

fn dynamic_range(op: &op::TransposeConv, node: &NodeContext<'_>) -> Prepared {
    expect_bias(node, BIAS, DataType::Float32)?;
    let filter = node.required(1)?;
    expect_symmetric(filter)?;
    let geometry = Geometry::new(op, node)?;
    Ok(Prepacked::boxed(DynamicRangeTransposeConv {
        scales: channel_scales(filter, geometry.output_channels, 0)?,
        geometry,
        clamp: float_clamp(op.activation)?,
    }))
}

pub(crate) fn prepare(op: &op::TransposeConv, node: &NodeContext<'_>) -> Prepared {
    use DataType::{Float32, Int8, Int16, UInt8};
    let types = [
        node.required(IMAGE)?.dtype,
        node.required(1)?.dtype,
        node.output(0).dtype,
    ];
    match types {
        [Float32, Float32, Float32] => {
            expect_bias(node, BIAS, Float32)?;
            Ok(Prepacked::boxed(FloatTransposeConv {
                geometry: Geometry::new(op, node)?,
                clamp: float_clamp(op.activation)?,
            }))
        }
        [Int8, Int8, Int8] => quantized::<i8, i32>(op, node),
        [UInt8, UInt8, UInt8] => quantized::<u8, i32>(op, node),
        [Int16, Int8, Int16] => {
            if sums_are_wide(node, BIAS, op.quantized_bias_type)? {
                quantized::<i16, i64>(op, node)
            } else {
                quantized::<i16, i32>(op, node)
            }
        }
        [Float32, Int8, Float32] => dynamic_range(op, node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: (f32, f32) = (f32::MIN, f32::MAX);

    fn row(columns: SpreadExtent) -> Spread {
        Spread {
            batches: 1,
            rows: SpreadExtent {
                input: 1,
                output: 1,
                filter: 1,
                stride: 1,
                dilation: 1,
                padding: 0,
            },
            columns,
            input_channels: 1,
        }
    }

    #[test]
    fn steps_larger_than_the_filter_leave_the_bias() {
        let columns = SpreadExtent {
            input: 2,
            output: 4,
            filter: 1,
            stride: 3,
            dilation: 1,
            padding: 0,
        };
        let stage = FloatOutputStage {
            bias: Some(&[0.5]),
            clamp: OPEN,
        };
        let filter = PackedFilter::new(&[2.0], 1, 1);
        let mut output = [0.0; 4];
        transpose_conv_f32(&row(columns), &[1.0, -3.0], &filter, &stage, &mut output);
        assert_eq!(output, [2.5, 0.5, 0.5, -5.5]);
    }

    #[test]
    fn pixels_spread_over_overlapping_windows() {
        let columns = SpreadExtent {
            input: 3,
            output: 3,
            filter: 3,
            stride: 1,
            dilation: 1,
            padding: 1,
        };
        let stage = OutputStage {
            bias: Some(&[1]),
            multipliers: &[QuantizedMultiplier::from_factor(0.5)],
            zero_point: -2,
            clamp: (-128, 20),
        };
        let filter = PackedFilter::new(&[1_i16, 10, 3], 1, 1);
        let mut output = [0_i8; 3];
        // Pixels 1, 2 and 4: the middle output is 3·1 + 10·2 + 1·4 = 27.
        let input = &[1, 2, 4];
        transpose_conv_quantized::<i8, i32>(&row(columns), input, &filter, &stage, &mut output);
        // 12, 27 and 46, with the bias 13/2, 28/2 and 47/2.
        assert_eq!(output, [5, 12, 20]);
    }

    #[test]
    fn float_images_are_quantized_with_a_zero_point() {
        let columns = SpreadExtent {
            input: 2,
            output: 2,
            filter: 2,
            stride: 1,
            dilation: 1,
            padding: 0,
        };
        let stage = FloatOutputStage {
            bias: None,
            clamp: OPEN,
        };
        let filter = PackedFilter::new(&[2_i16, -1], 1, 1);
        let mut output = [0.0; 2];
        // Scale 0.5: 255 steps from −63.5 to 64.
        let input = [-63.5, 64.0];
        let weights = (&filter, &[0.25][..]);
        transpose_conv_dynamic_range(&row(columns), &input, weights, &stage, &mut output);
        assert_eq!(output, [-31.75, 15.875 + 32.0]);
    }
}
