//! SVDF: features of the newest input join those of the past, which time weights add up.
//!
//! Each filter has a row of `memory` features in the state, the newest last. As LiteRT's
//! `kernels/internal/reference/svdf.h`; the integer kernel states RELU and clamps to int8 alone.

use demilite_core::op::{Activation, Svdf};
use demilite_core::quantization::layer::per_tensor;
use demilite_core::quantization::{QuantizedMultiplier, RowQuantization};
use demilite_core::{DataType, NodeContext, OpError, Reject};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared};

use crate::product::dynamic_range::QuantizedRows;
use crate::product::integer_weights::symmetric_operands;
use crate::quantized::element::offset;
use crate::recurrent::{expect_elements, float_activation};

/// The extents of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extents {
    /// Rows of the input.
    pub batches: usize,
    /// Elements of a row.
    pub inputs: usize,
    /// Rows of both weights.
    pub filters: usize,
    /// Features of a filter.
    pub memory: usize,
    /// Filters of a unit.
    pub rank: usize,
}

impl Extents {
    fn new(op: &Svdf, node: &NodeContext<'_>) -> Result<Self, Unprepared> {
        let (input, features, time) = (node.shape(0)?, node.shape(1)?, node.shape(2)?);
        let (&[batches, inputs], &[filters, _], &[_, memory]) =
            (&input[..], &features[..], &time[..])
        else {
            return Err(Reject::invalid("its inputs are not matrices").into());
        };
        let extents = Extents {
            batches,
            inputs,
            filters,
            memory,
            rank: op.rank,
        };
        if memory == 0 || op.rank == 0 {
            return Err(Reject::invalid("it has no memory, or a rank of 0").into());
        }
        expect_elements(node, 1, &[filters, inputs])?;
        expect_elements(node, 2, &[filters, memory])?;
        expect_elements(node, 3, &[filters / op.rank])?;
        expect_elements(node, Svdf::STATE, &[batches, filters, memory])?;
        Ok(extents)
    }

    fn units(&self) -> usize {
        self.filters / self.rank
    }
}

/// Moves the features of each filter one step into the past, and adds the newest, one for each
/// batch and filter.
pub fn remember<T: Copy>(memory: usize, state: &mut [T], newest: impl IntoIterator<Item = T>) {
    for (row, feature) in state.chunks_exact_mut(memory).zip(newest) {
        row.copy_within(1.., 0);
        row[memory - 1] = feature;
    }
}

/// The units from the state: time weights over each filter's features, added up over the filters
/// of a unit, and a bias.
pub fn units_f32(
    extents: &Extents,
    state: &[f32],
    time_weights: &[f32],
    bias: Option<&[f32]>,
    activation: impl Fn(f32) -> f32,
    output: &mut [f32],
) {
    let filters = state.chunks_exact(extents.memory).enumerate();
    let sums: Vec<f32> = filters
        .map(|(index, features)| {
            let weights = &time_weights[index % extents.filters * extents.memory..];
            let products = features.iter().zip(weights);
            products.fold(0.0, |sum, (&feature, &weight)| sum + weight * feature)
        })
        .collect();
    for (index, (output, sums)) in output.iter_mut().zip(sums.chunks(extents.rank)).enumerate() {
        let sum = sums.iter().fold(0.0, |sum, &each| sum + each);
        let bias = bias.map_or(0.0, |bias| bias[index % extents.units()]);
        *output = activation(sum + bias);
    }
}

struct FloatSvdf {
    extents: Extents,
    activation: fn(f32) -> f32,
}

impl Kernel for FloatSvdf {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let Extents { inputs, memory, .. } = self.extents;
        let (input, features) = (io.input::<f32>(0)?, io.input::<f32>(1)?);
        let (time, bias) = (io.input(2)?, io.optional_input(3)?);
        let (state, output) = io.variable_and_output(Svdf::STATE)?;
        let newest = input.chunks(inputs.max(1)).flat_map(|row| {
            let filters = features.chunks(inputs.max(1));
            filters.map(move |filter| {
                let products = row.iter().zip(filter);
                products.fold(0.0, |sum, (&input, &weight)| sum + weight * input)
            })
        });
        remember(memory, state, newest);
        units_f32(&self.extents, state, time, bias, self.activation, output);
        Ok(())
    }
}

