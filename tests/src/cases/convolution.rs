//! What ops that weigh their input share: weights, bias, and an output scale that fits the sums.

use demilite_core::{DataType, Quantization, TensorId};

use crate::case::Draft;

/// What the weights are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weights {
    /// The type that goes with the activations, with one scale.
    PerTensor,
    /// int8 with one scale for each output channel.
    PerChannel,
    /// int4 with one scale for each output channel.
    Int4,
    /// int2 with one scale for each output channel.
    Int2,
    /// float16 behind DEQUANTIZE, with float32 activations.
    Float16,
    /// int8 with one scale for each output channel, with float32 activations.
    DynamicRange,
    /// The bits of int8 in the legacy type uint8, with one scale and float32 activations.
    DynamicRangeUInt8,
    /// int4 with one scale for each output channel, with float32 activations.
    DynamicRangeInt4,
    /// int2 with one scale for each output channel, with float32 activations.
    DynamicRangeInt2,
}

impl Weights {
    /// How weights stand in a name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Weights::PerTensor => "per_tensor",
            Weights::PerChannel => "per_channel",
            Weights::Int4 => "int4_weights",
            Weights::Int2 => "int2_weights",
            Weights::Float16 => "float16_weights",
            Weights::DynamicRange => "dynamic_range",
            Weights::DynamicRangeUInt8 => "dynamic_range_uint8",
            Weights::DynamicRangeInt4 => "dynamic_range_int4",
            Weights::DynamicRangeInt2 => "dynamic_range_int2",
        }
    }

    /// The kinds that matrix products have beside activations of a type.
    pub(crate) fn of_matrices(dtype: DataType) -> &'static [Weights] {
        match dtype {
            DataType::Float32 => &[
                Weights::PerTensor,
                Weights::Float16,
                Weights::DynamicRange,
                Weights::DynamicRangeUInt8,
                Weights::DynamicRangeInt4,
                Weights::DynamicRangeInt2,
            ],
            DataType::UInt8 => &[Weights::PerTensor],
            DataType::Int16 => &[Weights::PerChannel, Weights::Int4, Weights::Int2],
            _ => &[
                Weights::PerTensor,
                Weights::PerChannel,
                Weights::Int4,
                Weights::Int2,
            ],
        }
    }

    /// The kinds that convolutions have.
    pub(crate) fn of_convolutions(dtype: DataType) -> &'static [Weights] {
        let kinds = Weights::of_matrices(dtype);
        match kinds {
            [others @ .., Weights::Int2 | Weights::DynamicRangeInt2] => others,
            _ => kinds,
        }
    }

    /// The kinds that depthwise convolutions have; LiteRT reads int4 weights beside int16 and float32
    /// activations as if they were int8.
    pub(crate) fn of_depthwise(dtype: DataType) -> &'static [Weights] {
        match dtype {
            DataType::Float32 | DataType::Int16 => Weights::of_transposed(dtype),
            _ => Weights::of_convolutions(dtype),
        }
    }

    /// The kinds that transposed convolutions have.
    pub(crate) fn of_transposed(dtype: DataType) -> &'static [Weights] {
        match dtype {
            DataType::Float32 => &[Weights::PerTensor, Weights::Float16, Weights::DynamicRange],
            DataType::UInt8 => &[Weights::PerTensor],
            DataType::Int16 => &[Weights::PerChannel],
            _ => &[Weights::PerTensor, Weights::PerChannel],
        }
    }

    /// The type in the file beside activations of a type.
    fn dtype(self, activations: DataType) -> DataType {
        match self {
            Weights::Float16 => DataType::Float16,
            Weights::Int4 | Weights::DynamicRangeInt4 => DataType::Int4,
            Weights::Int2 | Weights::DynamicRangeInt2 => DataType::Int2,
            Weights::DynamicRangeUInt8 => DataType::UInt8,
            Weights::PerChannel | Weights::DynamicRange => DataType::Int8,
            Weights::PerTensor if activations == DataType::Int16 => DataType::Int8,
            Weights::PerTensor => activations,
        }
    }
}

/// The inputs of a convolution or matrix product, and what its output is.
pub(crate) struct Weighed {
    /// Activations, weights, and the bias where there is one.
    pub(crate) inputs: Vec<TensorId>,
    /// The output's quantization, so that sums fill its range and some leave it.
    pub(crate) output: Option<Quantization>,
}

/// Weights of `shape` whose output channels lie along `dimension`, and a bias, for `input`. Each
/// output sums up `terms` products.
pub(crate) fn weigh(
    draft: &mut Draft,
    dtype: DataType,
    input: TensorId,
    (weights, shape, dimension): (Weights, &[usize], usize),
    has_bias: bool,
    terms: usize,
) -> Weighed {
    let channels = shape[dimension];
    let mut inputs = vec![input];
    let per_channel = |draft: &mut Draft, base: f32| {
        let scales: Vec<f32> = (0..channels)
            .map(|_| base * draft.scale(0.5, 2.0))
            .collect();
        Quantization::per_axis(scales, dimension)
    };
    let weights_dtype = weights.dtype(dtype);
    if dtype == DataType::Float32 {
        let mut constant = |shape: &[usize], weights: Weights| match weights {
            Weights::Float16 => draft.expanded_float16(shape),
            Weights::PerTensor => draft.constant(dtype, shape, None),
            Weights::DynamicRangeUInt8 => draft.legacy_weights(shape, 0.01),
            _ => {
                let quantization = per_channel(draft, 0.01);
                draft.weights(weights_dtype, shape, quantization)
            }
        };
        inputs.push(constant(shape, weights));
        if has_bias {
            let is_float16 = weights == Weights::Float16;
            let bias = if is_float16 {
                weights
            } else {
                Weights::PerTensor
            };
            inputs.push(constant(&[channels], bias));
        }
        return Weighed {
            inputs,
            output: None,
        };
    }
    let base = draft.scale(0.002, 0.02);
    let quantization = match (weights, dtype) {
        (Weights::PerTensor, DataType::UInt8) => Quantization::per_tensor(base, 121),
        (Weights::PerTensor, _) => Quantization::per_tensor(base, 0),
        _ => per_channel(draft, base),
    };
    let input_scale = draft.scale_of(input);
    let bias_scales: Vec<f32> = quantization
        .scale
        .iter()
        .map(|scale| input_scale * scale)
        .collect();
    inputs.push(draft.weights(weights_dtype, shape, quantization));
    // Uniform integers of 2, 4, 8 and 16 bits, from 0 on, have these standard deviations.
    let weight = match weights_dtype {
        DataType::Int2 => 0.8,
        DataType::Int4 => 4.6,
        _ => 74.0,
    };
    let (activation, steps) = match dtype {
        DataType::Int16 => (19_000.0, 12_000.0),
        _ => (90.0, 70.0),
    };
    let sum = activation * weight * (terms as f32).sqrt();
    if has_bias {
        let bias_dtype = if dtype == DataType::Int16 {
            DataType::Int64
        } else {
            DataType::Int32
        };
        let quantization = Quantization::per_axis(bias_scales, 0);
        inputs.push(draft.wide_constant(bias_dtype, channels, sum, quantization));
    }
    let output_scale = input_scale * base * sum / steps;
    let zero_point = draft
        .quantization(dtype)
        .map_or(0, |drawn| drawn.zero_point[0] / 4);
    let middle = if dtype == DataType::UInt8 { 96 } else { 0 };
    Weighed {
        inputs,
        output: Some(Quantization::per_tensor(output_scale, middle + zero_point)),
    }
}
