//! TANH.

pub use demilite_core::float::tanh as tanh_f32;
use demilite_core::quantization::LookupTable8;
pub use demilite_core::quantization::Tanh16;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::half_precision::halves;
use crate::elementwise::unary::elementwise;
use crate::quantized::element::QuantizedElement;

/// The table of the 8-bit hyperbolic tangent for scales and zero points of input and output.
pub fn tanh_table<T: QuantizedElement>(input: (f32, i32), output: (f32, i32)) -> LookupTable8 {
    LookupTable8::new(input, output, T::RANGE, f32::tanh)
}

fn table<T: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    let table = tanh_table::<T>(per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    Ok(elementwise(move |x: T| T::saturate(table.get(x.to_i32()))))
}

pub(crate) fn prepare(_: &op::Tanh, node: &NodeContext<'_>) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [DataType::Float32, DataType::Float32] => Ok(elementwise(tanh_f32)),
        [DataType::Float16, DataType::Float16] => Ok(halves(tanh_f32)),
        [DataType::Int8, DataType::Int8] => table::<i8>(node),
        [DataType::UInt8, DataType::UInt8] => table::<u8>(node),
        [DataType::Int16, DataType::Int16] => {
            let (scale, _) = per_tensor(node.output(0))?;
            let log2 = scale.log2();
            if (log2 + 15.0).abs() >= 1e-3 {
                let rule = format!("its output has scale {scale} where 1/32768 is needed");
                return Err(Reject::invalid(rule).into());
            }
            let tanh = Tanh16::new(per_tensor(node.required(0)?)?.0);
            Ok(elementwise(move |x| tanh.get(x)))
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bits_round_the_real_function() {
        let table = tanh_table::<i8>((0.05, 0), (1.0 / 128.0, 0));
        assert_eq!(table.get(0), 0);
        // 128 · tanh(1) = 97.48 and 128 · tanh(6.35) = 127.999.
        assert_eq!((table.get(20), table.get(-20)), (97, -97));
        assert_eq!(table.get(127), 127);
    }

    #[test]
    fn sixteen_bits_follow_the_real_function() {
        for scale in [1.0 / 4096.0, 1.0 / 2048.0, 2e-4] {
            let tanh = Tanh16::new(scale);
            for value in (i16::MIN..=i16::MAX).step_by(251) {
                let real = 32768.0 * (f64::from(scale) * f64::from(value)).tanh();
                let error = f64::from(tanh.get(value)) - real;
                assert!(error.abs() < 6.0, "{value} · {scale}: {error}");
            }
        }
    }
}
