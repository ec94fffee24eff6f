//! PAD and PADV2: the input in the middle of a constant.

/// Copies `input` of shape `shape` into `output`, with `padding[axis]` elements of `fill` before
/// and after it along each axis.
pub fn pad<T: Copy>(
    input: &[T],
    shape: &[usize],
    padding: &[[usize; 2]],
    fill: T,
    output: &mut [T],
) {
    let (Some((&extent, inner_shape)), Some((&[before, _], inner_padding))) =
        (shape.split_first(), padding.split_first())
    else {
        output.copy_from_slice(input);
        return;
    };
    let inner_output: usize = inner_shape
        .iter()
        .zip(inner_padding)
        .map(|(extent, [before, after])| before + extent + after)
        .product();
    let (head, rest) = output.split_at_mut(before * inner_output);
    let (body, tail) = rest.split_at_mut(extent * inner_output);
    head.fill(fill);
    tail.fill(fill);
    if inner_output == 0 || extent == 0 {
        return;
    }
    if inner_shape.is_empty() {
        body.copy_from_slice(input);
        return;
    }
    let inner_input = input.len() / extent;
    for (index, output) in body.chunks_exact_mut(inner_output).enumerate() {
        let input = &input[index * inner_input..][..inner_input];
        pad(input, inner_shape, inner_padding, fill, output);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_lies_in_the_middle() {
        let mut output = [7; 12];
        pad(&[1, 2, 3, 4], &[2, 2], &[[1, 0], [0, 2]], 0, &mut output);
        assert_eq!(output, [0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0]);
    }

    #[test]
    fn empty_inputs_leave_only_the_constant() {
        let mut output = [7; 6];
        pad(&[], &[0, 3], &[[1, 1], [0, 0]], 5, &mut output);
        assert_eq!(output, [5; 6]);
        pad(&[], &[2, 0], &[[0, 0], [1, 2]], 4, &mut output);
        assert_eq!(output, [4; 6]);
        let mut scalar = [0];
        pad(&[9], &[], &[], 1, &mut scalar);
        assert_eq!(scalar, [9]);
    }
}
