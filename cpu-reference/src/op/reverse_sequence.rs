//! REVERSE_SEQUENCE: sequences of a batch backwards, each as far as it is long.

use demilite_core::{NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared};

use crate::movement::elements::element_bytes;

/// The dimensions of a batch of sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequences {
    /// Extent of the dimension that sequences run along.
    pub steps: usize,
    /// Elements, of whatever size, from one step to the next.
    pub step_stride: usize,
    /// Extent of the dimension that counts sequences.
    pub batch: usize,
    /// Elements from one sequence to the next.
    pub batch_stride: usize,
}

/// Copies `input` into `output`, each sequence backwards as far as `lengths` says.
///
/// # Errors
/// [`OpError::Shape`] for a length that the sequences do not have.
pub fn reverse_sequences(
    (input, output): (&[u8], &mut [u8]),
    element_bytes: usize,
    sequences: Sequences,
    lengths: &[i64],
) -> Result<(), OpError> {
    let Sequences {
        steps,
        step_stride,
        batch,
        batch_stride,
    } = sequences;
    let lengths = lengths.iter().map(|&length| {
        let fits = usize::try_from(length)
            .ok()
            .filter(|&length| length <= steps);
        fits.ok_or_else(|| {
            OpError::rule(format!("a sequence of length {length} among {steps} steps"))
        })
    });
    let lengths = lengths.collect::<Result<Vec<usize>, OpError>>()?;
    for (place, output) in output.chunks_exact_mut(element_bytes).enumerate() {
        let step = place / step_stride % steps;
        let length = lengths[place / batch_stride % batch];
        let taken = if step < length {
            length - 1 - step
        } else {
            step
        };
        let from = place + taken * step_stride - step * step_stride;
        output.copy_from_slice(&input[from * element_bytes..][..element_bytes]);
    }
    Ok(())
}

pub(crate) fn prepare(op: &op::ReverseSequence, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let input = node.shape(0)?;
    let (seq, batch) = op.resolve(input, node.shape(1)?)?;
    let strides = input.strides();
    let sequences = Sequences {
        steps: input[seq],
        step_stride: strides[seq],
        batch: input[batch],
        batch_stride: strides[batch],
    };
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let lengths = io.view(1)?.to_indices()?;
        let input = io.view(0)?.bytes();
        let output = io.outputs[0].bytes_mut();
        reverse_sequences((input, output), bytes, sequences, &lengths)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beyond_the_length_stays() {
        let sequences = Sequences {
            steps: 3,
            step_stride: 1,
            batch: 2,
            batch_stride: 3,
        };
        let mut output = [0; 6];
        let input = [1, 2, 3, 4, 5, 6];
        reverse_sequences((&input, &mut output), 1, sequences, &[2, 3]).unwrap();
        assert_eq!(output, [2, 1, 3, 6, 5, 4]);
        for lengths in [[4, 0], [0, -1]] {
            let result = reverse_sequences((&input, &mut output), 1, sequences, &lengths);
            assert!(result.is_err(), "{lengths:?}");
        }
    }
}
