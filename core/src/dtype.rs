//! Element types of tensors.

use std::fmt;

macro_rules! data_types {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal, $bits:expr;)+) => {
        /// Element type of a tensor, with the codes of the `.tflite` schema's `TensorType`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum DataType {
            $($(#[$doc])* $variant = $code,)+
        }

        impl DataType {
            /// Every element type, in the order of the schema's codes.
            pub const ALL: &'static [DataType] = &[$(DataType::$variant),+];

            /// The element type with this code in the schema, if there is one.
            pub fn from_code(code: i8) -> Option<Self> {
                match code {
                    $($code => Some(DataType::$variant),)+
                    _ => None,
                }
            }

            /// The name that this project prints, such as `int8`.
            pub fn name(self) -> &'static str {
                match self {
                    $(DataType::$variant => $name,)+
                }
            }

            /// Bits that one element takes, or `None` where elements have no fixed size.
            pub fn bits(self) -> Option<usize> {
                match self {
                    $(DataType::$variant => $bits,)+
                }
            }
        }
    };
}

data_types! {
    /// IEEE 754 single precision.
    Float32 = 0, "float32", Some(32);
    /// IEEE 754 half precision.
    Float16 = 1, "float16", Some(16);
    /// Signed 32-bit integer.
    Int32 = 2, "int32", Some(32);
    /// Unsigned 8-bit integer: the legacy quantized type.
    UInt8 = 3, "uint8", Some(8);
    /// Signed 64-bit integer.
    Int64 = 4, "int64", Some(64);
    /// Byte strings of varying length, packed with their offsets.
    String = 5, "string", None;
    /// One byte, 0 or 1.
    Bool = 6, "bool", Some(8);
    /// Signed 16-bit integer.
    Int16 = 7, "int16", Some(16);
    /// Two single-precision floats.
    Complex64 = 8, "complex64", Some(64);
    /// Signed 8-bit integer: the quantized type of the 8-bit specification.
    Int8 = 9, "int8", Some(8);
    /// IEEE 754 double precision.
    Float64 = 10, "float64", Some(64);
    /// Two double-precision floats.
    Complex128 = 11, "complex128", Some(128);
    /// Unsigned 64-bit integer.
    UInt64 = 12, "uint64", Some(64);
    /// A handle to a variable or a table.
    Resource = 13, "resource", Some(32);
    /// An opaque value of a variant op.
    Variant = 14, "variant", None;
    /// Unsigned 32-bit integer.
    UInt32 = 15, "uint32", Some(32);
    /// Unsigned 16-bit integer.
    UInt16 = 16, "uint16", Some(16);
    /// Signed 4-bit integer, two in a byte, the low half first.
    Int4 = 17, "int4", Some(4);
    /// The upper half of a single-precision float.
    BFloat16 = 18, "bfloat16", Some(16);
    /// Signed 2-bit integer, four in a byte, the low bits first.
    Int2 = 19, "int2", Some(2);
    /// Unsigned 4-bit integer, two in a byte, the low half first.
    UInt4 = 20, "uint4", Some(4);
    /// 8-bit float, 4 bits of exponent, no infinities.
    Float8E4M3Fn = 21, "float8_e4m3fn", Some(8);
    /// 8-bit float, 5 bits of exponent.
    Float8E5M2 = 22, "float8_e5m2", Some(8);
}

impl DataType {
    /// Bytes that `elements` elements take, packed types rounded up to whole bytes; `None` where
    /// elements have no fixed size or the number overflows.
    pub fn bytes_for(self, elements: usize) -> Option<usize> {
        Some(self.bits()?.checked_mul(elements)?.div_ceil(8))
    }

    /// Alignment in bytes that a slice of this type needs in memory.
    pub fn alignment(self) -> usize {
        match self {
            DataType::Complex64 => 4,
            DataType::Complex128 => 8,
            other => other.bits().map_or(1, |bits| bits.div_ceil(8)),
        }
    }

    /// Whether values of this type can stand for quantized reals.
    pub fn is_quantizable(self) -> bool {
        self.quantized_range().is_some()
    }

    /// Smallest and largest value of an integer type that can hold quantized values.
    pub fn quantized_range(self) -> Option<(i32, i32)> {
        match self {
            DataType::Int8 => Some((-128, 127)),
            DataType::UInt8 => Some((0, 255)),
            DataType::Int16 => Some((-32768, 32767)),
            DataType::Int4 => Some((-8, 7)),
            DataType::UInt4 => Some((0, 15)),
            DataType::Int2 => Some((-2, 1)),
            DataType::Int32 => Some((i32::MIN, i32::MAX)),
            _ => None,
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A Rust type whose slices hold tensors of one [`DataType`].
pub trait Element: bytemuck::Pod + Send + Sync {
    /// The element type that this Rust type stands for.
    const DATA_TYPE: DataType;
}

macro_rules! elements {
    ($($rust:ty => $variant:ident),+ $(,)?) => {
        $(impl Element for $rust {
            const DATA_TYPE: DataType = DataType::$variant;
        })+
    };
}

elements! {
    f32 => Float32, half::f16 => Float16, f64 => Float64, half::bf16 => BFloat16,
    i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64,
    u8 => UInt8, u16 => UInt16, u32 => UInt32, u64 => UInt64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_round_trip() {
        for &dtype in DataType::ALL {
            assert_eq!(DataType::from_code(dtype as i8), Some(dtype));
        }
        assert_eq!(DataType::from_code(23), None);
    }

    #[test]
    fn packed_types_round_up_to_bytes() {
        assert_eq!(DataType::Int4.bytes_for(3), Some(2));
        assert_eq!(DataType::Int2.bytes_for(5), Some(2));
        assert_eq!(DataType::Float32.bytes_for(usize::MAX), None);
        assert_eq!(DataType::String.bytes_for(1), None);
    }
}
