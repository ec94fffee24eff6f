//! ABS.

use demilite_core::quantization::AbsScale;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::half_precision::halves;
use crate::elementwise::types::same_type;
use crate::elementwise::unary::elementwise;
use crate::quantized::element::QuantizedElement;

fn quantized<T: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    let scale = AbsScale::new(per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    Ok(elementwise(move |x: T| {
        T::saturate(scale.apply(x.to_i32()))
    }))
}

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(f32::abs)),
        DataType::Float16 => Ok(halves(f32::abs)),
        DataType::Int8 => quantized::<i8>(node),
        DataType::Int16 if node.required(0)?.quantization.is_some() => quantized::<i16>(node),
        DataType::Int16 => Ok(elementwise(i16::wrapping_abs)),
        DataType::Int32 => Ok(elementwise(i32::wrapping_abs)),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magnitudes_are_rescaled() {
        let scale = AbsScale::new((0.5, 10), (0.25, -100));
        assert_eq!(scale.apply(7), -94);
        assert_eq!(scale.apply(13), -94);
        let same = AbsScale::new((0.5, 10), (0.5, 3));
        assert_eq!(same.apply(-128), 141);
    }
}
