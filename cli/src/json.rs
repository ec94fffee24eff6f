//! The elements of tensors as JSON values.

use demilite::{DataType, Element, Value};
use half::{bf16, f16};
use serde_json::Value as Json;

/// The elements in row-major order. Reals that JSON has no numbers for are the strings `NaN`, `Infinity` and `-Infinity`; what
/// is not UTF-8 in strings becomes U+FFFD, and other types that stand for no numbers give `null`.
pub(crate) fn elements(value: &Value) -> Json {
    fn all<T: Element>(value: &Value, json: impl Fn(T) -> Json) -> Json {
        let elements = value.as_slice::<T>().unwrap_or_default();
        elements.iter().map(|&element| json(element)).collect()
    }
    match value.dtype() {
        DataType::Float32 => all::<f32>(value, single),
        DataType::Float64 => all::<f64>(value, double),
        DataType::Float16 => all::<f16>(value, |real| single(real.to_f32())),
        DataType::BFloat16 => {
            let pairs = value.bytes().chunks_exact(2);
            pairs
                .map(|pair| single(bf16::from_le_bytes([pair[0], pair[1]]).to_f32()))
                .collect()
        }
        DataType::Int8 => all::<i8>(value, Json::from),
        DataType::Int16 => all::<i16>(value, Json::from),
        DataType::Int32 => all::<i32>(value, Json::from),
        DataType::Int64 => all::<i64>(value, Json::from),
        DataType::UInt8 => all::<u8>(value, Json::from),
        DataType::UInt16 => all::<u16>(value, Json::from),
        DataType::UInt32 => all::<u32>(value, Json::from),
        DataType::UInt64 => all::<u64>(value, Json::from),
        DataType::String => match value.strings() {
            Ok(strings) => strings.iter().map(String::from_utf8_lossy).collect(),
            Err(_) => Json::Null,
        },
        DataType::Bool => value.bytes().iter().map(|&byte| byte != 0).collect(),
        _ => Json::Null,
    }
}

/// A real, to the last of its bits.
pub(crate) fn single(real: f32) -> Json {
    double(real.into())
}

fn double(real: f64) -> Json {
    let name = match real {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ if real.is_nan() => "NaN",
        _ => return Json::from(real),
    };
    Json::from(name)
}

#[cfg(test)]
mod tests {
    use demilite::{DataType, Shape, Value};
    use half::f16;

    use super::elements;

    #[test]
    fn floats_keep_their_values_and_what_is_no_number_its_name() {
        let reals = [0.5, -0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
        let json = elements(&Value::from_slice([5], &reals).unwrap()).to_string();
        assert_eq!(json, r#"[0.5,-0.0,"NaN","Infinity","-Infinity"]"#);
        let halves = [f16::from_f32(0.333), f16::MAX, f16::NAN, f16::NEG_INFINITY];
        let bytes: Vec<u8> = halves.iter().flat_map(|half| half.to_le_bytes()).collect();
        let value = Value::from_bytes(DataType::Float16, Shape::from([4]), &bytes).unwrap();
        let json = elements(&value).to_string();
        assert_eq!(json, r#"[0.3330078125,65504.0,"NaN","-Infinity"]"#);
        let doubles = Value::from_slice([2], &[0.1_f64, f64::NAN]).unwrap();
        assert_eq!(elements(&doubles).to_string(), r#"[0.1,"NaN"]"#);
    }
}
