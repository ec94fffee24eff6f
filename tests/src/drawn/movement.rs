//! Ops that move the elements of one tensor, by constants that say where to.

use demilite_core::op::space_batch::SpaceBatchKind;
use demilite_core::op::space_depth::SpaceDepthKind;
use demilite_core::op::{
    ExpandDims, Reshape, ReverseSequence, ReverseV2, SpaceBatch, SpaceDepth, Squeeze, Transpose,
};
use demilite_core::{DataType, Op, TensorId};

use super::draw::Draw;
use crate::case::{Case, Draft};
use crate::cases::MOVED;
use crate::float_bound::Rounding;

use DataType::{Bool, Float32, Int8, Int16, Int32, Int64, UInt8};

/// The types that the fewest of LiteRT's kernels lack.
pub(super) const NUMBERS: [DataType; 6] = [Float32, Int8, UInt8, Int16, Int32, Int64];

/// An op with its inputs and the number of its outputs.
type Moved = (Op, Vec<TensorId>, usize);

/// A case of an op whose outputs have the type and quantization of the tensor of this shape.
pub(super) fn moved(
    draw: &mut Draw,
    stem: &str,
    dtypes: &[DataType],
    shape: Vec<usize>,
    op: impl FnOnce(&mut Draw, &mut Draft, TensorId, &[usize]) -> Moved,
) -> Case {
    let dtype = draw.one(dtypes);
    let mut draft = draw.draft(stem, dtype, "");
    let quantization = draw.quantization(dtype);
    let input = draft.input_with(dtype, &shape, quantization.clone());
    let (op, inputs, outputs) = op(draw, &mut draft, input, &shape);
    let outputs = vec![(dtype, quantization); outputs];
    draft.finish_all(op, &inputs, &outputs, Rounding::Moves)
}

pub(super) fn signed(extents: &[usize]) -> Vec<i32> {
    extents.iter().map(|&extent| extent as i32).collect()
}

/// The integers up to a count, shuffled.
fn permutation(draw: &mut Draw, count: usize) -> Vec<i32> {
    let mut order: Vec<i32> = (0..count as i32).collect();
    for last in (1..count).rev() {
        order.swap(last, draw.integer(0, last));
    }
    order
}

pub(crate) fn reshape(draw: &mut Draw) -> Case {
    let shape = draw.shape(0, 5);
    moved(
        draw,
        "reshape",
        &MOVED,
        shape,
        |draw, draft, input, shape| {
            let mut new_shape = signed(shape);
            for _ in 0..draw.integer(0, 3) {
                let place = draw.integer(0, new_shape.len());
                let merges = place + 1 < new_shape.len() && draw.one_in(2);
                match merges {
                    true => new_shape[place] *= new_shape.remove(place + 1),
                    false => new_shape.insert(place, 1),
                }
            }
            if !new_shape.is_empty() && draw.one_in(3) {
                let place = draw.integer(0, new_shape.len() - 1);
                new_shape[place] = -1;
            }
            let indices = draft.indices(&[new_shape.len()], &new_shape);
            let op = Op::Reshape(Reshape {
                new_shape: Some(new_shape),
            });
            (op, vec![input, indices], 1)
        },
    )
}

pub(crate) fn squeeze(draw: &mut Draw) -> Case {
    let shape = draw.shape(1, 5);
    moved(draw, "squeeze", &MOVED, shape, |draw, _, input, shape| {
        let ones = (0..shape.len()).filter(|&axis| shape[axis] == 1);
        let squeeze_dims = ones
            .filter(|_| draw.one_in(2))
            .map(|axis| axis as i32)
            .collect();
        (Op::Squeeze(Squeeze { squeeze_dims }), vec![input], 1)
    })
}

pub(crate) fn expand_dims(draw: &mut Draw) -> Case {
    let shape = draw.shape(0, 4);
    moved(
        draw,
        "expand_dims",
        &MOVED,
        shape,
        |draw, draft, input, shape| {
            let axis = draw.axis(shape.len() + 1);
            let axis = draft.indices(&[], &[axis]);
            (Op::ExpandDims(ExpandDims), vec![input, axis], 1)
        },
    )
}