struct DynamicRangeSvdf {
    extents: Extents,
    activation: fn(f32) -> f32,
    quantization: RowQuantization,
    feature_scale: f32,
    time_scale: f32,
}

impl Kernel for DynamicRangeSvdf {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let extents = &self.extents;
        let features = symmetric_operands(io.view(1)?)?;
        let time = symmetric_operands(io.view(2)?)?;
        let time: Vec<f32> = time
            .iter()
            .map(|&weight| f32::from(weight) * self.time_scale)
            .collect();
        let rows = QuantizedRows::new(io.input(0)?, extents.batches, self.quantization);
        let bias = io.optional_input(3)?;
        let (state, output) = io.variable_and_output(Svdf::STATE)?;
        let inputs = extents.inputs.max(1);
        let scaled = rows.operands.chunks(inputs).zip(&rows.scales);
        let newest = scaled.flat_map(|(row, &scale)| {
            let scale = scale * self.feature_scale;
            let filters = features.chunks(inputs);
            filters.map(move |filter| dot(row, filter) as f32 * scale)
        });
        remember(extents.memory, state, newest);
        units_f32(extents, state, &time, bias, self.activation, output);
        Ok(())
    }
}

/// The sum of products of 16-bit numbers; overflow wraps.
fn dot(left: &[i16], right: &[i16]) -> i32 {
    let products = left.iter().zip(right);
    products.fold(0_i32, |sum, (&left, &right)| {
        sum.wrapping_add(i32::from(left).wrapping_mul(i32::from(right)))
    })
}

/// How an integer layer is rescaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntegerScales {
    /// Zero point of the input.
    pub input_zero_point: i32,
    /// From sums over the input to features.
    pub feature: QuantizedMultiplier,
    /// From sums over the features to outputs.
    pub output: QuantizedMultiplier,
    /// Zero point of the output.
    pub output_zero_point: i32,
}

/// One step in integers: int8 input and feature weights, int16 time weights and state.
pub fn svdf_int8(
    extents: &Extents,
    scales: &IntegerScales,
    (input, features): (&[i8], &[i8]),
    time_weights: &[i16],
    bias: Option<&[i32]>,
    state: &mut [i16],
    output: &mut [i8],
) {
    let inputs = extents.inputs.max(1);
    let (input, features) = (offset(input, scales.input_zero_point), offset(features, 0));
    let newest = input.chunks(inputs).flat_map(|row| {
        let filters = features.chunks(inputs);
        filters.map(|filter| {
            let feature = scales.feature.apply(dot(row, filter));
            feature.clamp(i16::MIN.into(), i16::MAX.into()) as i16
        })
    });
    remember(extents.memory, state, newest);
    let filters = state.chunks_exact(extents.memory).enumerate();
    let sums: Vec<i32> = filters
        .map(|(index, features)| {
            let weights = &time_weights[index % extents.filters * extents.memory..];
            dot(features, weights)
        })
        .collect();
    for (index, (output, sums)) in output.iter_mut().zip(sums.chunks(extents.rank)).enumerate() {
        let bias = bias.map_or(0, |bias| bias[index % extents.units()]);
        let sum = sums.iter().fold(0_i32, |sum, &each| sum.wrapping_add(each));
        let scaled = scales.output.apply(sum.wrapping_add(bias));
        let shifted = scaled.wrapping_add(scales.output_zero_point);
        *output = shifted.clamp(i8::MIN.into(), i8::MAX.into()) as i8;
    }
}

struct IntegerSvdf {
    extents: Extents,
    scales: IntegerScales,
}

impl Kernel for IntegerSvdf {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let (input, features) = (io.input(0)?, io.input(1)?);
        let (time, bias) = (io.input(2)?, io.optional_input(3)?);
        let (state, output) = io.variable_and_output(Svdf::STATE)?;
        let operands = (input, features);
        svdf_int8(
            &self.extents,
            &self.scales,
            operands,
            time,
            bias,
            state,
            output,
        );
        Ok(())
    }
}

