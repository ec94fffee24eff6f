//! SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: blocks of an image as entries of a batch, and back.

use demilite_core::op::{self, space_batch::Blocks, space_batch::SpaceBatchKind};
use demilite_core::{DataType, NodeContext, Reject, Shape, Tensor};
use demilite_executor::{KernelIo, Prepared, Unprepared, output_shape};

use crate::movement::elements::{Places, Take, element_bytes, expect_same_quantization};

/// The places of the elements of `space`, without its margins, in `batch`, which holds its blocks.
pub fn places(space: &Shape, batch: &Shape, blocks: &Blocks, element_bytes: usize) -> Places {
    let strides = batch.strides();
    // Entries of the batch are ordered by place in the block, then by entry of the space.
    let mut block_strides = vec![space.first().copied().unwrap_or(1); blocks.extents.len()];
    for axis in (1..block_strides.len()).rev() {
        block_strides[axis - 1] = block_strides[axis] * blocks.extents[axis];
    }
    Places::new(space, element_bytes, |axis, index| {
        match (axis.checked_sub(1), axis <= blocks.extents.len()) {
            (Some(spatial), true) => {
                let block = blocks.extents[spatial];
                let index = index + blocks.margins[spatial][0];
                index / block * strides[axis] + index % block * block_strides[spatial] * strides[0]
            }
            _ => index * strides[axis],
        }
    })
}

/// The byte that margins are filled with: the zero point of 8-bit integers, else zero.
fn fill(output: &Tensor) -> Result<u8, Unprepared> {
    let parameters = output.quantization.as_ref().and_then(|q| q.as_per_tensor());
    let zero_point = parameters.map_or(0, |(_, zero_point)| zero_point);
    let byte = match output.dtype {
        DataType::Int8 => i8::try_from(zero_point).ok().map(i8::cast_unsigned),
        DataType::UInt8 => u8::try_from(zero_point).ok(),
        _ => (zero_point == 0).then_some(0),
    };
    byte.ok_or_else(|| {
        Reject::invalid(format!(
            "an output of {} with zero point {zero_point}",
            output.dtype
        ))
        .into()
    })
}

pub(crate) fn prepare(op: &op::SpaceBatch, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    expect_same_quantization(node, 0)?;
    let blocks = Blocks::of(node)?;
    let (input, output) = (node.shape(0)?, output_shape(node, 0)?);
    Ok(match op.kind {
        SpaceBatchKind::BatchToSpaceNd => Take::boxed(places(output, input, &blocks, bytes)),
        SpaceBatchKind::SpaceToBatchNd => {
            let fill = fill(node.output(0))?;
            let places = places(input, output, &blocks, bytes);
            Box::new(move |io: &mut KernelIo<'_>| {
                let input = io.view(0)?.bytes();
                let output = io.outputs[0].bytes_mut();
                output.fill(fill);
                places.put(input, output);
                Ok(())
            })
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_belong_to_the_blocks() {
        let blocks = Blocks {
            extents: vec![2],
            margins: vec![[1, 0]],
        };
        // _ 1 2 3 in blocks of two: the entries are _ 2 and 1 3.
        let places = places(&Shape::from([1, 3]), &Shape::from([2, 2]), &blocks, 1);
        let mut batch = [9; 4];
        places.put(&[1, 2, 3], &mut batch);
        assert_eq!(batch, [9, 2, 1, 3]);
        let mut space = [0; 3];
        places.take(&batch, &mut space);
        assert_eq!(space, [1, 2, 3]);
    }
}
