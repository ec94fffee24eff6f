//! ELU.

use demilite_core::{DataType, NodeContext};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::half_precision::halves;
use crate::elementwise::table::table;
use crate::elementwise::types::same_type;
use crate::elementwise::unary::elementwise;

/// `x` from 0 up, `exp(x) − 1` below.
pub fn elu_f32(x: f32) -> f32 {
    if x < 0.0 { x.exp_m1() } else { x }
}

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(elu_f32)),
        DataType::Float16 => Ok(halves(elu_f32)),
        DataType::Int8 => table::<i8>(node, elu_f32),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_branches_meet_at_zero() {
        assert_eq!(elu_f32(1.5), 1.5);
        assert_eq!(elu_f32(0.0), 0.0);
        assert_eq!(elu_f32(-1e-8), -1e-8);
        assert_eq!(elu_f32(f32::NEG_INFINITY), -1.0);
    }
}
