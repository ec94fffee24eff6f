//! SEGMENT_SUM: sums of consecutive rows.

use std::ops::Add;

use demilite_core::op::segment_sum::segment_count;
use demilite_core::{DataType, Element, NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

/// Adds each row of `input` to the zeros of the row of `output` that its segment names.
pub fn segment_sum<T: Copy>(
    input: &[T],
    ids: &[i64],
    (output, zero): (&mut [T], T),
    add: impl Fn(T, T) -> T,
) {
    output.fill(zero);
    let row = input.len().checked_div(ids.len()).unwrap_or(0);
    if row == 0 {
        return;
    }
    for (input, &id) in input.chunks_exact(row).zip(ids) {
        for (sum, &value) in output[id as usize * row..].iter_mut().zip(input) {
            *sum = add(*sum, value);
        }
    }
}

fn typed<T: Element + Send + Sync>(segments: usize, zero: T, add: fn(T, T) -> T) -> Prepared {
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let ids = io.view(1)?.to_indices()?;
        if segment_count(&ids)? != segments {
            return Err(OpError::rule(
                "its segments differ from those it was prepared with",
            ));
        }
        let input = io.input::<T>(0)?;
        segment_sum(input, &ids, (io.output()?, zero), add);
        Ok(())
    }))
}

pub(crate) fn prepare(_: &op::SegmentSum, node: &NodeContext<'_>) -> Prepared {
    let segments = segment_count(&node.indices(1)?)?;
    match [node.required(0)?.dtype, node.output(0).dtype] {
        [DataType::Float32, DataType::Float32] => typed(segments, 0.0, f32::add),
        [DataType::Int32, DataType::Int32] => typed(segments, 0, i32::wrapping_add),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_segment_add_up() {
        let mut output = [9; 4];
        segment_sum(
            &[1, 2, 3, 4, 5, 6],
            &[0, 0, 1],
            (&mut output, 0),
            i32::wrapping_add,
        );
        assert_eq!(output, [4, 6, 5, 6]);
    }
}
