//! UNSORTED_SEGMENT_MAX, _MIN, _PROD and _SUM: what the parts of each segment come to.

use demilite_core::op::unsorted_segment::SegmentKind;
use demilite_core::{DataType, Element, NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::movement::coordinates::checked_index;

/// Folds each part of `input` into the part of `output`, of `length` elements, that its segment
/// names; parts of negative segments are left out.
///
/// # Errors
/// [`OpError::Shape`] for a segment that the output does not have.
pub fn fold_segments<T: Copy>(
    input: &[T],
    segments: &[i64],
    (output, length): (&mut [T], usize),
    (start, fold): (T, fn(T, T) -> T),
) -> Result<(), OpError> {
    output.fill(start);
    if length == 0 {
        return Ok(());
    }
    let count = output.len() / length;
    for (part, &segment) in input.chunks_exact(length).zip(segments) {
        if segment < 0 {
            continue;
        }
        let first = checked_index(segment, count)? * length;
        for (result, &value) in output[first..][..length].iter_mut().zip(part) {
            *result = fold(*result, value);
        }
    }
    Ok(())
}

fn typed<T: Element + Send + Sync>(start: T, fold: fn(T, T) -> T) -> Prepared {
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let segments = io.view(1)?.to_indices()?;
        let length = io.outputs[0].shape()[1..].iter().product();
        let input = io.input::<T>(0)?;
        fold_segments(input, &segments, (io.output()?, length), (start, fold))
    }))
}

pub(crate) fn prepare(op: &op::UnsortedSegment, node: &NodeContext<'_>) -> Prepared {
    use SegmentKind::{UnsortedSegmentMax, UnsortedSegmentMin};
    use SegmentKind::{UnsortedSegmentProd, UnsortedSegmentSum};
    match [node.required(0)?.dtype, node.output(0).dtype] {
        [DataType::Float32, DataType::Float32] => match op.kind {
            UnsortedSegmentMax => typed(f32::MIN, |a, b| if a < b { b } else { a }),
            UnsortedSegmentMin => typed(f32::MAX, |a, b| if b < a { b } else { a }),
            UnsortedSegmentProd => typed(1.0, |a: f32, b| a * b),
            UnsortedSegmentSum => typed(0.0, |a: f32, b| a + b),
        },
        [DataType::Int32, DataType::Int32] => match op.kind {
            UnsortedSegmentMax => typed(i32::MIN, i32::max),
            UnsortedSegmentMin => typed(i32::MAX, i32::min),
            UnsortedSegmentProd => typed(1, i32::wrapping_mul),
            UnsortedSegmentSum => typed(0, i32::wrapping_add),
        },
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_to_their_segment_in_any_order() {
        let mut output = [9; 6];
        let fold = (0, i32::wrapping_add as fn(i32, i32) -> i32);
        let input = [1, 2, 3, 4, 5, 6, 7, 8];
        fold_segments(&input, &[2, 0, -1, 2], (&mut output, 2), fold).unwrap();
        assert_eq!(output, [3, 4, 0, 0, 8, 10]);
        assert!(fold_segments(&input, &[3], (&mut output, 2), fold).is_err());
    }
}
