//! Element by element over two tensors that broadcast together.

use std::iter::zip;

use demilite_core::{Element, NodeContext};
use demilite_executor::{KernelIo, Prepared};

/// Calls `function` with the elements of `left` and `right` that meet at each element of the
/// result, whose shape is `output_shape`.
///
/// Shapes are aligned at the innermost dimension; an extent of 1 stretches.
pub fn broadcast_binary<L: Copy, R: Copy, O>(
    (left, left_shape): (&[L], &[usize]),
    (right, right_shape): (&[R], &[usize]),
    (output, output_shape): (&mut [O], &[usize]),
    mut function: impl FnMut(L, R) -> O,
) {
    if left_shape == right_shape {
        for (output, (&left, &right)) in zip(output, zip(left, right)) {
            *output = function(left, right);
        }
        return;
    }
    let Some((&row_length, outer)) = output_shape.split_last() else {
        return;
    };
    if output.is_empty() {
        return;
    }
    let left_strides = stretched_strides(left_shape, output_shape);
    let right_strides = stretched_strides(right_shape, output_shape);
    let innermost = outer.len();
    let (left_step, right_step) = (left_strides[innermost], right_strides[innermost]);
    let mut position = vec![0; innermost];
    let (mut left_start, mut right_start) = (0, 0);
    for row in output.chunks_exact_mut(row_length) {
        let (left, right) = (&left[left_start..], &right[right_start..]);
        for (index, output) in row.iter_mut().enumerate() {
            *output = function(left[index * left_step], right[index * right_step]);
        }
        for axis in (0..innermost).rev() {
            position[axis] += 1;
            left_start += left_strides[axis];
            right_start += right_strides[axis];
            if position[axis] < outer[axis] {
                break;
            }
            position[axis] = 0;
            left_start -= left_strides[axis] * outer[axis];
            right_start -= right_strides[axis] * outer[axis];
        }
    }
}

/// Elements that one step along each dimension of `output_shape` passes over in a tensor of
/// `shape`: none where an extent of 1 stretches.
fn stretched_strides(shape: &[usize], output_shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![0; output_shape.len()];
    let mut elements = 1;
    for (stride, &extent) in zip(strides.iter_mut().rev(), shape.iter().rev()) {
        if extent != 1 {
            *stride = elements;
        }
        elements *= extent;
    }
    strides
}

/// A kernel that gives each element of the only output from the elements of the first two inputs
/// that meet there.
pub(crate) fn elementwise_binary<T: Element, O: Element>(
    node: &NodeContext<'_>,
    function: impl Fn(T, T) -> O + Send + Sync + 'static,
) -> Prepared {
    let (left, right) = (node.shape(0)?.clone(), node.shape(1)?.clone());
    let output = left.broadcast(&right)?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        broadcast_binary(
            (io.input::<T>(0)?, &left),
            (io.input::<T>(1)?, &right),
            (io.output::<O>()?, &output),
            &function,
        );
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(left: (&[i32], &[usize]), right: (&[i32], &[usize]), shape: &[usize]) -> Vec<i32> {
        let mut output = vec![-1; shape.iter().product()];
        broadcast_binary(left, right, (&mut output, shape), |a, b| a + b);
        output
    }

    #[test]
    fn every_axis_stretches() {
        let left = (&[1, 2, 3, 4, 5, 6][..], &[2, 1, 3][..]);
        let right = (&[10, 20][..], &[2, 1][..]);
        assert_eq!(
            sums(left, right, &[2, 2, 3]),
            [11, 12, 13, 21, 22, 23, 14, 15, 16, 24, 25, 26]
        );
        assert_eq!(sums(right, left, &[2, 2, 3]), sums(left, right, &[2, 2, 3]));
    }

    #[test]
    fn scalars_and_empty_tensors() {
        assert_eq!(sums((&[1], &[]), (&[2], &[]), &[]), [3]);
        assert_eq!(sums((&[1], &[]), (&[2], &[1]), &[1]), [3]);
        assert_eq!(sums((&[1, 2], &[2]), (&[5], &[]), &[2]), [6, 7]);
        assert!(sums((&[], &[0]), (&[2], &[1]), &[0]).is_empty());
    }
}
