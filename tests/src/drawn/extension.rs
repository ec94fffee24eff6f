//! Ops that extend or fill a tensor.

use demilite_core::DataType::{Float32, Int32, Int64};
use demilite_core::Op;
use demilite_core::op::mirror_pad::MirrorPadMode;
use demilite_core::op::{BroadcastTo, MirrorPad, Pad, Tile, ZerosLike};

use super::draw::Draw;
use super::movement::{NUMBERS, moved, signed};
use crate::case::Case;
use crate::cases::MOVED;

/// Extents before and after each dimension, each at most `most`.
fn paddings(draw: &mut Draw, rank: usize, most: impl Fn(usize) -> usize) -> Vec<i32> {
    (0..2 * rank)
        .map(|place| match draw.one_in(2) {
            true => 0,
            false => draw.integer(0, most(place / 2)) as i32,
        })
        .collect()
}

pub(crate) fn pad(draw: &mut Draw) -> Case {
    let shape = draw.shape(1, 5);
    moved(draw, "pad", &NUMBERS, shape, |draw, draft, input, shape| {
        let paddings = paddings(draw, shape.len(), |_| 3);
        let mut inputs = vec![input, draft.indices(&[shape.len(), 2], &paddings)];
        let has_value = draw.one_in(2);
        if has_value {
            let (dtype, quantization) = (draft.dtype_of(input), draft.quantization_of(input));
            inputs.push(draft.constant(dtype, &[], quantization));
        }
        (Op::Pad(Pad { has_value }), inputs, 1)
    })
}

pub(crate) fn mirror_pad(draw: &mut Draw) -> Case {
    let shape = draw.shape(1, 4);
    moved(
        draw,
        "mirror_pad",
        &MOVED,
        shape,
        |draw, draft, input, shape| {
            let mode = draw.one(&[MirrorPadMode::Reflect, MirrorPadMode::Symmetric]);
            let edge = usize::from(mode == MirrorPadMode::Reflect);
            let paddings = paddings(draw, shape.len(), |axis| (shape[axis] - edge).min(4));
            let paddings = draft.indices(&[shape.len(), 2], &paddings);
            (Op::MirrorPad(MirrorPad { mode }), vec![input, paddings], 1)
        },
    )
}

pub(crate) fn tile(draw: &mut Draw) -> Case {
    let shape = draw.shape(1, 5);
    moved(draw, "tile", &MOVED, shape, |draw, draft, input, shape| {
        let multiples: Vec<i32> = shape.iter().map(|_| draw.one(&[1, 1, 2, 3])).collect();
        let multiples = draft.indices(&[shape.len()], &multiples);
        (Op::Tile(Tile), vec![input, multiples], 1)
    })
}

pub(crate) fn broadcast_to(draw: &mut Draw) -> Case {
    let shape = draw.shape(1, 4);
    moved(
        draw,
        "broadcast_to",
        &MOVED,
        shape,
        |draw, draft, input, shape| {
            let mut output = signed(shape);
            for extent in output.iter_mut().filter(|extent| **extent == 1) {
                *extent = draw.signed(1, 7);
            }
            for _ in 0..draw.integer(0, 5 - shape.len()) {
                output.insert(0, draw.signed(1, 3));
            }
            let output = draft.indices(&[output.len()], &output);
            (Op::BroadcastTo(BroadcastTo), vec![input, output], 1)
        },
    )
}

pub(crate) fn zeros_like(draw: &mut Draw) -> Case {
    let shape = draw.shape(0, 5);
    moved(
        draw,
        "zeros_like",
        &[Float32, Int32, Int64],
        shape,
        |_, _, input, _| (Op::ZerosLike(ZerosLike), vec![input], 1),
    )
}
