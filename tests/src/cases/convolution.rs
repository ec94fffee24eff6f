//! What ops that weigh their input share: weights, bias, and an output scale that fits the sums.

use demilite_core::{DataType, Quantization, TensorId};

use crate::case::Draft;

/// What the weights are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weights {
    /// The type that goes with the activations, with one scale.
    PerTensor,
    /// int8 with one scale for each output channel.
    PerChannel,
    /// float16 behind DEQUANTIZE, with float32 activations.
    Float16,
}

impl Weights {
    /// How weights stand in a name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Weights::PerTensor => "per_tensor",
            Weights::PerChannel => "per_channel",
            Weights::Float16 => "float16_weights",
        }
    }

    /// The kinds that go with activations of a type.
    pub(super) fn beside(dtype: DataType) -> &'static [Weights] {
        match dtype {
            DataType::Float32 => &[Weights::PerTensor, Weights::Float16],
            DataType::UInt8 => &[Weights::PerTensor],
            DataType::Int16 => &[Weights::PerChannel],
            _ => &[Weights::PerTensor, Weights::PerChannel],
        }
    }
}

/// The inputs of a convolution or matrix product, and what its output is.
pub(super) struct Weighed {
    /// Activations, weights, and the bias where there is one.
    pub(super) inputs: Vec<TensorId>,
    /// The output's quantization, so that sums fill its range and some leave it.
    pub(super) output: Option<Quantization>,
}

/// Weights of `shape` whose output channels lie along `dimension`, and a bias, for `input`. Each
/// output sums up `terms` products.
pub(super) fn weigh(
    draft: &mut Draft,
    dtype: DataType,
    input: TensorId,
    (weights, shape, dimension): (Weights, &[usize], usize),
    has_bias: bool,
    terms: usize,
) -> Weighed {
    let channels = shape[dimension];
    let mut inputs = vec![input];
    if dtype == DataType::Float32 {
        let mut constant = |shape: &[usize]| match weights {
            Weights::Float16 => draft.expanded_float16(shape),
            Weights::PerTensor | Weights::PerChannel => draft.constant(dtype, shape, None),
        };
        inputs.push(constant(shape));
        if has_bias {
            inputs.push(constant(&[channels]));
        }
        return Weighed {
            inputs,
            output: None,
        };
    }
    let base = draft.scale(0.002, 0.02);
    let quantization = match (weights, dtype) {
        (Weights::PerChannel, _) => {
            let scales: Vec<f32> = (0..channels)
                .map(|_| base * draft.scale(0.5, 2.0))
                .collect();
            Quantization::per_axis(scales, dimension)
        }
        (_, DataType::UInt8) => Quantization::per_tensor(base, 121),
        _ => Quantization::per_tensor(base, 0),
    };
    let input_scale = draft.scale_of(input);
    let bias_scales: Vec<f32> = quantization
        .scale
        .iter()
        .map(|scale| input_scale * scale)
        .collect();
    let weights_dtype = if dtype == DataType::UInt8 {
        dtype
    } else {
        DataType::Int8
    };
    inputs.push(draft.constant(weights_dtype, shape, Some(quantization)));
    // Uniform integers of 8 and of 16 bits, from 0 on, have these standard deviations.
    let (deviation, steps) = match dtype {
        DataType::Int16 => (19_000.0 * 74.0, 12_000.0),
        _ => (90.0 * 74.0, 70.0),
    };
    let sum = deviation * (terms as f32).sqrt();
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
