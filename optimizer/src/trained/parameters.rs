//! Parameters of one tensor.

use demilite_core::op::FakeQuant;
use demilite_core::quantization::Spread;
use demilite_core::{DataType, Quantization, Tensor};

/// What a tensor is rounded to: integers from 0 on of so many bits. Signed types have the same integers, moved by half of their number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameters {
    bits: u32,
    quantization: Quantization,
}

fn half(bits: u32) -> i32 {
    1 << (bits - 1)
}

fn bits_of(dtype: DataType) -> Option<u32> {
    match dtype {
        DataType::Int8 | DataType::UInt8 => Some(8),
        DataType::Int16 => Some(16),
        _ => None,
    }
}

impl Parameters {
    /// Those of a tensor of integers; `None` for a type that no trained model has.
    pub(super) fn of_integers(tensor: &Tensor) -> Option<Self> {
        let bits = bits_of(tensor.dtype)?;
        let mut quantization = tensor.quantization.clone()?;
        let is_sound = quantization.scale.iter().all(|scale| *scale > 0.0);
        if quantization.scale.is_empty() || !is_sound {
            return None;
        }
        if tensor.dtype != DataType::UInt8 {
            let zero_points = quantization.zero_point.iter_mut();
            zero_points.for_each(|zero_point| *zero_point = zero_point.saturating_add(half(bits)));
        }
        Some(Parameters { bits, quantization })
    }

    /// Those of FAKE_QUANT, whose range is moved so that 0 is an integer: `nudge` of `fake_quant_ops_functor.h` in TensorFlow.
    pub(super) fn of_range(op: &FakeQuant) -> Self {
        let bits = op.num_bits.clamp(2, 16).cast_unsigned();
        let least = i32::from(op.narrow_range);
        let greatest = (1 << bits) - 1;
        let scale = (op.max - op.min) / (greatest - least) as f32;
        let zero_point = (least as f32 - op.min / scale).round() as i32;
        Parameters {
            bits,
            quantization: Quantization::per_tensor(scale, zero_point.clamp(least, greatest)),
        }
    }

    /// As integers of this type: the same where it has as many bits, and else those of the same range.
    pub(super) fn activation(&self, dtype: DataType) -> Option<Quantization> {
        let (scale, zero_point) = self.quantization.as_per_tensor()?;
        let signed = zero_point - half(self.bits);
        let is_same = bits_of(dtype) == Some(self.bits);
        if is_same && (dtype != DataType::Int16 || signed == 0) {
            return Some(Quantization::per_tensor(scale, signed));
        }
        let real = |code: i32| (code - zero_point) as f32 * scale;
        let spread = match dtype {
            DataType::Int16 => Spread::Symmetric,
            _ => Spread::Asymmetric,
        };
        Quantization::from_range(real(0), real((1 << self.bits) - 1), dtype, spread)
    }

    /// As int8 with zero point 0, which weights need; `None` where that would be other integers.
    pub(super) fn weights(&self) -> Option<Quantization> {
        let zero_points = &self.quantization.zero_point;
        let is_symmetric = zero_points.iter().all(|point| *point == half(self.bits));
        (self.bits <= 8 && is_symmetric).then(|| {
            let mut quantization = self.quantization.clone();
            quantization.zero_point.fill(0);
            quantization
        })
    }

    /// Reals as rounding leaves them.
    pub(super) fn rounded(&self, tensor: &Tensor, reals: &[f32]) -> Vec<f32> {
        let (shape, greatest) = (&tensor.shape, (1_i64 << self.bits) - 1);
        let codes = self.quantization.quantize_all(reals, shape).into_iter();
        let codes = codes.map(|code| code.clamp(0, greatest));
        self.quantization.dequantize_all(codes, shape)
    }

    /// The reals that constant integers stand for.
    pub(super) fn reals(&self, tensor: &Tensor) -> Option<Vec<f32>> {
        let view = tensor.constant_view()?;
        let half = i64::from(half(self.bits));
        let codes: Vec<i64> = match tensor.dtype {
            DataType::UInt8 => {
                let integers = view.as_slice::<u8>().ok()?.iter();
                integers.map(|&integer| integer.into()).collect()
            }
            DataType::Int8 => {
                let integers = view.as_slice::<i8>().ok()?.iter();
                integers.map(|&integer| i64::from(integer) + half).collect()
            }
            DataType::Int16 => {
                let integers = view.as_slice::<i16>().ok()?.iter();
                integers.map(|&integer| i64::from(integer) + half).collect()
            }
            _ => return None,
        };
        Some(self.quantization.dequantize_all(codes, &tensor.shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fake_quant(min: f32, max: f32, num_bits: i32, narrow_range: bool) -> Parameters {
        Parameters::of_range(&FakeQuant {
            min,
            max,
            num_bits,
            narrow_range,
        })
    }

    #[test]
    fn zero_is_always_an_integer() {
        let activation = |parameters: Parameters, dtype| {
            let quantization = parameters.activation(dtype).unwrap();
            quantization.as_per_tensor().unwrap()
        };
        let relu6 = fake_quant(0.0, 6.0, 8, false);
        assert_eq!(
            activation(relu6.clone(), DataType::Int8),
            (6.0 / 255.0, -128)
        );
        assert_eq!(activation(relu6, DataType::Int16), (6.0 / 32767.0, 0));
        let signed = fake_quant(-1.28, 1.27, 8, false);
        assert_eq!(
            activation(signed, DataType::Int8),
            ((1.27 + 1.28) / 255.0, 0)
        );
    }

    #[test]
    fn weights_are_symmetric_or_have_no_parameters() {
        let narrow = fake_quant(-1.27, 1.27, 8, true).weights().unwrap();
        assert_eq!(narrow.as_per_tensor(), Some((2.54 / 254.0, 0)));
        let four_bits = fake_quant(-0.7, 0.7, 4, true).weights().unwrap();
        assert_eq!(four_bits.as_per_tensor(), Some((1.4 / 14.0, 0)));
        assert_eq!(fake_quant(-0.5, 1.5, 8, false).weights(), None);
    }
}
