//! LOGISTIC: `1 / (1 + exp(−x))`.

pub use demilite_core::float::logistic as logistic_f32;
use demilite_core::quantization::Logistic16;
use demilite_core::quantization::LookupTable8;
pub use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::half_precision::halves;
use crate::elementwise::unary::elementwise;
use crate::quantized::element::QuantizedElement;

/// The table of the 8-bit logistic function for scales and zero points of input and output.
pub fn logistic_table<T: QuantizedElement>(input: (f32, i32), output: (f32, i32)) -> LookupTable8 {
    LookupTable8::new(input, output, T::RANGE, |x| 1.0 / (1.0 + (-x).exp()))
}

/// Checks that the output has exactly the scale that the arithmetic gives it.
fn expect_output_scale(node: &NodeContext<'_>, scale: f32) -> Result<(), Unprepared> {
    let output = per_tensor(node.output(0))?;
    if output.0 == scale {
        return Ok(());
    }
    let rule = format!("its output has scale {} where {scale} is needed", output.0);
    Err(Reject::invalid(rule).into())
}

fn table<T: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    expect_output_scale(node, 1.0 / 256.0)?;
    let table = logistic_table::<T>(per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    Ok(elementwise(move |x: T| T::saturate(table.get(x.to_i32()))))
}

pub(crate) fn prepare(_: &op::Logistic, node: &NodeContext<'_>) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [DataType::Float32, DataType::Float32] => Ok(elementwise(logistic_f32)),
        [DataType::Float16, DataType::Float16] => Ok(halves(logistic_f32)),
        [DataType::Int8, DataType::Int8] => table::<i8>(node),
        [DataType::UInt8, DataType::UInt8] => table::<u8>(node),
        [DataType::Int16, DataType::Int16] => {
            expect_output_scale(node, 1.0 / 32768.0)?;
            let logistic = Logistic16::new(per_tensor(node.required(0)?)?.0);
            Ok(elementwise(move |x| logistic.get(x)))
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_far_out_are_exact() {
        assert_eq!(logistic_f32(0.0), 0.5);
        assert_eq!(logistic_f32(17.0), 1.0);
        assert_eq!(logistic_f32(f32::NEG_INFINITY), 0.0);
    }

    #[test]
    fn eight_bits_round_the_real_function() {
        let table = logistic_table::<i8>((0.1, 0), (1.0 / 256.0, -128));
        assert_eq!(table.get(0), 0);
        assert_eq!(table.get(127), 127);
        // 256 / (1 + e^1) = 68.85.
        assert_eq!(table.get(-10), 69 - 128);
    }

    #[test]
    fn sixteen_bits_follow_the_real_function() {
        for scale in [1.0 / 4096.0, 3e-4, 1e-3] {
            let logistic = Logistic16::new(scale);
            for value in (i16::MIN..=i16::MAX).step_by(251) {
                let real = 32768.0 / (1.0 + (-f64::from(scale) * f64::from(value)).exp());
                let error = f64::from(logistic.get(value)) - real;
                assert!(error.abs() < 3.0, "{value} · {scale}: {error}");
            }
        }
    }
}
