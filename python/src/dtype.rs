//! Element types as numpy has them.

use demilite::DataType;

/// The type string of numpy's array interface; `None` for elements that are not numbers of whole bytes.
pub(crate) fn type_string(dtype: DataType) -> Option<&'static str> {
    Some(match dtype {
        DataType::Float16 => "<f2",
        DataType::Float32 => "<f4",
        DataType::Float64 => "<f8",
        DataType::Complex64 => "<c8",
        DataType::Complex128 => "<c16",
        DataType::Bool => "|b1",
        DataType::Int8 => "|i1",
        DataType::Int16 => "<i2",
        DataType::Int32 => "<i4",
        DataType::Int64 => "<i8",
        DataType::UInt8 => "|u1",
        DataType::UInt16 => "<u2",
        DataType::UInt32 => "<u4",
        DataType::UInt64 => "<u8",
        // numpy knows neither; the bits are theirs.
        DataType::BFloat16 => "<u2",
        DataType::Float8E4M3Fn | DataType::Float8E5M2 => "|u1",
        DataType::String
        | DataType::Resource
        | DataType::Variant
        | DataType::Int4
        | DataType::Int2
        | DataType::UInt4 => return None,
    })
}

/// The name of the numpy type that stands for elements, one in each place of an array.
pub(crate) fn numpy_name(dtype: DataType) -> &'static str {
    match dtype {
        DataType::String | DataType::Resource | DataType::Variant => "object_",
        DataType::Bool => "bool_",
        DataType::Int4 | DataType::Int2 => "int8",
        DataType::UInt4 | DataType::Float8E4M3Fn | DataType::Float8E5M2 => "uint8",
        DataType::BFloat16 => "uint16",
        other => other.name(),
    }
}
