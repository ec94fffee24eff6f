//! SELECT and SELECT_V2: each element from one of two tensors.

use demilite_core::{NodeContext, Shape, op};
use demilite_executor::{KernelIo, Prepared, output_shape};

use crate::movement::elements::{Places, element_bytes};

/// Replaces the elements of `output` by those of `chosen` where the condition is true.
pub fn select(condition: &[u8], chosen: &[u8], output: &mut [u8], element_bytes: usize) {
    let elements = output.chunks_exact_mut(element_bytes);
    let chosen = chosen.chunks_exact(element_bytes);
    for ((output, chosen), &condition) in elements.zip(chosen).zip(condition) {
        if condition != 0 {
            output.copy_from_slice(chosen);
        }
    }
}

pub(crate) fn prepare(op: &op::Select, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [1, 2])?;
    let output = output_shape(node, 0)?;
    let condition = op.aligned_condition(node.shape(0)?, output);
    // A single element has its place whatever the ranks are.
    let from = |shape: &Shape, bytes| match shape.elements() {
        1 => Places::new(output, bytes, |_, _| 0),
        _ => Places::broadcast(shape, output, bytes),
    };
    let condition = from(&condition, 1);
    let [left, right] = [from(node.shape(1)?, bytes), from(node.shape(2)?, bytes)];
    let elements = output.elements();
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let mut conditions = vec![0; elements];
        condition.take(io.view(0)?.bytes(), &mut conditions);
        let mut chosen = vec![0; elements * bytes];
        left.take(io.view(1)?.bytes(), &mut chosen);
        right.take(io.view(2)?.bytes(), io.outputs[0].bytes_mut());
        select(&conditions, &chosen, io.outputs[0].bytes_mut(), bytes);
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_chosen_whole() {
        let mut output = [5, 6, 7, 8];
        select(&[0, 1], &[1, 2, 3, 4], &mut output, 2);
        assert_eq!(output, [5, 6, 3, 4]);
    }
}
