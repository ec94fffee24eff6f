//! BUCKETIZE: the bucket that each number falls into.

use demilite_core::{DataType, Element, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::unary::elementwise;

/// The number of ascending boundaries that a value does not lie below.
pub fn bucket(boundaries: &[f32], is_below: impl Fn(f32) -> bool) -> i32 {
    boundaries.partition_point(|&boundary| !is_below(boundary)) as i32
}

fn typed<T: Element>(boundaries: &[f32], is_below: fn(T, f32) -> bool) -> Prepared {
    let boundaries = boundaries.to_vec();
    Ok(elementwise(move |value: T| {
        bucket(&boundaries, |boundary| is_below(value, boundary))
    }))
}

pub(crate) fn prepare(op: &op::Bucketize, node: &NodeContext<'_>) -> Prepared {
    let boundaries = &op.boundaries;
    // Integers are compared as the nearest float.
    match node.required(0)?.dtype {
        DataType::Float32 => typed(boundaries, |value: f32, boundary| value < boundary),
        DataType::Float64 => typed(boundaries, |value: f64, boundary| {
            value < f64::from(boundary)
        }),
        DataType::Int32 => typed(boundaries, |value: i32, boundary| (value as f32) < boundary),
        DataType::Int64 => typed(boundaries, |value: i64, boundary| (value as f32) < boundary),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_belongs_to_the_bucket_above() {
        let boundaries = [-1.0, 0.5, 0.5, 3.0];
        let buckets = [-2.0, -1.0, 0.0, 0.5, 2.9, 3.0, f32::INFINITY]
            .map(|value| bucket(&boundaries, |boundary| value < boundary));
        assert_eq!(buckets, [0, 1, 1, 3, 3, 4, 4]);
        assert_eq!(bucket(&[], |_| true), 0);
    }
}
