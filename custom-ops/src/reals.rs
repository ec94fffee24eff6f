//! The reals that the integers of an input stand for.

use std::borrow::Cow;

use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, OpError, View};
use demilite_executor::Unprepared;

use demilite_cpu_reference::quantized::element::QuantizedElement;

/// How an input is read as floats.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reals {
    /// As they are.
    Floats,
    /// `(q − zero_point) · scale`, in single precision.
    Quantized { scale: f32, zero_point: i32 },
}

impl Reals {
    /// How to read input `index`, which holds float32, uint8 or int8.
    pub(super) fn of(node: &NodeContext<'_>, index: usize) -> Result<Self, Unprepared> {
        let tensor = node.required(index)?;
        match tensor.dtype {
            DataType::Float32 => Ok(Reals::Floats),
            DataType::UInt8 | DataType::Int8 => {
                let (scale, zero_point) = per_tensor(tensor)?;
                Ok(Reals::Quantized { scale, zero_point })
            }
            _ => Err(Unprepared::types(node)),
        }
    }

    /// The elements as floats.
    pub(super) fn read<'a>(&self, view: View<'a>) -> Result<Cow<'a, [f32]>, OpError> {
        match self {
            Reals::Floats => Ok(Cow::Borrowed(view.as_slice()?)),
            Reals::Quantized { .. } => self.read_scaled(view, 1.0).map(Cow::Owned),
        }
    }

    /// The elements as floats, times `factor`, by which the scale is multiplied first.
    pub(super) fn read_scaled(&self, view: View<'_>, factor: f32) -> Result<Vec<f32>, OpError> {
        let (scale, zero_point) = match *self {
            Reals::Floats => {
                let elements = view.as_slice::<f32>()?.iter();
                return Ok(elements.map(|element| element * factor).collect());
            }
            Reals::Quantized { scale, zero_point } => (scale * factor, zero_point as f32),
        };
        Ok(match view.dtype() {
            DataType::Int8 => dequantize(view.as_slice::<i8>()?, (scale, zero_point)),
            _ => dequantize(view.as_slice::<u8>()?, (scale, zero_point)),
        })
    }
}

fn dequantize<T: QuantizedElement>(elements: &[T], (scale, zero_point): (f32, f32)) -> Vec<f32> {
    let reals = elements.iter();
    reals
        .map(|element| (element.to_i32() as f32 - zero_point) * scale)
        .collect()
}
