//! The reals that inputs and outputs of quantized models stand for.

use demilite_core::{DataType, Quantization, Tensor, Value};

/// The reals that an output of a model stands for; none where it stands for none.
pub(crate) fn reals_of(value: &Value, tensor: &Tensor) -> Option<Vec<f32>> {
    let parameters = tensor.quantization.as_ref();
    let dequantized = |integers: &mut dyn Iterator<Item = i64>| {
        let parameters = parameters.filter(|parameters| !parameters.scale.is_empty());
        let one = Quantization::per_tensor(1.0, 0);
        let parameters = parameters.unwrap_or(&one);
        parameters.dequantize_all(integers, value.shape())
    };
    match value.dtype() {
        DataType::Float32 => Some(value.as_slice::<f32>().ok()?.to_vec()),
        DataType::Int8 => {
            let integers = value.as_slice::<i8>().ok()?;
            Some(dequantized(&mut integers.iter().map(|&step| step.into())))
        }
        DataType::UInt8 => {
            let integers = value.as_slice::<u8>().ok()?;
            Some(dequantized(&mut integers.iter().map(|&step| step.into())))
        }
        DataType::Int16 => {
            let integers = value.as_slice::<i16>().ok()?;
            Some(dequantized(&mut integers.iter().map(|&step| step.into())))
        }
        _ => None,
    }
}

/// A float input in the type that a quantized model takes it in; none where it takes it as it is.
pub(crate) fn quantized(value: &Value, tensor: &Tensor) -> Option<Value> {
    if value.dtype() == tensor.dtype {
        return None;
    }
    let parameters = tensor.quantization.as_ref()?;
    let (least, greatest) = tensor.dtype.quantized_range()?;
    let reals = value.as_slice::<f32>().ok()?;
    let steps = reals.iter().map(|&real| {
        let step = parameters.quantize(real, 0);
        step.clamp(least.into(), greatest.into())
    });
    let bytes: Vec<u8> = match tensor.dtype {
        DataType::Int16 => steps.flat_map(|step| (step as i16).to_le_bytes()).collect(),
        _ => steps.map(|step| step as u8).collect(),
    };
    Value::from_bytes(tensor.dtype, value.shape().clone(), &bytes).ok()
}
