//! BUCKETIZE: the bucket that each number falls into.

use demilite_core::{DataType, Element, NodeContext, op};

use crate::kernel::{Prepared, Unprepared, elementwise};

fn typed<T: Element>(boundaries: &[f32], is_below: fn(T, f32) -> bool) -> Prepared {
    let boundaries = boundaries.to_vec();
    Ok(elementwise(move |value: T| {
        boundaries.partition_point(|&boundary| !is_below(value, boundary)) as i32
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
