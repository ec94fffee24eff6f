//! LiteRT's types of elements, which it counts otherwise than the schema.

use demilite::DataType;

/// Each type under its code in LiteRT, from 1 on.
const TYPES: [DataType; 23] = [
    DataType::Float32,
    DataType::Int32,
    DataType::UInt8,
    DataType::Int64,
    DataType::String,
    DataType::Bool,
    DataType::Int16,
    DataType::Complex64,
    DataType::Int8,
    DataType::Float16,
    DataType::Float64,
    DataType::Complex128,
    DataType::UInt64,
    DataType::Resource,
    DataType::Variant,
    DataType::UInt32,
    DataType::UInt16,
    DataType::Int4,
    DataType::BFloat16,
    DataType::Int2,
    DataType::UInt4,
    DataType::Float8E4M3Fn,
    DataType::Float8E5M2,
];

/// The type with this code.
pub(crate) fn from_code(code: i32) -> Result<DataType, String> {
    let index = usize::try_from(code)
        .ok()
        .and_then(|code| code.checked_sub(1));
    let dtype = index.and_then(|index| TYPES.get(index)).copied();
    dtype.ok_or_else(|| format!("the type with code {code} is not known here"))
}

/// The code of a type.
pub(crate) fn code(dtype: DataType) -> i32 {
    let index = TYPES.iter().position(|each| *each == dtype);
    index.map_or(0, |index| index as i32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_code() {
        for &dtype in DataType::ALL {
            assert_eq!(from_code(code(dtype)), Ok(dtype));
        }
        assert!(from_code(0).is_err() && from_code(24).is_err());
    }
}
