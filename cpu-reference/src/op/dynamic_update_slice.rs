//! DYNAMIC_UPDATE_SLICE: a box of a tensor overwritten, where data says.

use demilite_core::{NodeContext, Shape, op};
use demilite_executor::{KernelIo, Prepared};

use crate::movement::elements::{Places, element_bytes};

/// The places of the elements of an update in a tensor of shape `shape`, moved inside where it
/// would reach beyond.
pub fn places(shape: &Shape, update: &Shape, start: &[i64], element_bytes: usize) -> Places {
    let strides = shape.strides();
    let starts: Vec<usize> = (0..shape.rank())
        .map(|axis| {
            let furthest = shape[axis] - update[axis];
            start[axis].clamp(0, furthest as i64) as usize
        })
        .collect();
    Places::new(update, element_bytes, |axis, index| {
        (starts[axis] + index) * strides[axis]
    })
}

pub(crate) fn prepare(_: &op::DynamicUpdateSlice, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0, 1])?;
    let (input, update) = (node.shape(0)?.clone(), node.shape(1)?.clone());
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let start = io.view(2)?.to_indices()?;
        let values = io.view(1)?.bytes();
        let output = io.outputs[0].bytes_mut();
        output.copy_from_slice(io.inputs[0].map_or(&[], |input| input.bytes()));
        places(&input, &update, &start, bytes).put(values, output);
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_stay_inside() {
        let places = places(&Shape::from([2, 3]), &Shape::from([1, 2]), &[-5, 9], 1);
        let mut output = [0; 6];
        places.put(&[7, 8], &mut output);
        assert_eq!(output, [0, 7, 8, 0, 0, 0]);
    }
}
