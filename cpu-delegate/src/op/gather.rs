//! GATHER: slices of a tensor along an axis, chosen by indices.

use demilite_core::{NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared};

use crate::movement::element_bytes;

/// The dimensions of a gather.
#[derive(Debug, Clone, Copy)]
struct Slices {
    /// The product of the dimensions that tensor and indices share.
    batch: usize,
    /// The product of those between them and the axis.
    outer: usize,
    /// The extent of the axis.
    extent: usize,
    /// Bytes of what lies inside the axis.
    bytes: usize,
}

impl Slices {
    fn gather<I: Copy + TryInto<usize> + std::fmt::Display>(
        self,
        input: &[u8],
        indices: &[I],
        output: &mut [u8],
    ) -> Result<(), OpError> {
        let count = indices.len().checked_div(self.batch).unwrap_or(0);
        let (extent, bytes) = (self.extent, self.bytes);
        let inside = |index: I| index.try_into().ok().filter(|&index| index < extent);
        if let Some(index) = indices.iter().find(|&&index| inside(index).is_none()) {
            let rule = format!("index {index} is outside an extent of {extent}");
            return Err(OpError::rule(rule));
        }
        if count == 0 || bytes == 0 {
            return Ok(());
        }
        for (row, output) in output.chunks_exact_mut(count * bytes).enumerate() {
            let chosen = &indices[row / self.outer * count..][..count];
            let input = &input[row * extent * bytes..][..extent * bytes];
            for (output, &index) in output.chunks_exact_mut(bytes).zip(chosen) {
                let index = inside(index).unwrap_or(0);
                output.copy_from_slice(&input[index * bytes..][..bytes]);
            }
        }
        Ok(())
    }
}

pub(crate) fn prepare(op: &op::Gather, node: &NodeContext<'_>) -> Prepared {
    use demilite_core::DataType::{Int32, Int64};
    let bytes = element_bytes(node, [0])?;
    let input = node.shape(0)?;
    let (axis, shared) = op.resolve(input, node.shape(1)?)?;
    let slices = Slices {
        batch: input[..shared].iter().product(),
        outer: input[shared..axis].iter().product(),
        extent: input[axis],
        bytes: input[axis + 1..].iter().product::<usize>() * bytes,
    };
    match node.required(1)?.dtype {
        Int32 => Ok(Box::new(move |io: &mut KernelIo<'_>| {
            let (input, indices) = (io.view(0)?.bytes(), io.input::<i32>(1)?);
            slices.gather(input, indices, io.outputs[0].bytes_mut())
        })),
        Int64 => Ok(Box::new(move |io: &mut KernelIo<'_>| {
            let (input, indices) = (io.view(0)?.bytes(), io.input::<i64>(1)?);
            slices.gather(input, indices, io.outputs[0].bytes_mut())
        })),
        _ => Err(demilite_executor::Unprepared::types(node)),
    }
}
