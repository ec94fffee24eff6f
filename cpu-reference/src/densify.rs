//! DENSIFY: a sparse constant with its zeros.

use demilite_core::{Constant, DataType, NodeContext, OpError, Shape, Sparsity, op};

use crate::kernel::{KernelIo, Prepared, Unprepared};

/// Puts the elements of a sparse tensor of shape `shape` into their places among zeros.
///
/// # Errors
/// [`OpError::Shape`] for storage that does not describe such a tensor with as many elements.
pub fn densify(
    stored: &[u8],
    element_bytes: usize,
    sparsity: &Sparsity,
    shape: &Shape,
    output: &mut [u8],
) -> Result<(), OpError> {
    let positions = sparsity.dense_positions(shape)?;
    if stored.len() != positions.len() * element_bytes {
        return Err(OpError::rule(format!(
            "its sparse storage has {} bytes for {} elements",
            stored.len(),
            positions.len()
        )));
    }
    output.fill(0);
    for (element, position) in stored.chunks_exact(element_bytes).zip(positions) {
        output[position * element_bytes..][..element_bytes].copy_from_slice(element);
    }
    Ok(())
}

pub(crate) fn prepare(_: &op::Densify, node: &NodeContext<'_>) -> Prepared {
    let input = node.required(0)?;
    let bytes = match [input.dtype, node.output(0).dtype] {
        [DataType::Float32, DataType::Float32] => 4,
        [DataType::Float16, DataType::Float16] => 2,
        [DataType::Int8, DataType::Int8] => 1,
        _ => return Err(Unprepared::types(node)),
    };
    let (Some(stored), Some(sparsity)) = (input.constant.clone(), input.sparsity.clone()) else {
        return Err(OpError::rule("its input is no constant that is stored sparsely").into());
    };
    let shape = input.shape.clone();
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let output = io.outputs[0].bytes_mut();
        densify(Constant::bytes(&stored), bytes, &sparsity, &shape, output)
    }))
}

#[cfg(test)]
mod tests {
    use demilite_core::SparseDimension;

    use super::*;

    #[test]
    fn zeros_lie_between() {
        let sparsity = Sparsity {
            traversal_order: vec![0, 1],
            block_map: vec![],
            dimensions: vec![
                SparseDimension::Dense { size: 2 },
                SparseDimension::SparseCsr {
                    segments: vec![0, 1, 2],
                    indices: vec![2, 0],
                },
            ],
        };
        let shape = Shape::from([2, 3]);
        let mut output = [9; 12];
        densify(&[1, 2, 3, 4], 2, &sparsity, &shape, &mut output).unwrap();
        assert_eq!(output, [0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0]);
        assert!(densify(&[1, 2], 2, &sparsity, &shape, &mut output).is_err());
    }
}
