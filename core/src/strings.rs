//! Tensors of byte strings, packed as a `.tflite` file packs them.
//!
//! Little-endian 32-bit integers: how many strings there are, then where each begins within the packed
//! bytes, then where the last one ends. The strings follow, one behind the other.

use crate::dtype::DataType;
use crate::error::ValueError;
use crate::shape::Shape;
use crate::value::{Value, View};

/// Bytes of a number in front of the strings.
const WORD: usize = 4;

/// The strings of a tensor, checked.
#[derive(Debug, Clone, Copy)]
pub struct Strings<'a> {
    packed: &'a [u8],
    count: usize,
}

impl<'a> Strings<'a> {
    /// Checks the packed strings of a tensor of this shape.
    fn new(packed: &'a [u8], shape: &Shape) -> Result<Self, ValueError> {
        let invalid = |reason: String| ValueError::Strings {
            shape: shape.clone(),
            reason,
        };
        let elements = shape.checked_elements();
        if packed.is_empty() && elements == Some(0) {
            return Ok(Strings { packed, count: 0 });
        }
        let count = word(packed, 0)
            .ok_or_else(|| invalid(format!("it has {} bytes and no count", packed.len())))?;
        if Some(count) != elements {
            return Err(invalid(format!("it counts {count} strings")));
        }
        let header = count
            .checked_add(2)
            .and_then(|words| words.checked_mul(WORD));
        let Some(header) = header.filter(|&header| header <= packed.len()) else {
            let bytes = packed.len();
            return Err(invalid(format!(
                "its {bytes} bytes do not say where {count} strings begin"
            )));
        };
        let strings = Strings { packed, count };
        let mut before = header;
        for index in 0..=count {
            let offset = strings.offset(index);
            if offset < before || offset > packed.len() {
                return Err(invalid(format!(
                    "string {index} begins at byte {offset}, where {before} to {} are within it",
                    packed.len()
                )));
            }
            before = offset;
        }
        Ok(strings)
    }

    /// Where string `index` begins, which is where the one before it ends.
    fn offset(&self, index: usize) -> usize {
        word(self.packed, 1 + index).unwrap_or(usize::MAX)
    }

    /// How many strings there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// String `index`, unless there are fewer.
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        if index >= self.count {
            return None;
        }
        self.packed.get(self.offset(index)..self.offset(index + 1))
    }

    /// The strings, in row-major order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        let strings = *self;
        (0..self.count).map(move |index| strings.get(index).unwrap_or_default())
    }
}

/// The number at place `index` of the header; `None` where there is none or it is negative.
fn word(packed: &[u8], index: usize) -> Option<usize> {
    let start = index.checked_mul(WORD)?;
    let bytes = packed.get(start..start.checked_add(WORD)?)?;
    let word = i32::from_le_bytes(bytes.try_into().ok()?);
    usize::try_from(word).ok()
}

impl<'a> View<'a> {
    /// The strings of a tensor of strings.
    ///
    /// # Errors
    /// [`ValueError::WrongType`] when the tensor holds another type, [`ValueError::Strings`] when its bytes
    /// are not strings.
    pub fn strings(&self) -> Result<Strings<'a>, ValueError> {
        if self.dtype() != DataType::String {
            return Err(ValueError::WrongType {
                expected: DataType::String,
                actual: self.dtype(),
            });
        }
        Strings::new(self.bytes(), self.shape())
    }
}

impl Value {
    /// A tensor of these strings, in row-major order.
    ///
    /// # Errors
    /// [`ValueError::Strings`] when the number of strings is not the shape's, [`ValueError::TooLarge`] when
    /// they take more than 2 GiB, which the format cannot say.
    pub fn from_strings<S: AsRef<[u8]>>(
        shape: impl Into<Shape>,
        strings: impl IntoIterator<Item = S>,
    ) -> Result<Self, ValueError> {
        let shape = shape.into();
        let too_large = || ValueError::TooLarge {
            dtype: DataType::String,
            shape: shape.clone(),
        };
        let fits = |bytes: Option<usize>| bytes.and_then(|bytes| i32::try_from(bytes).ok());
        let elements = shape.checked_elements();
        let header = elements.and_then(|count| count.checked_add(2)?.checked_mul(WORD));
        let first = fits(header).ok_or_else(too_large)?;
        let elements = elements.unwrap_or(0);
        let mut header = Vec::with_capacity(elements + 2);
        header.extend([elements as i32, first]);
        let mut text: Vec<u8> = Vec::new();
        for string in strings.into_iter().take(elements.saturating_add(1)) {
            text.extend_from_slice(string.as_ref());
            let end = text.len().checked_add(first as usize);
            header.push(fits(end).ok_or_else(too_large)?);
        }
        if header.len() != elements + 2 {
            return Err(ValueError::Strings {
                reason: format!("{} strings were given", header.len() - 2),
                shape,
            });
        }
        let mut packed: Vec<u8> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
        packed.append(&mut text);
        Value::from_bytes(DataType::String, shape, &packed)
    }

    /// The strings of a tensor of strings.
    ///
    /// # Errors
    /// Those of [`View::strings`].
    pub fn strings(&self) -> Result<Strings<'_>, ValueError> {
        self.view().strings()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_packed_behind_their_places() {
        let value = Value::from_strings([2, 1], ["ab", "c"]).unwrap();
        let header = [2, 16, 18, 19].map(i32::to_le_bytes).concat();
        assert_eq!(value.bytes(), [&header[..], b"abc"].concat());
        let strings: Vec<&[u8]> = value.strings().unwrap().iter().collect();
        assert_eq!(strings, [&b"ab"[..], b"c"]);
        let none = Value::from_strings([0], [""; 0]).unwrap();
        assert!(none.strings().unwrap().is_empty());
        assert!(Value::from_strings([3], ["a", "b"]).is_err());
        assert!(Value::from_strings([1], ["a", "b"]).is_err());
        assert!(Value::from_strings([usize::MAX], [""; 0]).is_err());
    }

    #[test]
    fn bytes_that_are_no_strings_are_an_error() {
        let good = Value::from_strings([2], ["ab", "c"]).unwrap();
        let strings = |bytes: &[u8]| {
            let value = Value::from_bytes(DataType::String, [2], bytes).unwrap();
            value.strings().map(|strings| strings.len())
        };
        assert_eq!(strings(good.bytes()), Ok(2));
        for length in 0..good.bytes().len() {
            assert!(strings(&good.bytes()[..length]).is_err(), "{length}");
        }
        for place in 0..16 {
            for bit in 0..8 {
                let mut bytes = good.bytes().to_vec();
                bytes[place] ^= 1 << bit;
                // Whatever it says, it does not panic.
                let _ = strings(&bytes);
            }
        }
        for (place, word) in [
            (0, -1),
            (0, i32::MAX),
            (1, 15),
            (2, 15),
            (2, 20),
            (3, 17),
            (3, -1),
        ] {
            let mut bytes = good.bytes().to_vec();
            bytes[4 * place..][..4].copy_from_slice(&i32::to_le_bytes(word));
            let error = strings(&bytes).unwrap_err().to_string();
            assert!(error.contains("strings of shape [2]"), "{error}");
        }
        let floats = Value::from_slice([1], &[1.0_f32]).unwrap();
        assert!(floats.strings().is_err());
    }
}
