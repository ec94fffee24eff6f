//! HARD_SWISH: `x · min(6, max(0, x + 3)) / 6`.

use demilite_core::quantization::HardSwishScale;
pub use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::half_precision::halves;
use crate::elementwise::unary::elementwise;
use crate::quantized::element::QuantizedElement;

/// The function of a float.
pub fn hard_swish_f32(x: f32) -> f32 {
    let shifted = x + 3.0;
    let above_zero = if shifted > 0.0 { shifted } else { 0.0 };
    let gate = if above_zero < 6.0 { above_zero } else { 6.0 };
    x * gate / 6.0
}

fn quantized<T: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    let (input, output) = (per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    let scale = HardSwishScale::new(input, output).ok_or_else(|| {
        Reject::invalid(format!(
            "an input scale of {} is more than 128 times the output's, {}",
            input.0, output.0
        ))
    })?;
    Ok(elementwise(move |x: T| {
        T::saturate(scale.apply(x.to_i32()))
    }))
}

pub(crate) fn prepare(_: &op::HardSwish, node: &NodeContext<'_>) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [DataType::Float32, DataType::Float32] => Ok(elementwise(hard_swish_f32)),
        [DataType::Float16, DataType::Float16] => Ok(halves(hard_swish_f32)),
        [DataType::Int8, DataType::Int8] => quantized::<i8>(node),
        [DataType::UInt8, DataType::UInt8] => quantized::<u8>(node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        let values = [-4.0, -3.0, 0.0, 3.0, 5.0];
        assert_eq!(values.map(hard_swish_f32), [0.0, 0.0, 0.0, 3.0, 5.0]);
        assert_eq!(hard_swish_f32(1.0), 4.0 / 6.0);
    }

    #[test]
    fn eight_bits_follow_the_real_function() {
        for scale in [0.01_f32, 0.05, 0.4] {
            let output = (scale * 0.9, -7);
            let swish = HardSwishScale::new((scale, 3), output).unwrap();
            for value in -128..128 {
                let real = f64::from(hard_swish_f32(scale * (value - 3) as f32));
                let expected = real / f64::from(output.0) - 7.0;
                let error = f64::from(swish.apply(value)) - expected;
                assert!(error.abs() <= 1.0, "{value} · {scale}: {error}");
            }
        }
        assert_eq!(HardSwishScale::new((1.0, 0), (0.001, 0)), None);
    }
}
