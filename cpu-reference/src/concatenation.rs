//! CONCATENATION along one axis.

/// Lays the inputs side by side.
///
/// Each input comes with the number of its elements that follow one another for each step of the
/// axes outside the concatenation: its extent along the axis times the extents inside.
pub fn concatenate<T: Copy>(inputs: &[(&[T], usize)], output: &mut [T]) {
    let row_length: usize = inputs.iter().map(|(_, length)| length).sum();
    if row_length == 0 {
        return;
    }
    for (row, output) in output.chunks_exact_mut(row_length).enumerate() {
        let mut rest = output;
        for &(input, length) in inputs {
            let (here, after) = rest.split_at_mut(length);
            here.copy_from_slice(&input[row * length..][..length]);
            rest = after;
        }
    }
}

/// Legacy 8-bit numbers of one input, brought to the scale and zero point of the output; all in
/// single precision.
pub fn rescale_u8(input: &[u8], from: (f32, i32), to: (f32, i32)) -> Vec<u8> {
    if from == to {
        return input.to_vec();
    }
    let scale = from.0 * (1.0 / to.0);
    let bias = -from.1 as f32 * scale;
    input
        .iter()
        .map(|&value| {
            let rescaled = (f32::from(value) * scale + bias).round() as i32;
            rescaled.saturating_add(to.1).clamp(0, 255) as u8
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_alternate() {
        let mut output = [0; 10];
        concatenate(
            &[(&[1, 2, 3, 4], 2), (&[], 0), (&[5, 6, 7, 8, 9, 10], 3)],
            &mut output,
        );
        assert_eq!(output, [1, 2, 5, 6, 7, 3, 4, 8, 9, 10]);
    }

    #[test]
    fn legacy_inputs_are_rescaled() {
        let rescaled = rescale_u8(&[10, 13, 255, 0], (0.5, 10), (0.25, 100));
        assert_eq!(rescaled, [100, 106, 255, 80]);
        assert_eq!(rescale_u8(&[7], (0.5, 10), (0.5, 10)), [7]);
    }
}
