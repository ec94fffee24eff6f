//! How far the outputs of a quantized model are from those of the float one.

use demilite_core::{DataType, Quantization, Tensor, Value};

/// Sums of squares of outputs and of what was lost of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Noise {
    signal: f64,
    noise: f64,
}

impl Noise {
    /// Adds the outputs of one sample.
    pub(crate) fn add(&mut self, floats: &[f32], others: &[f32]) {
        for (&float, &other) in std::iter::zip(floats, others) {
            let (float, other) = (f64::from(float), f64::from(other));
            if float.is_finite() && other.is_finite() {
                self.signal += float * float;
                self.noise += (float - other) * (float - other);
            }
        }
    }

    /// The signal-to-quantization-noise ratio in decibels; at most 200.
    pub(crate) fn sqnr(&self) -> f64 {
        if self.noise == 0.0 {
            return 200.0;
        }
        (10.0 * (self.signal.max(1e-300) / self.noise).log10()).min(200.0)
    }
}

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
