//! CONCATENATION along one axis.

use std::iter::zip;

use demilite_core::op::{self, Activation};
use demilite_core::quantization::layer::per_tensor;
use demilite_core::quantization::rescale_u8;
use demilite_core::{DataType, NodeContext, Reject};
use demilite_executor::{KernelIo, Prepared, Unprepared, output_shape};

use crate::movement::element_bytes;
use crate::movement::places::{Put, pieces};

/// Legacy 8-bit numbers, of which each input has a scale of its own.
fn rescaled(node: &NodeContext<'_>, axis: usize) -> Prepared {
    /// What an input adds to each row of the output.
    struct Piece {
        length: usize,
        table: Vec<u8>,
    }
    let to = per_tensor(node.output(0))?;
    let every: Vec<u8> = (0..=u8::MAX).collect();
    let piece = |index: usize| -> Result<Piece, Unprepared> {
        let from = per_tensor(node.required(index)?)?;
        Ok(Piece {
            length: node.shape(index)?[axis..].iter().product(),
            table: rescale_u8(&every, from, to),
        })
    };
    let pieces = (0..node.input_count()).map(piece);
    let pieces = pieces.collect::<Result<Vec<_>, _>>()?;
    let row: usize = pieces.iter().map(|piece| piece.length).sum();
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let mut start = 0;
        for (index, piece) in pieces.iter().enumerate().filter(|piece| piece.1.length > 0) {
            let input = io.input::<u8>(index)?.chunks_exact(piece.length);
            let rows = io.output::<u8>()?.chunks_exact_mut(row);
            for (input, row) in zip(input, rows) {
                for (output, &byte) in zip(&mut row[start..], input) {
                    *output = piece.table[usize::from(byte)];
                }
            }
            start += piece.length;
        }
        Ok(())
    }))
}

pub(crate) fn prepare(op: &op::Concatenation, node: &NodeContext<'_>) -> Prepared {
    if op.activation != Activation::None {
        return Err(Reject::unsupported("no kernel with a fused activation").into());
    }
    let output = node.output(0);
    let inputs = 0..node.input_count();
    let bytes = element_bytes(node, inputs.clone())?;
    let shape = output_shape(node, 0)?;
    let axis = shape.axis(op.axis.into())?;
    let mut is_one_scale = true;
    for index in inputs.clone() {
        is_one_scale &= node.required(index)?.quantization == output.quantization;
    }
    match output.dtype {
        DataType::Int8 if !is_one_scale => {
            let rule = "each input needs the scale and zero point of its output";
            return Err(Reject::invalid(rule).into());
        }
        DataType::UInt8 if !is_one_scale && output.quantization.is_none() => {
            let rule = "an input has a scale, and its output has none";
            return Err(Reject::invalid(rule).into());
        }
        DataType::UInt8 if !is_one_scale => return rescaled(node, axis),
        _ => {}
    }
    let lengths = inputs.map(|index| Ok(node.shape(index)?[axis]));
    let lengths = lengths.collect::<Result<Vec<_>, Unprepared>>()?;
    let places = pieces(shape, axis, &lengths, bytes);
    Ok(Box::new(Put { places }))
}