pub(crate) fn transpose(draw: &mut Draw) -> Case {
    let shape = draw.shape(1, 6);
    moved(
        draw,
        "transpose",
        &MOVED,
        shape,
        |draw, draft, input, shape| {
            let order = permutation(draw, shape.len());
            let order = draft.indices(&[shape.len()], &order);
            (Op::Transpose(Transpose), vec![input, order], 1)
        },
    )
}

pub(crate) fn reverse_v2(draw: &mut Draw) -> Case {
    let shape = draw.shape(1, 5);
    let dtypes = [Float32, Int8, UInt8, Int16, Int32, Int64, Bool];
    moved(
        draw,
        "reverse_v2",
        &dtypes,
        shape,
        |draw, draft, input, shape| {
            let first = draw.integer(0, shape.len() - 1);
            let count = draw.integer(1, shape.len() - first);
            let axes: Vec<i32> = (first..first + count).map(|axis| axis as i32).collect();
            let axes = draft.indices(&[axes.len()], &axes);
            (Op::ReverseV2(ReverseV2), vec![input, axes], 1)
        },
    )
}

pub(crate) fn reverse_sequence(draw: &mut Draw) -> Case {
    let shape = draw.shape(2, 4);
    let dtypes = [Float32, UInt8, Int16, Int32, Int64];
    moved(
        draw,
        "reverse_sequence",
        &dtypes,
        shape,
        |draw, draft, input, shape| {
            let order = permutation(draw, shape.len());
            let (seq_dim, batch_dim) = (order[0], order[1]);
            let batches = shape[batch_dim as usize];
            let lengths: Vec<i32> = (0..batches)
                .map(|_| draw.integer(1, shape[seq_dim as usize]) as i32)
                .collect();
            let lengths = draft.indices(&[batches], &lengths);
            let op = Op::ReverseSequence(ReverseSequence { seq_dim, batch_dim });
            (op, vec![input, lengths], 1)
        },
    )
}

pub(crate) fn space_depth(draw: &mut Draw) -> Case {
    let kind = draw.one(&[SpaceDepthKind::DepthToSpace, SpaceDepthKind::SpaceToDepth]);
    let block_size = draw.integer(1, 3);
    let mut shape = [1, 2, 3, 2].map(|most| draw.integer(1, most + 1)).to_vec();
    match kind {
        SpaceDepthKind::DepthToSpace => shape[3] *= block_size * block_size,
        SpaceDepthKind::SpaceToDepth => {
            shape[1] *= block_size;
            shape[2] *= block_size;
        }
    }
    let dtypes = [Float32, Int8, UInt8, Int32, Int64];
    moved(draw, "space_depth", &dtypes, shape, |_, _, input, _| {
        let op = Op::SpaceDepth(SpaceDepth { kind, block_size });
        (op, vec![input], 1)
    })
}

pub(crate) fn space_batch(draw: &mut Draw) -> Case {
    let kind = draw.one(&[
        SpaceBatchKind::BatchToSpaceNd,
        SpaceBatchKind::SpaceToBatchNd,
    ]);
    let block = [draw.signed(1, 3), draw.signed(1, 3)];
    let blocks = (block[0] * block[1]) as usize;
    let mut margins = [0; 4];
    let mut shape = vec![draw.integer(1, 3), 0, 0, draw.integer(1, 5)];
    for axis in 0..2 {
        let [before, after] = [draw.signed(0, 2), draw.signed(0, 2)];
        let size = draw.signed(1, 5);
        let margin = before + after;
        // Whole blocks with the margins, which are cut off again on the way back.
        shape[axis + 1] = match kind {
            SpaceBatchKind::SpaceToBatchNd => {
                let whole = (size + margin).max(block[axis]).div_euclid(block[axis]);
                let rest = whole * block[axis] - margin;
                (if rest < 1 {
                    rest + 4 * block[axis]
                } else {
                    rest
                }) as usize
            }
            SpaceBatchKind::BatchToSpaceNd => (size + margin) as usize,
        };
        margins[2 * axis] = before;
        margins[2 * axis + 1] = after;
    }
    if kind == SpaceBatchKind::BatchToSpaceNd {
        shape[0] *= blocks;
    }
    moved(
        draw,
        "space_batch",
        &NUMBERS,
        shape,
        |_, draft, input, _| {
            let block = draft.indices(&[2], &block);
            let margins = draft.indices(&[2, 2], &margins);
            let op = Op::SpaceBatch(SpaceBatch { kind });
            (op, vec![input, block, margins], 1)
        },
    )
}
