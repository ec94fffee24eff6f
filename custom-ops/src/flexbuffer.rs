//! The FlexBuffers that most custom ops have as their options: a map from names to numbers.
//!
//! The format is that of `flatbuffers/docs/source/flexbuffers.md`: read from the end, where the type
//! and width of the root stand, with offsets that point backwards.

use demilite_core::OpError;

/// The root of a FlexBuffer that is a map.
///
/// Numbers turn into each other as FlexBuffers define it, and one that is absent, damaged or no
/// number counts as zero.
#[derive(Debug, Clone, Copy)]
pub struct FlexMap<'a> {
    bytes: &'a [u8],
    values: Vector,
    keys: Vector,
}

/// Elements of one width, one after the other.
#[derive(Debug, Clone, Copy)]
struct Vector {
    /// Where the first element is.
    start: usize,
    /// Bytes of an element.
    width: usize,
    len: usize,
}

#[derive(Debug, Clone, Copy)]
enum Number {
    Signed(i64),
    Unsigned(u64),
    Float(f64),
}

impl<'a> FlexMap<'a> {
    /// The map that is the root of these bytes.
    ///
    /// # Errors
    /// [`OpError::Shape`] with the rule that the bytes break.
    pub fn new(bytes: &'a [u8]) -> Result<Self, OpError> {
        Self::root(bytes).ok_or_else(|| OpError::rule("its options are not a FlexBuffer map"))
    }

    fn root(bytes: &'a [u8]) -> Option<Self> {
        let &[.., packed, width] = bytes else {
            return None;
        };
        let position = (bytes.len() - 2).checked_sub(usize::from(width))?;
        if packed >> 2 != kind::MAP {
            return None;
        }
        let start = follow(bytes, position, width.into())?;
        let width = 1 << (packed & 3);
        // Before a map's values: the offset and the width of its keys, then their number.
        let keys = start.checked_sub(3 * width)?;
        let len = length(bytes, start, width, width)?;
        let keys_start = follow(bytes, keys, width)?;
        let keys_width = usize::try_from(unsigned(bytes, keys + width, width)?).ok()?;
        let keys_len = length(bytes, keys_start, keys_width, keys_width)?;
        Some(FlexMap {
            bytes,
            values: Vector { start, width, len },
            keys: Vector {
                start: keys_start,
                width: keys_width,
                len: keys_len.min(len),
            },
        })
    }