fn integer_scales(node: &NodeContext<'_>) -> Result<IntegerScales, Unprepared> {
    let (input_scale, input_zero_point) = per_tensor(node.required(0)?)?;
    let (output_scale, output_zero_point) = per_tensor(node.output(0))?;
    let scale = |index: usize| Ok::<f32, Unprepared>(per_tensor(node.required(index)?)?.0);
    let state_scale = scale(Svdf::STATE)?;
    let feature = input_scale * scale(1)? / state_scale;
    let output = state_scale * scale(2)? / output_scale;
    Ok(IntegerScales {
        input_zero_point,
        feature: QuantizedMultiplier::from_factor(feature.into()),
        output: QuantizedMultiplier::from_factor(output.into()),
        output_zero_point,
    })
}

pub(crate) fn prepare(op: &Svdf, node: &NodeContext<'_>) -> Prepared {
    use DataType::{Float32, Int8, Int16, Int32, UInt8};
    let types = [
        node.required(0)?.dtype,
        node.required(1)?.dtype,
        node.required(2)?.dtype,
        node.input(3).map_or(Float32, |bias| bias.dtype),
        node.required(Svdf::STATE)?.dtype,
        node.output(0).dtype,
    ];
    let extents = Extents::new(op, node)?;
    match types {
        [Float32, Float32, Float32, Float32, Float32, Float32] => Ok(Box::new(FloatSvdf {
            extents,
            activation: float_activation(op.activation),
        })),
        [
            Float32,
            Int8 | UInt8,
            Int8 | UInt8,
            Float32,
            Float32,
            Float32,
        ] => Ok(Box::new(DynamicRangeSvdf {
            extents,
            activation: float_activation(op.activation),
            quantization: if op.asymmetric_quantize_inputs {
                RowQuantization::Asymmetric
            } else {
                RowQuantization::Symmetric
            },
            feature_scale: per_tensor(node.required(1)?)?.0,
            time_scale: per_tensor(node.required(2)?)?.0,
        })),
        [Int8, Int8, Int16, bias, Int16, Int8] if node.input(3).is_none() || bias == Int32 => {
            if op.activation != Activation::Relu {
                let reason = "no integer kernel for another fused activation than RELU";
                return Err(Reject::unsupported(reason).into());
            }
            Ok(Box::new(IntegerSvdf {
                extents,
                scales: integer_scales(node)?,
            }))
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENTS: Extents = Extents {
        batches: 1,
        inputs: 2,
        filters: 2,
        memory: 3,
        rank: 2,
    };

    #[test]
    fn features_move_into_the_past() {
        let mut state = [1, 2, 3, 4, 5, 6];
        remember(3, &mut state, [7, 8]);
        assert_eq!(state, [2, 3, 7, 5, 6, 8]);
    }

    #[test]
    fn filters_of_a_unit_are_added_up() {
        let state = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let weights = [1.0, 0.0, 2.0, 0.0, 3.0, 0.0];
        let mut output = [0.0];
        let relu = |x: f32| x.max(0.0);
        units_f32(&EXTENTS, &state, &weights, Some(&[-2.0]), relu, &mut output);
        // (1 + 6) + 15 − 2.
        assert_eq!(output, [20.0]);
        units_f32(
            &EXTENTS,
            &state,
            &weights,
            Some(&[-30.0]),
            relu,
            &mut output,
        );
        assert_eq!(output, [0.0]);
    }

    #[test]
    fn integer_features_saturate() {
        let scales = IntegerScales {
            input_zero_point: -1,
            feature: QuantizedMultiplier::from_factor(1000.0),
            output: QuantizedMultiplier::from_factor(0.5),
            output_zero_point: 3,
        };
        let mut state = [0, 1, 2, 0, 0, 0];
        let mut output = [0];
        svdf_int8(
            &EXTENTS,
            &scales,
            (&[9, -1], &[4, 1, 0, 1]),
            &[7, 1, 0, 0, 0, 1],
            Some(&[10]),
            &mut state,
            &mut output,
        );
        // 4 · 10 · 1000 saturates; 0 · 10 + 1 · 0 stays 0. (1 · 7 + 2 · 1 + 10)/2 = 9.5, rounded.
        assert_eq!(state, [1, 2, 32767, 0, 0, 0]);
        assert_eq!(output, [13]);
    }
}
