//! Folding a tensor along some of its axes.

/// Folds each element of `input` into the element of `results` that it belongs to, in the order of
/// the input.
///
/// `reduced` says for each axis of `shape` whether it is folded away; `results` holds one element
/// for each position along the other axes and starts as the fold's first value.
pub fn reduce<T: Copy, A: Copy>(
    input: &[T],
    shape: &[usize],
    reduced: &[bool],
    results: &mut [A],
    mut fold: impl FnMut(A, T) -> A,
) {
    let Some((&row_length, outer)) = shape.split_last() else {
        results[0] = fold(results[0], input[0]);
        return;
    };
    if input.is_empty() {
        return;
    }
    let mut strides = vec![0; shape.len()];
    let mut elements = 1;
    for axis in (0..shape.len()).rev() {
        if !reduced[axis] {
            strides[axis] = elements;
            elements *= shape[axis];
        }
    }
    let step = strides[outer.len()];
    let mut position = vec![0; outer.len()];
    let mut start = 0;
    for row in input.chunks_exact(row_length) {
        if step == 0 {
            results[start] = row
                .iter()
                .fold(results[start], |result, &value| fold(result, value));
        } else {
            for (result, &value) in results[start..].iter_mut().zip(row) {
                *result = fold(*result, value);
            }
        }
        for axis in (0..outer.len()).rev() {
            position[axis] += 1;
            start += strides[axis];
            if position[axis] < outer[axis] {
                break;
            }
            position[axis] = 0;
            start -= strides[axis] * outer[axis];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(shape: &[usize], reduced: &[bool], results: usize) -> Vec<i32> {
        let input: Vec<i32> = (0..shape.iter().product::<usize>() as i32).collect();
        let mut sums = vec![0; results];
        reduce(&input, shape, reduced, &mut sums, |sum, value| sum + value);
        sums
    }

    #[test]
    fn any_axes_can_go() {
        assert_eq!(sums(&[2, 3, 2], &[false, true, false], 4), [6, 9, 24, 27]);
        assert_eq!(sums(&[2, 3, 2], &[true, false, true], 3), [14, 22, 30]);
        assert_eq!(sums(&[2, 3, 2], &[true; 3], 1), [66]);
        assert_eq!(sums(&[2, 2], &[false; 2], 4), [0, 1, 2, 3]);
        assert_eq!(sums(&[], &[], 1), [0]);
    }
}