    /// Whether there is a value of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.index(name).is_some()
    }

    /// A number as an integer; a float without its fraction.
    pub fn integer(&self, name: &str) -> i64 {
        self.number(name).map_or(0, Number::to_integer)
    }

    /// A number as a float.
    pub fn float(&self, name: &str) -> f32 {
        match self.number(name) {
            Some(Number::Signed(value)) => value as f32,
            Some(Number::Unsigned(value)) => value as f32,
            Some(Number::Float(value)) => value as f32,
            None => 0.0,
        }
    }

    /// Whether a number is not zero.
    pub fn boolean(&self, name: &str) -> bool {
        self.integer(name) != 0
    }

    /// The elements of a vector of numbers as integers.
    pub fn integers(&self, name: &str) -> Vec<i64> {
        let numbers = self.numbers(name).unwrap_or_default();
        numbers.into_iter().map(Number::to_integer).collect()
    }

    /// The bytes of a string.
    pub fn string(&self, name: &str) -> Option<&'a [u8]> {
        let (packed, position) = self.value(name)?;
        if packed >> 2 != kind::STRING {
            return None;
        }
        let start = follow(self.bytes, position, self.values.width)?;
        let len = length(self.bytes, start, 1 << (packed & 3), 1)?;
        self.bytes.get(start..start + len)
    }

    fn index(&self, name: &str) -> Option<usize> {
        (0..self.keys.len).find(|index| {
            let position = self.keys.start + index * self.keys.width;
            let key = follow(self.bytes, position, self.keys.width);
            key.and_then(|key| self.bytes.get(key..))
                .and_then(|rest| rest.strip_prefix(name.as_bytes()))
                .is_some_and(|rest| rest.first() == Some(&0))
        })
    }

    /// The packed type of a value, and where it stands.
    fn value(&self, name: &str) -> Option<(u8, usize)> {
        let index = self.index(name)?;
        let Vector { start, width, len } = self.values;
        let packed = *self.bytes.get(start + len * width + index)?;
        Some((packed, start + index * width))
    }

    fn number(&self, name: &str) -> Option<Number> {
        let (packed, position) = self.value(name)?;
        number(self.bytes, packed, position, self.values.width)
    }

    fn numbers(&self, name: &str) -> Option<Vec<Number>> {
        let (packed, position) = self.value(name)?;
        let start = follow(self.bytes, position, self.values.width)?;
        let width = 1 << (packed & 3);
        let kind = packed >> 2;
        let (element, fixed) = match kind {
            kind::VECTOR => (None, None),
            kind::VECTOR_INT..=kind::VECTOR_FLOAT => {
                (Some(kind - kind::VECTOR_INT + kind::INT), None)
            }
            kind::VECTOR_INT2..=kind::VECTOR_FLOAT4 => {
                let place = kind - kind::VECTOR_INT2;
                (
                    Some(place % 3 + kind::INT),
                    Some(usize::from(place / 3 + 2)),
                )
            }
            _ => return None,
        };
        let len = match fixed {
            Some(len) => len,
            None => length(self.bytes, start, width, width)?,
        };
        let elements = (0..len).map(|index| {
            let packed = match element {
                Some(element) => element << 2,
                None => *self.bytes.get(start + len * width + index)?,
            };
            number(self.bytes, packed, start + index * width, width)
        });
        elements.collect()
    }
}

impl Number {
    fn to_integer(self) -> i64 {
        match self {
            Number::Signed(value) => value,
            Number::Unsigned(value) => value as i64,
            Number::Float(value) => value as i64,
        }
    }
}

/// The number at `position`, or where the offset there points to.
fn number(bytes: &[u8], packed: u8, position: usize, width: usize) -> Option<Number> {
    let target = || Some((follow(bytes, position, width)?, 1 << (packed & 3)));
    match packed >> 2 {
        kind::INT => signed(bytes, position, width),
        kind::UINT | kind::BOOL => unsigned(bytes, position, width).map(Number::Unsigned),
        kind::FLOAT => float(bytes, position, width),
        kind::INDIRECT_INT => target().and_then(|(at, width)| signed(bytes, at, width)),
        kind::INDIRECT_UINT => target()
            .and_then(|(at, width)| unsigned(bytes, at, width))
            .map(Number::Unsigned),
        kind::INDIRECT_FLOAT => target().and_then(|(at, width)| float(bytes, at, width)),
        _ => None,
    }
}

/// The types of values.
mod kind {
    pub(super) const INT: u8 = 1;
    pub(super) const UINT: u8 = 2;
    pub(super) const FLOAT: u8 = 3;
    pub(super) const STRING: u8 = 5;
    pub(super) const INDIRECT_INT: u8 = 6;
    pub(super) const INDIRECT_UINT: u8 = 7;
    pub(super) const INDIRECT_FLOAT: u8 = 8;
    pub(super) const MAP: u8 = 9;
    pub(super) const VECTOR: u8 = 10;
    pub(super) const VECTOR_INT: u8 = 11;
    pub(super) const VECTOR_FLOAT: u8 = 13;
    pub(super) const VECTOR_INT2: u8 = 16;
    pub(super) const VECTOR_FLOAT4: u8 = 24;
    pub(super) const BOOL: u8 = 26;
}

/// The number, `width` bytes wide, of the elements that follow it from `start` on, each of `element`
/// bytes; they lie within the bytes.
fn length(bytes: &[u8], start: usize, width: usize, element: usize) -> Option<usize> {
    let len = unsigned(bytes, start.checked_sub(width)?, width)?;
    let len = usize::try_from(len).ok()?;
    let end = len.checked_mul(element)?.checked_add(start)?;
    (end <= bytes.len()).then_some(len)
}

