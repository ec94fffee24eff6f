//! Values that are not finite.

use std::fmt;

use demilite::{DataType, Tensor, Value};
use serde::Serialize;

/// An output with elements that are infinite or not a number.
#[derive(Serialize)]
pub(crate) struct NotFinite {
    /// Its place among the outputs.
    output: usize,
    name: String,
    /// How many elements are not finite.
    elements: usize,
    /// Of how many.
    of: usize,
}

impl NotFinite {
    /// What there is to say of output `index`; nothing where all of it is finite.
    pub(crate) fn of(index: usize, value: &Value, tensor: &Tensor) -> Option<Self> {
        let elements = count_not_finite(value);
        (elements > 0).then(|| NotFinite {
            output: index,
            name: tensor.name.clone(),
            elements,
            of: value.shape().elements(),
        })
    }
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotFinite {
            output,
            name,
            elements,
            of,
        } = self;
        write!(
            f,
            "out{output}: {name:?}: {elements} of {of} elements are not finite"
        )
    }
}

/// Whether all elements are finite; integers always are.
pub(crate) fn is_finite(value: &Value) -> bool {
    count_not_finite(value) == 0
}

fn count_not_finite(value: &Value) -> usize {
    match value.dtype() {
        DataType::Float32 => {
            let elements = value.as_slice::<f32>().unwrap_or_default();
            elements.iter().filter(|x| !x.is_finite()).count()
        }
        DataType::Float64 => {
            let elements = value.as_slice::<f64>().unwrap_or_default();
            elements.iter().filter(|x| !x.is_finite()).count()
        }
        DataType::Float16 => {
            /// The exponent of infinities and of what is not a number.
            const EXPONENT: u16 = 0x7c00;
            let halves = value.bytes().chunks_exact(2);
            let bits = halves.map(|half| u16::from_le_bytes([half[0], half[1]]));
            bits.filter(|bits| bits & EXPONENT == EXPONENT).count()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use demilite::Value;

    use super::{count_not_finite, is_finite};

    #[test]
    fn infinities_and_what_is_no_number_are_counted() {
        let value = |elements: &[f32]| Value::from_slice([elements.len()], elements).unwrap();
        let mixed = value(&[1.0, f32::INFINITY, -0.0, f32::NAN, f32::NEG_INFINITY]);
        assert_eq!(count_not_finite(&mixed), 3);
        assert!(is_finite(&value(&[f32::MAX, f32::MIN_POSITIVE])));
    }
}
