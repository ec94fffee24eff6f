//! FULLY_CONNECTED: each output is a row of weights times a row of the input.
//!
//! Integers are not rescaled in fixed point: the sum is multiplied by the real factor in double
//! precision and rounded half away from zero.

use std::iter::zip;
use std::marker::PhantomData;

use demilite_core::geometry::Window;
use demilite_core::quantization::layer::{
    affine, channel_multipliers, channel_scales, expect_bias, expect_symmetric, filter_zero_point,
    per_tensor, quantized_clamp, sums_are_wide,
};
use demilite_core::quantization::{QuantizedMultiplier, RowQuantization};
use demilite_core::{Blockwise, DataType, NodeContext, OpError, Reject, View, op};
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

/// Float products: `input` is `[batches, depth]`.
pub fn fully_connected_f32(
    batches: usize,
    depth: usize,
    input: &[f32],
    filter: &PackedFilter<f32>,
    stage: &FloatOutputStage<'_>,
    output: &mut [f32],
) {
    let window = Window::single(batches);
    convolve(&window, depth, input, filter, output, |_, channel, sum| {
        stage.apply(channel, sum)
    });
}

/// What becomes of the integer sums of a fully connected layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RealOutputStage<'a, A> {
    /// One bias for each output, or none.
    pub bias: Option<&'a [A]>,
    /// One factor for each output: input scale · filter scale / output scale.
    pub factors: &'a [f64],
    /// Zero point of the output.
    pub zero_point: i32,
    /// The bounds of the activation, as integers of the output.
    pub clamp: (i32, i32),
}

impl<A: IntegerAccumulator> RealOutputStage<'_, A> {
    fn apply<T: QuantizedElement>(&self, channel: usize, sum: A) -> T {
        let sum = match self.bias {
            Some(bias) => sum.plus(bias[channel]),
            None => sum,
        };
        let scaled = (sum.to_f64() * self.factors[channel]).round() as i32;
        let shifted = scaled.saturating_add(self.zero_point);
        T::saturate(shifted.clamp(self.clamp.0, self.clamp.1))
    }
}

/// Integer products; input and weights are already less their zero points, and `stage` makes of the sum of a channel what the output
/// holds.
pub fn fully_connected_quantized<T: QuantizedElement, A: IntegerAccumulator>(
    batches: usize,
    depth: usize,
    input: &[i16],
    filter: &PackedFilter<i16>,
    stage: impl Fn(usize, A) -> T,
    output: &mut [T],
) {
    let window = Window::single(batches);
    convolve(
        &window,
        depth,
        input,
        filter,
        output,
        |_, channel, sum: A| stage(channel, sum),
    );
}

/// Integer products over float rows, each of which is quantized for itself; `scales` holds one
/// scale for each output.
pub fn fully_connected_dynamic_range(
    batches: usize,
    depth: usize,
    (input, quantization): (&[f32], RowQuantization),
    (filter, scales): (&PackedFilter<i16>, &[f32]),
    stage: &FloatOutputStage<'_>,
    output: &mut [f32],
) {
    let rows = QuantizedRows::new(input, batches, quantization);
    let window = Window::single(batches);
    convolve(
        &window,
        depth,
        &rows.operands,
        filter,
        output,
        |row, channel, sum: i32| {
            let scale = rows.scales[row] * scales[channel];
            stage.apply(channel, sum as f32 * scale)
        },
    );
}

/// Integer products over float rows, each of which is quantized for itself, with weights whose blocks have scales of their own: the
/// sum of each block is scaled, and their sum with the row's scale.
///
/// LiteRT's reference kernels lack such weights; this is what its optimized ones compute, which take every row's range.
pub fn fully_connected_blockwise(
    batches: usize,
    (input, outputs): (&[f32], usize),
    (weights, scales, block): (&[i16], &[f32], usize),
    stage: &FloatOutputStage<'_>,
    output: &mut [f32],
) {
    let rows = QuantizedRows::new(input, batches, RowQuantization::Asymmetric);
    let depth = input.len().checked_div(batches).unwrap_or(0);
    for (index, result) in output.iter_mut().enumerate() {
        let (row, channel) = (index / outputs, index % outputs);
        let operands = rows.operands[row * depth..][..depth].chunks(block);
        let weights = weights[channel * depth..][..depth].chunks(block);
        let blocks = depth / block;
        let scales = &scales[channel * blocks..][..blocks];
        let products = zip(zip(operands, weights), scales);
        let sum = products.fold(0.0, |sum, ((operands, weights), scale)| {
            let terms = zip(operands, weights).map(|(&x, &w)| i32::from(x) * i32::from(w));
            sum + terms.sum::<i32>() as f32 * scale
        });
        *result = stage.apply(channel, sum * rows.scales[row]);
    }
}