/// Where the offset at `position` points to.
fn follow(bytes: &[u8], position: usize, width: usize) -> Option<usize> {
    let offset = usize::try_from(unsigned(bytes, position, width)?).ok()?;
    position.checked_sub(offset)
}

fn field(bytes: &[u8], position: usize, width: usize) -> Option<&[u8]> {
    matches!(width, 1 | 2 | 4 | 8)
        .then(|| bytes.get(position..position.checked_add(width)?))
        .flatten()
}

fn unsigned(bytes: &[u8], position: usize, width: usize) -> Option<u64> {
    let mut wide = [0; 8];
    wide[..width.min(8)].copy_from_slice(field(bytes, position, width)?);
    Some(u64::from_le_bytes(wide))
}

fn signed(bytes: &[u8], position: usize, width: usize) -> Option<Number> {
    let unused = 64 - 8 * width as u32;
    let value = (unsigned(bytes, position, width)? << unused) as i64 >> unused;
    Some(Number::Signed(value))
}

fn float(bytes: &[u8], position: usize, width: usize) -> Option<Number> {
    let value = match *field(bytes, position, width)? {
        [a, b, c, d] => f32::from_le_bytes([a, b, c, d]).into(),
        [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => return None,
    };
    Some(Number::Float(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"a": -2, "b": 1.5, "c": true, "d": [7, -8], "e": "hi"}` as the format lays it out, with elements of four bytes.
    fn map() -> Vec<u8> {
        let mut bytes = b"a\0b\0c\0d\0e\0".to_vec();
        // The vector and the string: how long they are, then what they hold.
        bytes.extend([2, 7, 0xf8, 2]);
        bytes.extend(b"hi\0\0\0");
        // The keys: their number, then offsets back from where each offset stands.
        bytes.extend([5_u8, 20, 19, 18, 17, 16]);
        // The offset of the keys, their width, the number of values.
        for field in [5_u32, 1, 5] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend((-2_i32).to_le_bytes());
        bytes.extend(1.5_f32.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        // The vector starts at 11, the string at 14, their offsets stand at 49 and 53.
        for offset in [49_u32 - 11, 53 - 14] {
            bytes.extend(offset.to_le_bytes());
        }
        bytes.extend([kind::INT, kind::FLOAT, kind::BOOL].map(|kind| kind << 2 | 2));
        bytes.extend([kind::VECTOR_INT, kind::STRING].map(|kind| kind << 2));
        // The root: the offset of the values, its type and its width.
        bytes.extend([25, kind::MAP << 2 | 2, 1]);
        bytes
    }

    #[test]
    fn numbers_turn_into_each_other() {
        let bytes = map();
        let map = FlexMap::new(&bytes).unwrap();
        assert_eq!((map.integer("a"), map.float("a")), (-2, -2.0));
        assert_eq!((map.integer("b"), map.float("b")), (1, 1.5));
        assert!(map.boolean("c") && map.contains("c"));
        assert_eq!(map.integers("d"), [7, -8]);
        assert_eq!(map.string("e"), Some(&b"hi"[..]));
        assert!(!map.contains("") && !map.contains("f") && map.integer("f") == 0);
        assert!(map.integer("d") == 0 && map.integers("a").is_empty());
    }

    #[test]
    fn damaged_bytes_never_panic() {
        let original = map();
        for place in 0..original.len() {
            for byte in 0..=u8::MAX {
                let mut bytes = original.clone();
                bytes[place] = byte;
                if let Ok(map) = FlexMap::new(&bytes) {
                    for name in ["a", "b", "c", "d", "e", ""] {
                        let _ = (map.integer(name), map.float(name));
                        let _ = (map.integers(name), map.string(name));
                    }
                }
            }
            assert!(FlexMap::new(&original[..place]).is_err());
        }
    }
}
