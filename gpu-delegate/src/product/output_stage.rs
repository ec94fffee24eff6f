//! What becomes of the sums of an integer layer, as its kernels read it: a row for each output channel.

use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::quantization::layer;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::{Element, QUAD_ELEMENTS};

use crate::lowering::{LowerError, Lowering};
use crate::memory::weight_layout::Channels;
use crate::node::check::rule;
use crate::node::quantized;
use crate::program::Storage;

/// The factor of each output channel.
pub(crate) enum Factors {
    /// In fixed point.
    FixedPoint(Vec<QuantizedMultiplier>),
    /// As doubles.
    Real(Vec<f64>),
}

impl Factors {
    /// Input scale * filter scale / output scale as doubles.
    pub(crate) fn real(node: &NodeContext<'_>, channels: usize) -> Result<Self, Reject> {
        let (input_scale, _) = quantized::of_input(node, 0)?;
        let (output_scale, _) = layer::per_tensor(node.output(0))?;
        let filter = node.required(1).map_err(rule)?;
        let scales = layer::channel_scales(filter, channels, 0)?;
        let factors = scales
            .into_iter()
            .map(|scale| f64::from(input_scale) * f64::from(scale) / f64::from(output_scale));
        Ok(Factors::Real(factors.collect()))
    }

    /// Those of some channels.
    pub(crate) fn of(&self, channels: Channels) -> Self {
        match self {
            Factors::FixedPoint(multipliers) => {
                Factors::FixedPoint(channels.slice(multipliers).to_vec())
            }
            Factors::Real(factors) => Factors::Real(channels.slice(factors).to_vec()),
        }
    }

    fn words(&self, channel: usize, wide: bool) -> [i32; 2] {
        match self {
            Factors::FixedPoint(multipliers) => {
                quantized::multiplier_words(multipliers[channel], wide)
            }
            Factors::Real(factors) => real_words(factors[channel]),
        }
    }
}

/// A double as the low word of its 53-bit mantissa, and the high word with the sign above it and the negated exponent in the top byte.
///
/// Sums have less than 42 bits: a factor below 2^-43 rounds all of them to 0, and one from 2^20 on saturates all but 0.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the words of a 64-bit number"
)]
fn real_words(factor: f64) -> [i32; 2] {
    let magnitude = factor.abs();
    if magnitude < 2_f64.powi(-43) {
        return [0, 1 << 24];
    }
    let bits = magnitude.min(2_f64.powi(20)).to_bits();
    let mantissa = (bits & ((1 << 52) - 1)) | (1 << 52);
    let negated_exponent = 1075 - (bits >> 52);
    let sign = u64::from(factor < 0.0);
    let high = (mantissa >> 32) | (sign << 23) | (negated_exponent << 24);
    [mantissa as u32 as i32, high as u32 as i32]
}

/// The rows of an output stage for a layer whose bias is input `bias`, where `biases` have
/// whatever zero points add to the sum, which is 64 bits wide or not.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the words of a 64-bit number"
)]
pub(crate) fn lower(
    node: &NodeContext<'_>,
    bias: usize,
    biases: &[i64],
    factors: &Factors,
    wide: bool,
    lowering: &mut Lowering<'_>,
) -> Result<Storage, LowerError> {
    let mut rows = vec![[0; 4]; biases.len().next_multiple_of(QUAD_ELEMENTS)];
    for (channel, (row, bias)) in rows.iter_mut().zip(biases).enumerate() {
        let [low, high] = factors.words(channel, wide);
        *row = [*bias as i32, (bias >> 32) as i32, low, high];
    }
    let bytes: &[u8] = bytemuck::cast_slice(&rows);
    let of_file = node
        .input(bias)
        .and_then(|bias| bias.constant.as_ref())
        .map_or(0, |constant| constant.bytes().len());
    lowering.table(
        "an output stage",
        bytes,
        rows.len() * 4,
        Element::I32,
        of_file.min(bytes.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_taken_apart() {
        for factor in [
            1e-9,
            0.3,
            1.0,
            -0.7,
            12345.678,
            2_f64.powi(-43),
            2_f64.powi(20),
        ] {
            let [low, high] = real_words(factor).map(|word| u64::from(word as u32));
            let mantissa = low | ((high & 0x7f_ffff) << 32);
            let exponent = -((high >> 24) as i32);
            let sign = if high & (1 << 23) == 0 { 1.0 } else { -1.0 };
            assert_eq!(sign * mantissa as f64 * 2_f64.powi(exponent), factor);
            assert!((32..=95).contains(&-exponent), "{exponent}");
        }
        assert_eq!(real_words(1e-15)[0], 0);
    }
}
