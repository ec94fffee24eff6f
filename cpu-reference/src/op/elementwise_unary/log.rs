//! LOG.

use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::half_precision::halves;
use crate::elementwise::table::{table, table_16};
use crate::elementwise::types::same_type;
use crate::elementwise::unary::elementwise;
use crate::quantized::element::QuantizedElement;

/// The natural logarithm of a quantized number's real; `floor` for one that has none.
pub fn log_or_floor(x: f32, floor: f32) -> f32 {
    if x <= 0.0 { floor } else { x.ln() }
}

/// The least real that the output can stand for.
fn floor<T: QuantizedElement>(node: &NodeContext<'_>) -> Result<f32, Unprepared> {
    let (scale, zero_point) = per_tensor(node.output(0))?;
    Ok((T::RANGE.0 - zero_point) as f32 * scale)
}

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(f32::ln)),
        DataType::Float16 => Ok(halves(f32::ln)),
        DataType::Int8 => {
            let floor = floor::<i8>(node)?;
            table::<i8>(node, |x| log_or_floor(x, floor))
        }
        DataType::Int16 => {
            let floor = floor::<i16>(node)?;
            table_16(node, |x| log_or_floor(x, floor))
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_without_a_logarithm_are_at_the_floor() {
        assert_eq!(log_or_floor(1.0, -9.0), 0.0);
        assert_eq!(log_or_floor(0.0, -9.0), -9.0);
        assert_eq!(log_or_floor(-1.0, -9.0), -9.0);
    }
}
