//! What samples become for an input.

use demilite::image::Normalization;
use demilite::{DataType, Shape, Tensor, Value};

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

/// A sample as its input takes it: in its type, or as the reals that it stands for, which a quantized input takes with its own scale. A
/// rule makes reals of the numbers; it has one mean and divisor, or one for each place of the last axis.
pub(super) fn in_type(
    value: Value,
    tensor: &Tensor,
    rule: Option<&Normalization>,
) -> Result<Value, String> {
    let (given, wanted) = (value.dtype(), tensor.dtype);
    let takes_reals = wanted == DataType::Float32 || tensor.quantization.is_some();
    if given == wanted && (rule.is_none() || !takes_reals) {
        return Ok(value);
    }
    if !takes_reals {
        return Err(format!(
            "an array of {given} where the model takes {wanted}"
        ));
    }
    let mut reals = reals(&value).ok_or_else(|| format!("an array of {given} for {wanted}"))?;
    if let Some(rule) = rule {
        let channels = value.shape().last().copied().unwrap_or(1);
        if !rule.fits(channels) {
            return Err(format!(
                "--mean and --std have {} and {} numbers, and the last axis of the array {channels} places",
                rule.mean().len(),
                rule.std().len()
            ));
        }
        for (place, real) in reals.iter_mut().enumerate() {
            let of = |numbers: &[f32]| numbers[place % channels % numbers.len()];
            *real = (*real - of(rule.mean())) / of(rule.std());
        }
    }
    Value::from_slice(value.shape().clone(), &reals).map_err(|error| error.to_string())
}

/// Numbers as float32.
fn reals(value: &Value) -> Option<Vec<f32>> {
    Some(match value.dtype() {
        DataType::Float32 => value.as_slice::<f32>().ok()?.to_vec(),
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
