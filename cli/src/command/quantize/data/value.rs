//! What samples become for an input.

use demilite::{DataType, Shape, Value};

/// The shape in which a sample of this shape goes to an input; `None` where it does not fit.
pub(super) fn shape_of_sample(of_one: &[usize], input: &Shape) -> Option<Shape> {
    let of_one: Shape = of_one.iter().copied().collect();
    if of_one.elements() == input.elements() {
        return Some(input.clone());
    }
    // An open extent is 1 or 0 in the input's shape.
    let batched: Shape = std::iter::once(1).chain(of_one.iter().copied()).collect();
    [of_one, batched].into_iter().find(|shape| {
        let mut extents = std::iter::zip(shape.iter(), input.iter());
        shape.rank() == input.rank()
            && extents.all(|(given, stated)| given == stated || *stated <= 1)
    })
}

/// A sample in the type of its input: numbers become float32, and nothing else another type.
pub(super) fn in_type(value: Value, wanted: DataType) -> Result<Value, String> {
    match (value.dtype(), wanted) {
        (given, wanted) if given == wanted => Ok(value),
        (given, DataType::Float32) => {
            let reals = reals(&value).ok_or_else(|| format!("an array of {given} for float32"))?;
            Value::from_slice(value.shape().clone(), &reals).map_err(|error| error.to_string())
        }
        (given, wanted) => Err(format!(
            "an array of {given} where the model takes {wanted}"
        )),
    }
}

/// Numbers as float32.
fn reals(value: &Value) -> Option<Vec<f32>> {
    Some(match value.dtype() {
        DataType::Float64 => value
            .as_slice::<f64>()
            .ok()?
            .iter()
            .map(|&v| v as f32)
            .collect(),
        DataType::Int8 => value
            .as_slice::<i8>()
            .ok()?
            .iter()
            .map(|&v| v.into())
            .collect(),
        DataType::UInt8 => value
            .as_slice::<u8>()
            .ok()?
            .iter()
            .map(|&v| v.into())
            .collect(),
        DataType::Int16 => value
            .as_slice::<i16>()
            .ok()?
            .iter()
            .map(|&v| v.into())
            .collect(),
        DataType::Int32 => value
            .as_slice::<i32>()
            .ok()?
            .iter()
            .map(|&v| v as f32)
            .collect(),
        DataType::Int64 => value
            .as_slice::<i64>()
            .ok()?
            .iter()
            .map(|&v| v as f32)
            .collect(),
        _ => return None,
    })
}
