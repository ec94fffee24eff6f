//! CEIL, FLOOR and ROUND.

use demilite_core::{DataType, NodeContext};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::half_precision::halves;
use crate::elementwise::types::same_type;
use crate::elementwise::unary::elementwise;

/// The nearest whole number, halves to the even one. Numbers between −1/2 and 0 become +0, as in
/// LiteRT.
pub fn round_f32(x: f32) -> f32 {
    let floor = x.floor();
    let fraction = x - floor;
    if fraction < 0.5 || (fraction == 0.5 && floor % 2.0 == 0.0) {
        floor
    } else {
        floor + 1.0
    }
}

pub(super) fn prepare(node: &NodeContext<'_>, function: fn(f32) -> f32) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(function)),
        DataType::Float16 => Ok(halves(function)),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_number() {
        let rounded = [0.5, 1.5, 2.5, -0.5, -1.5, 2.4, -2.6].map(round_f32);
        assert_eq!(rounded, [0.0, 2.0, 2.0, 0.0, -2.0, 2.0, -3.0]);
        assert_eq!(round_f32(-0.25).to_bits(), 0);
        assert_eq!(round_f32(f32::INFINITY), f32::INFINITY);
    }
}
