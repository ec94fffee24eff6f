//! DILATE: a tensor with room between its elements.

use demilite_core::{NodeContext, Shape, op};
use demilite_executor::{KernelIo, Prepared, output_shape};

use crate::movement::elements::{Places, element_bytes};

/// The places of the elements of a tensor of shape `input` in its dilated form of shape `output`.
pub fn places(input: &Shape, steps: &[usize], output: &Shape, element_bytes: usize) -> Places {
    let strides = output.strides();
    Places::new(input, element_bytes, |axis, index| {
        index * steps[axis] * strides[axis]
    })
}

pub(crate) fn prepare(op: &op::Dilate, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0, 2])?;
    let steps = op.steps(node)?;
    let places = places(node.shape(0)?, &steps, output_shape(node, 0)?, bytes);
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let (input, filling) = (io.view(0)?.bytes(), io.view(2)?.bytes());
        let output = io.outputs[0].bytes_mut();
        for element in output.chunks_exact_mut(bytes) {
            element.copy_from_slice(filling);
        }
        places.put(input, output);
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_move_apart() {
        let (input, output) = (Shape::from([2, 2]), Shape::from([2, 4]));
        let mut dilated = [9; 8];
        places(&input, &[1, 3], &output, 1).put(&[1, 2, 3, 4], &mut dilated);
        assert_eq!(dilated, [1, 9, 9, 2, 3, 9, 9, 4]);
    }
}
