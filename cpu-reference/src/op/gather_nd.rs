//! GATHER_ND: slices of a tensor, each named by its coordinates.

use demilite_core::op::gather_nd::named_dimensions;
use demilite_core::{NodeContext, op};
use demilite_executor::{KernelIo, Prepared};

use crate::movement::coordinates::slice_starts;
use crate::movement::elements::element_bytes;

pub(crate) fn prepare(_: &op::GatherNd, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let (input, coordinates) = (node.shape(0)?.clone(), node.shape(1)?);
    let named = named_dimensions(&input, coordinates)?;
    let slices = coordinates[..coordinates.rank() - 1].iter().product();
    let slice_bytes = input[named..].iter().product::<usize>() * bytes;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        // Any number of slices without elements may be asked for.
        if io.outputs[0].bytes().is_empty() {
            return Ok(());
        }
        let starts = slice_starts(&io.view(1)?.to_indices()?, slices, &input, named)?;
        let input = io.view(0)?.bytes();
        let output = io.outputs[0].bytes_mut();
        for (output, start) in output.chunks_exact_mut(slice_bytes).zip(starts) {
            output.copy_from_slice(&input[start * bytes..][..slice_bytes]);
        }
        Ok(())
    }))
}