/// The extents of a fully connected layer.
struct Rows {
    batches: usize,
    depth: usize,
    outputs: usize,
}

impl Rows {
    fn new(node: &NodeContext<'_>) -> Result<Self, Unprepared> {
        let (input, weights) = (node.shape(0)?, node.shape(1)?);
        let &[outputs, depth] = &weights[..] else {
            let rule = format!("weights of shape {weights} where two dimensions are needed");
            return Err(Reject::invalid(rule).into());
        };
        Ok(Rows {
            batches: input.elements().checked_div(depth).unwrap_or(0),
            depth,
            outputs,
        })
    }
}

struct FloatFullyConnected {
    rows: Rows,
    clamp: (f32, f32),
}

impl Layer for FloatFullyConnected {
    type Weights = PackedFilter<f32>;

    fn pack(&self, weights: View<'_>) -> Result<PackedFilter<f32>, OpError> {
        Ok(PackedFilter::new(weights.as_slice()?, self.rows.outputs, 1))
    }

    fn run(&self, filter: &PackedFilter<f32>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let stage = FloatOutputStage {
            bias: io.optional_input(2)?,
            clamp: self.clamp,
        };
        let Rows { batches, depth, .. } = self.rows;
        fully_connected_f32(batches, depth, io.input(0)?, filter, &stage, io.output()?);
        Ok(())
    }
}

struct QuantizedFullyConnected<T, A> {
    rows: Rows,
    input_zero_point: i32,
    filter_zero_point: i32,
    scaling: Scaling,
    output_zero_point: i32,
    clamp: (i32, i32),
    types: PhantomData<(T, A)>,
}

/// The factor of each output channel: input scale · filter scale / output scale.
enum Scaling {
    /// In double precision.
    Real(Vec<f64>),
    /// In fixed point, as LiteRT scales the sums of 8-bit weights that are stored sparsely.
    FixedPoint(Vec<QuantizedMultiplier>),
}

impl<T, A> Layer for QuantizedFullyConnected<T, A>
where
    T: QuantizedElement,
    A: IntegerAccumulator,
{
    type Weights = PackedFilter<i16>;

    fn pack(&self, weights: View<'_>) -> Result<PackedFilter<i16>, OpError> {
        let weights = integer_weights::operands(weights, self.filter_zero_point)?;
        Ok(PackedFilter::new(&weights, self.rows.outputs, 1))
    }

    fn scratch_bytes(&self) -> usize {
        operands::bytes(self.rows.batches * self.rows.depth)
    }

    fn run(&self, filter: &PackedFilter<i16>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let input = operands::of_input::<T>(io, 0, self.input_zero_point)?;
        let bias = io.optional_input(2)?;
        let (zero_point, clamp) = (self.output_zero_point, self.clamp);
        let Rows { batches, depth, .. } = self.rows;
        let output = io.output::<T>()?;
        match &self.scaling {
            Scaling::Real(factors) => {
                let stage = RealOutputStage::<A> {
                    bias,
                    factors,
                    zero_point,
                    clamp,
                };
                let apply = |channel, sum| stage.apply(channel, sum);
                fully_connected_quantized(batches, depth, input, filter, apply, output);
            }
            Scaling::FixedPoint(multipliers) => {
                let stage = OutputStage::<A> {
                    bias,
                    multipliers,
                    zero_point,
                    clamp,
                };
                let apply = |channel, sum| stage.apply(channel, sum);
                fully_connected_quantized(batches, depth, input, filter, apply, output);
            }
        }
        Ok(())
    }
}

