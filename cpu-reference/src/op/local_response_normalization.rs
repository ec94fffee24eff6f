//! LOCAL_RESPONSE_NORMALIZATION: each channel divided by a power of what its neighbours hold.

use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

/// Normalizes each pixel of `channels` elements.
pub fn local_response_normalization(
    op: &op::LocalResponseNormalization,
    channels: usize,
    input: &[f32],
    output: &mut [f32],
) {
    // Without a reach, nothing is summed up.
    let radius = usize::try_from(op.radius).unwrap_or(0);
    // The sum is in single precision, the factor that follows from it in double.
    let (bias, alpha, beta) = (f64::from(op.bias), f64::from(op.alpha), f64::from(op.beta));
    let pixels = input.chunks_exact(channels.max(1));
    for (input, output) in pixels.zip(output.chunks_exact_mut(channels.max(1))) {
        for (channel, output) in output.iter_mut().enumerate() {
            let first = channel.saturating_sub(radius);
            // The channel at the radius itself counts before, and not after.
            let end = channels.min(channel + radius);
            let mut sum = 0.0_f32;
            for value in &input[first..end] {
                sum += value * value;
            }
            let factor = (bias + alpha * f64::from(sum)).powf(-beta) as f32;
            *output = input[channel] * factor;
        }
    }
}

pub(crate) fn prepare(op: &op::LocalResponseNormalization, node: &NodeContext<'_>) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    if types != [DataType::Float32; 2] {
        return Err(Unprepared::types(node));
    }
    let channels = node.shape(0)?.last().copied().unwrap_or(0);
    let op = op.clone();
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        local_response_normalization(&op, channels, io.input(0)?, io.output()?);
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_reach_one_less_to_the_right() {
        let op = op::LocalResponseNormalization {
            radius: 1,
            bias: 1.0,
            alpha: 3.0,
            beta: 1.0,
        };
        let mut output = [0.0; 3];
        local_response_normalization(&op, 3, &[1.0, 1.0, 2.0], &mut output);
        // Sums 1, 1 + 1 and 1 + 4.
        assert_eq!(output, [1.0 / 4.0, 1.0 / 7.0, 2.0 / 16.0]);
    }

    #[test]
    fn without_a_reach_the_bias_is_all() {
        let op = op::LocalResponseNormalization {
            radius: -5,
            bias: 4.0,
            alpha: 1.0,
            beta: 0.5,
        };
        let mut output = [0.0; 2];
        local_response_normalization(&op, 2, &[3.0, 8.0], &mut output);
        assert_eq!(output, [1.5, 4.0]);
    }
}
