//! EMBEDDING_LOOKUP: rows of a table, chosen by indices.

use demilite_core::{DataType, Element, NodeContext, Reject, Tensor, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};
use half::f16;

use crate::movement::coordinates::checked_index;
use crate::movement::elements::element_bytes;
use crate::movement::gather::{GatherShape, gather};

/// Reals that a row of signed integers of `bits` bits stands for, the low bits of a byte first.
pub fn dequantized_row(row: &[u8], bits: usize, scale: f32) -> impl Iterator<Item = f32> {
    row.iter().flat_map(move |&byte| {
        (0..8 / bits).map(move |place| {
            let moved_up = byte << (8 - bits * (place + 1));
            f32::from(moved_up.cast_signed() >> (8 - bits)) * scale
        })
    })
}

/// The scale of each row of a table, or the one of all.
fn row_scales(table: &Tensor) -> Result<Vec<f32>, Unprepared> {
    let quantization = table.quantization.as_ref().filter(|quantization| {
        let is_by_row = quantization.scale.len() == 1 || quantization.quantized_dimension == 0;
        is_by_row
            && quantization
                .zero_point
                .iter()
                .all(|&zero_point| zero_point == 0)
    });
    quantization
        .map(|quantization| quantization.scale.clone())
        .filter(|scale| !scale.is_empty())
        .ok_or_else(|| {
            Reject::invalid(format!(
                "its table {:?} needs one scale, or one for each row, and zero point 0",
                table.name
            ))
            .into()
        })
}

/// Rows of reals, each of which `round` makes an element of the output.
fn hybrid<T: Element>(node: &NodeContext<'_>, bits: usize, round: fn(f32) -> T) -> Prepared {
    let table = node.shape(1)?;
    let (rows, columns) = (table[0], table[1..].iter().product::<usize>());
    if !(columns * bits).is_multiple_of(8) {
        return Err(Reject::unsupported(format!(
            "no kernel for rows of {columns} elements of {bits} bits, which end within a byte"
        ))
        .into());
    }
    let tensor = node.required(1)?;
    // A row is one block, unless the blocks of the table have scales of their own.
    let (block, scales) = match &tensor.blocks {
        None => (columns.max(1), row_scales(tensor)?),
        Some(blocks) if blocks.zero_points.is_none() && tensor.constant.is_some() => {
            (blocks.size, blocks.scales_in(node.graph().tensors()))
        }
        Some(_) => {
            let rule = "no kernel for blocks with zero points, or of a table that is computed";
            return Err(Reject::unsupported(rule).into());
        }
    };
    if !(block * bits).is_multiple_of(8) {
        return Err(Reject::unsupported(format!(
            "no kernel for blocks of {block} elements of {bits} bits, which end within a byte"
        ))
        .into());
    }
    let [row_bytes, block_bytes] = [columns, block].map(|elements| elements * bits / 8);
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let indices = io.input::<i32>(0)?;
        let table = io.view(1)?.bytes();
        let output = io.output::<T>()?;
        for (output, &index) in output.chunks_exact_mut(columns.max(1)).zip(indices) {
            let row = checked_index(index.into(), rows)?;
            let blocks = table[row * row_bytes..][..row_bytes].chunks(block_bytes);
            for (place, (output, block_row)) in output.chunks_mut(block).zip(blocks).enumerate() {
                let scale = scales[(row * columns / block + place) % scales.len()];
                let values = dequantized_row(block_row, bits, scale);
                output
                    .iter_mut()
                    .zip(values)
                    .for_each(|(output, value)| *output = round(value));
            }
        }
        Ok(())
    }))
}

fn plain(node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [1])?;
    let table = node.shape(1)?;
    let shape = GatherShape {
        batch: 1,
        outer: 1,
        extent: table[0],
        inner_bytes: table[1..].iter().product::<usize>() * bytes,
    };
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let indices = io.view(0)?.to_indices()?;
        let table = io.view(1)?.bytes();
        gather(table, &indices, shape, io.outputs[0].bytes_mut())
    }))
}

pub(crate) fn prepare(_: &op::EmbeddingLookup, node: &NodeContext<'_>) -> Prepared {
    let bits = match node.required(1)?.dtype {
        DataType::Int8 => 8,
        DataType::Int4 => 4,
        DataType::Int2 => 2,
        _ => return plain(node),
    };
    match node.output(0).dtype {
        DataType::Float32 => hybrid(node, bits, |real| real),
        DataType::Float16 => hybrid(node, bits, f16::from_f32),
        _ => plain(node),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_bits_come_first() {
        let row = |bytes: &[u8], bits| dequantized_row(bytes, bits, 0.5).collect::<Vec<f32>>();
        assert_eq!(row(&[0x81, 0x7f], 8), [-63.5, 63.5]);
        assert_eq!(row(&[0x8f, 0x17], 4), [-0.5, -4.0, 3.5, 0.5]);
        assert_eq!(row(&[0b11_10_01_00], 2), [0.0, 0.5, -1.0, -0.5]);
    }
}