fn quantized<T, A>(op: &op::FullyConnected, node: &NodeContext<'_>) -> Prepared
where
    T: QuantizedElement,
    A: IntegerAccumulator,
{
    expect_bias(node, 2, A::DATA_TYPE)?;
    let rows = Rows::new(node)?;
    let (input, filter, output) = (node.required(0)?, node.required(1)?, node.output(0));
    let (input_scale, input_zero_point) = per_tensor(input)?;
    let (output_scale, output_zero_point) = per_tensor(output)?;
    let scaling = match filter.sparsity {
        Some(_) => Scaling::FixedPoint(channel_multipliers(node, 0, rows.outputs, 0)?),
        None => {
            let scales = channel_scales(filter, rows.outputs, 0)?.into_iter();
            let factor =
                |scale| f64::from(input_scale) * f64::from(scale) / f64::from(output_scale);
            Scaling::Real(scales.map(factor).collect())
        }
    };
    let is_per_axis = filter
        .quantization
        .as_ref()
        .is_some_and(|q| q.is_per_axis());
    Ok(Prepacked::boxed(QuantizedFullyConnected::<T, A> {
        rows,
        input_zero_point,
        filter_zero_point: if filter.dtype == DataType::Int8 && !is_per_axis {
            affine(filter)?.1
        } else {
            filter_zero_point(filter)?
        },
        scaling,
        output_zero_point,
        clamp: quantized_clamp(op.activation, output)?,
        types: PhantomData,
    }))
}

struct BlockwiseFullyConnected {
    rows: Rows,
    /// Weights in a block.
    block: usize,
    /// One for each block, row by row.
    scales: Vec<f32>,
    clamp: (f32, f32),
}

impl Layer for BlockwiseFullyConnected {
    type Weights = Vec<i16>;

    fn pack(&self, weights: View<'_>) -> Result<Vec<i16>, OpError> {
        integer_weights::symmetric_operands(weights)
    }

    fn run(&self, weights: &Vec<i16>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let stage = FloatOutputStage {
            bias: io.optional_input(2)?,
            clamp: self.clamp,
        };
        fully_connected_blockwise(
            self.rows.batches,
            (io.input(0)?, self.rows.outputs),
            (weights, &self.scales, self.block),
            &stage,
            io.output()?,
        );
        Ok(())
    }
}

struct DynamicRangeFullyConnected {
    rows: Rows,
    input_quantization: RowQuantization,
    scales: Vec<f32>,
    clamp: (f32, f32),
}

impl Layer for DynamicRangeFullyConnected {
    type Weights = PackedFilter<i16>;

    fn pack(&self, weights: View<'_>) -> Result<PackedFilter<i16>, OpError> {
        let weights = integer_weights::symmetric_operands(weights)?;
        Ok(PackedFilter::new(&weights, self.rows.outputs, 1))
    }

    fn run(&self, filter: &PackedFilter<i16>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let stage = FloatOutputStage {
            bias: io.optional_input(2)?,
            clamp: self.clamp,
        };
        fully_connected_dynamic_range(
            self.rows.batches,
            self.rows.depth,
            (io.input(0)?, self.input_quantization),
            (filter, &self.scales),
            &stage,
            io.output()?,
        );
        Ok(())
    }
}

fn dynamic_range(op: &op::FullyConnected, node: &NodeContext<'_>) -> Prepared {
    expect_bias(node, 2, DataType::Float32)?;
    let filter = node.required(1)?;
    expect_symmetric(filter)?;
    let rows = Rows::new(node)?;
    Ok(Prepacked::boxed(DynamicRangeFullyConnected {
        scales: channel_scales(filter, rows.outputs, 0)?,
        rows,
        input_quantization: if op.asymmetric_quantize_inputs {
            RowQuantization::Asymmetric
        } else {
            RowQuantization::Symmetric
        },
        clamp: float_clamp(op.activation)?,
    }))
}

fn blockwise(op: &op::FullyConnected, blocks: &Blockwise, node: &NodeContext<'_>) -> Prepared {
    expect_bias(node, 2, DataType::Float32)?;
    if blocks.zero_points.is_some() {
        return Err(Reject::unsupported("no kernel for blocks with zero points").into());
    }
    if node.required(1)?.constant.is_none() {
        return Err(
            Reject::unsupported("no kernel for blocks of weights that are computed").into(),
        );
    }
    let rows = Rows::new(node)?;
    Ok(Prepacked::boxed(BlockwiseFullyConnected {
        block: blocks.size,
        scales: blocks.scales_in(node.graph().tensors()),
        rows,
        clamp: float_clamp(op.activation)?,
    }))
}

pub(crate) fn prepare(op: &op::FullyConnected, node: &NodeContext<'_>) -> Prepared {
    use DataType::{Float32, Int2, Int4, Int8, Int16, UInt8};
    if op.weights_format != 0 {
        return Err(Reject::unsupported("no kernel for weights shuffled in 4×16 blocks").into());
    }
    let filter = node.required(1)?;
    let types = [node.required(0)?.dtype, filter.dtype, node.output(0).dtype];
    if let (Some(blocks), [Float32, Int4, Float32]) = (&filter.blocks, types) {
        return blockwise(op, blocks, node);
    }
    match types {
        [Float32, Float32, Float32] => {
            expect_bias(node, 2, Float32)?;
            Ok(Prepacked::boxed(FloatFullyConnected {
                rows: Rows::new(node)?,
                clamp: float_clamp(op.activation)?,
            }))
        }
        [Int8, Int8 | Int4 | Int2, Int8] => quantized::<i8, i32>(op, node),
        [UInt8, UInt8, UInt8] => quantized::<u8, i32>(op, node),
        [Int16, Int8 | Int4 | Int2, Int16] => {
            if sums_are_wide(node, 2, op.quantized_bias_type)? {
                quantized::<i16, i64>(op, node)
            } else {
                quantized::<i16, i32>(op, node)
            }
        }
        [Float32, Int8 | UInt8 | Int4 | Int2, Float32] => dynamic_range(op, node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_meet_rows() {
        let filter = PackedFilter::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, 1);
        let stage = FloatOutputStage {
            bias: Some(&[0.0, 0.0, 1.0]),
            clamp: (0.0, f32::MAX),
        };
        let mut output = [0.0; 6];
        fully_connected_f32(2, 2, &[1.0, 1.0, 1.0, -1.0], &filter, &stage, &mut output);
        assert_eq!(output, [3.0, 7.0, 12.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn float_rows_are_quantized_one_by_one() {
        let filter = PackedFilter::new(&[2_i16, -1, 0, 3], 2, 1);
        let stage = FloatOutputStage {
            bias: Some(&[0.5, 0.0]),
            clamp: (f32::MIN, f32::MAX),
        };
        let run = |quantization| {
            let mut output = [0.0; 4];
            fully_connected_dynamic_range(
                2,
                2,
                (&[254.0, 3.0, 0.0, 0.0], quantization),
                (&filter, &[1.0, 0.5]),
                &stage,
                &mut output,
            );
            output
        };
        // Scale 2, integers 127 and 1.5 rounded to 2; the row of zeros leaves the bias.
        let symmetric = [252.0 * 2.0 + 0.5, 6.0, 0.5, 0.0];
        assert_eq!(run(RowQuantization::Symmetric), symmetric);
        // Scale 254/255, integers 255 and 3.01 rounded to 3.
        let scale = 254.0_f32 / 255.0;
        let asymmetric = [507.0 * scale + 0.5, 9.0 * (scale * 0.5), 0.5, 0.0];
        assert_eq!(run(RowQuantization::Asymmetric), asymmetric);
    }

    #[test]
    fn sums_are_rounded_once() {
        let stage = RealOutputStage {
            bias: Some(&[-1_i32]),
            factors: &[0.5],
            zero_point: 2,
            clamp: (-128, 127),
        };
        let filter = PackedFilter::new(&[3_i16, 2], 1, 1);
        let mut output = [0_i8; 1];
        let apply = |channel, sum| stage.apply(channel, sum);
        fully_connected_quantized(1, 2, &[4, -8], &filter, apply, &mut output);
        // (4·3 − 8·2 − 1)/2 = −2.5, rounded to −3.
        assert_eq!(output, [-1]);
    }
}
