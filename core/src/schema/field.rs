//! How the values of the schema lie in a FlatBuffer: scalars in their table, everything else behind
//! an offset.

use super::error::SchemaError;
use super::reader::Reader;
use super::writer::{Offset, Writer};

/// What a slot of a table can hold. A union takes two slots, its code and its value.
pub(super) trait Field<'a>: Sized {
    /// What goes into the table itself once the rest is written.
    type Stored;

    /// Reads from `positions`, those of this slot and the following ones.
    fn read(
        reader: &mut Reader<'a, '_>,
        positions: &[Option<usize>],
        default: Self,
    ) -> Result<Self, SchemaError>;

    /// Writes what lies outside of the table.
    fn store(&self, writer: &mut Writer) -> Result<Self::Stored, SchemaError>;

    /// Adds the field to the table that `writer` is in the middle of.
    fn put(stored: Self::Stored, writer: &mut Writer, slot: usize, default: Self);
}

/// What an offset can lead to.
pub(super) trait Referenced<'a>: Sized {
    /// Reads the value that starts at `at`.
    fn read(reader: &mut Reader<'a, '_>, at: usize) -> Result<Self, SchemaError>;

    /// Writes the value.
    fn write(&self, writer: &mut Writer) -> Result<Offset, SchemaError>;
}

/// What a vector can hold.
pub(super) trait Element<'a>: Sized {
    /// Length in bytes of an element within the vector: of the scalar, or of the offset to the
    /// table.
    const SIZE: usize;

    /// Reads the element whose inline part starts at `at`.
    fn read(reader: &mut Reader<'a, '_>, at: usize) -> Result<Self, SchemaError>;

    /// Writes a vector of them.
    fn write_vector(elements: &[Self], writer: &mut Writer) -> Result<Offset, SchemaError>;
}

impl<'a, T: Referenced<'a>> Field<'a> for Option<T> {
    type Stored = Option<Offset>;

    fn read(
        reader: &mut Reader<'a, '_>,
        positions: &[Option<usize>],
        _default: Self,
    ) -> Result<Self, SchemaError> {
        let Some(at) = positions[0] else {
            return Ok(None);
        };
        let target = reader.follow(at)?;
        T::read(reader, target).map(Some)
    }

    fn store(&self, writer: &mut Writer) -> Result<Self::Stored, SchemaError> {
        self.as_ref().map(|value| value.write(writer)).transpose()
    }

    fn put(stored: Self::Stored, writer: &mut Writer, slot: usize, _default: Self) {
        if let Some(offset) = stored {
            writer.offset(slot, offset);
        }
    }
}

impl<'a, T: Referenced<'a>> Referenced<'a> for Box<T> {
    fn read(reader: &mut Reader<'a, '_>, at: usize) -> Result<Self, SchemaError> {
        reader.charge::<T>(1)?;
        T::read(reader, at).map(Box::new)
    }

    fn write(&self, writer: &mut Writer) -> Result<Offset, SchemaError> {
        T::write(self, writer)
    }
}

impl<'a, T: Element<'a>> Referenced<'a> for Vec<T> {
    fn read(reader: &mut Reader<'a, '_>, at: usize) -> Result<Self, SchemaError> {
        let (length, start) = reader.vector(at, T::SIZE)?;
        reader.charge::<T>(length)?;
        let mut elements = Vec::with_capacity(length);
        for index in 0..length {
            let element = T::read(reader, start + index * T::SIZE);
            elements.push(element.map_err(|error| error.within(format_args!("[{index}]")))?);
        }
        Ok(elements)
    }

    fn write(&self, writer: &mut Writer) -> Result<Offset, SchemaError> {
        T::write_vector(self, writer)
    }
}

/// Bytes that are not UTF-8 are replaced by U+FFFD: a broken name is not a reason to refuse a model.
impl<'a> Referenced<'a> for String {
    fn read(reader: &mut Reader<'a, '_>, at: usize) -> Result<Self, SchemaError> {
        let (length, start) = reader.vector(at, 1)?;
        reader.charge::<u8>(length)?;
        Ok(String::from_utf8_lossy(reader.slice(start, length)?).into_owned())
    }

    fn write(&self, writer: &mut Writer) -> Result<Offset, SchemaError> {
        writer.string(self)
    }
}

/// Borrowed bytes are the data of a buffer.
impl<'a> Referenced<'a> for &'a [u8] {
    fn read(reader: &mut Reader<'a, '_>, at: usize) -> Result<Self, SchemaError> {
        let (length, start) = reader.vector(at, 1)?;
        reader.slice(start, length)
    }

    fn write(&self, writer: &mut Writer) -> Result<Offset, SchemaError> {
        writer.data(self)
    }
}

/// Implements [`Field`] and [`Element`] for scalars, given how their little-endian bytes are
/// decoded.
macro_rules! scalar {
    ($($scalar:ty: $decode:expr;)*) => {$(
        impl<'a> Field<'a> for $scalar {
            type Stored = Self;

            fn read(
                reader: &mut Reader<'a, '_>,
                positions: &[Option<usize>],
                default: Self,
            ) -> Result<Self, SchemaError> {
                positions[0].map_or(Ok(default), |at| <Self as Element>::read(reader, at))
            }

            fn store(&self, _writer: &mut Writer) -> Result<Self, SchemaError> {
                Ok(*self)
            }

            fn put(stored: Self, writer: &mut Writer, slot: usize, default: Self) {
                writer.field(slot, stored, default);
            }
        }

        impl<'a> Element<'a> for $scalar {
            const SIZE: usize = size_of::<Self>();

            fn read(reader: &mut Reader<'a, '_>, at: usize) -> Result<Self, SchemaError> {
                reader.array(at).map($decode)
            }

            fn write_vector(elements: &[Self], writer: &mut Writer) -> Result<Offset, SchemaError> {
                writer.scalars(elements)
            }
        }
    )*};
}

scalar! {
    bool: |[byte]: [u8; 1]| byte != 0;
    i8: i8::from_le_bytes;
    u8: u8::from_le_bytes;
    u16: u16::from_le_bytes;
    i32: i32::from_le_bytes;
    u32: u32::from_le_bytes;
    i64: i64::from_le_bytes;
    u64: u64::from_le_bytes;
    f32: f32::from_le_bytes;
}
