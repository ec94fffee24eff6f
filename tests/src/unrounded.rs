//! What float16 results are rounded from: the same case with float32 tensors in the place of float16 ones.
//!
//! A function of float16 tensors is computed with 32 bits and rounded. Where the function itself may be off by a little, so may be
//! what it is rounded to, next to where two float16 numbers meet and nowhere else.

use demilite_core::{Constant, DataType, Graph, Value, View};
use half::f16;

use crate::float_bound::FLOAT16_ROUNDOFF;

/// The graph with all its float16 tensors as float32.
pub(crate) fn unrounded(graph: &Graph) -> Result<Graph, String> {
    let mut parts = graph.clone().into_parts();
    for tensor in &mut parts.tensors {
        if tensor.dtype != DataType::Float16 {
            continue;
        }
        let constant = tensor.constant_view().map(widened);
        tensor.constant = constant.map(|value| Constant::copied(value.bytes()));
        tensor.dtype = DataType::Float32;
    }
    Graph::new(parts).map_err(|error| format!("with float32 in the place of float16: {error}"))
}

/// The same numbers, those of float16 as float32.
pub(crate) fn widened(view: View<'_>) -> Value {
    let Ok(halves) = view.as_slice::<f16>() else {
        return view.to_value();
    };
    let reals: Vec<f32> = halves.iter().map(|half| half.to_f32()).collect();
    Value::from_slice(view.shape().clone(), &reals).expect("as many elements as before")
}

/// Whether `half` is what a number within `slack` of `real` is rounded to, after `roundings` of parts of it on the way.
pub(crate) fn is_rounded_from(half: f16, real: f32, slack: f64, roundings: u32) -> bool {
    if half.is_nan() || real.is_nan() || slack == 0.0 {
        return false;
    }
    let real = f64::from(real);
    let on_the_way = f64::from(roundings) * (FLOAT16_ROUNDOFF * real.abs() + LEAST_HALF / 2.0);
    let slack = slack + on_the_way;
    (f16::from_f64(real - slack)..=f16::from_f64(real + slack)).contains(&half)
}

/// The least positive float16.
const LEAST_HALF: f64 = 1.0 / (1 << 24) as f64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_beside_an_edge_may_be_rounded_to_either_side() {
        let above_one = f16::from_bits(f16::ONE.to_bits() + 1);
        let edge = (1.0 + above_one.to_f32()) / 2.0;
        let slack = 4.0 * f64::from(f32::EPSILON);
        let sides = |real| [f16::ONE, above_one].map(|half| is_rounded_from(half, real, slack, 0));
        assert_eq!(sides(edge), [true, true]);
        assert_eq!(sides(edge - 1e-5), [true, false]);
        assert_eq!(sides(edge + 1e-5), [false, true]);
        assert!(!is_rounded_from(f16::ONE, 1.0, 0.0, 0), "an exact function");
        assert!(is_rounded_from(above_one, 1.0, slack, 1));
    }
}
