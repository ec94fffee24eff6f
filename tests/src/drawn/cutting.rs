//! Ops that cut a tensor.

use demilite_core::DataType::{Bool, Float32, Int8, Int16, Int32, UInt8};
use demilite_core::Op;
use demilite_core::op::split::SplitKind;
use demilite_core::op::{Slice, Split, StridedSlice, Unpack};

use super::draw::Draw;
use super::movement::{NUMBERS, moved};
use crate::case::Case;
use crate::cases::MOVED;

pub(crate) fn slice(draw: &mut Draw) -> Case {
    let shape = draw.shape(1, 5);
    moved(draw, "slice", &MOVED, shape, |draw, draft, input, shape| {
        let (mut begin, mut size) = (Vec::new(), Vec::new());
        for &extent in shape {
            let start = draw.integer(0, extent - 1);
            begin.push(start as i32);
            size.push(match draw.one_in(4) {
                true => -1,
                false => draw.integer(1, extent - start) as i32,
            });
        }
        let begin = draft.indices(&[shape.len()], &begin);
        let size = draft.indices(&[shape.len()], &size);
        (Op::Slice(Slice), vec![input, begin, size], 1)
    })
}

pub(crate) fn strided_slice(draw: &mut Draw) -> Case {
    let shape = draw.shape(1, 5);
    moved(
        draw,
        "strided_slice",
        &MOVED,
        shape,
        |draw, draft, input, shape| {
            let mut entries = [Vec::new(), Vec::new(), Vec::new()];
            let mut op = StridedSlice {
                begin_mask: 0,
                end_mask: 0,
                ellipsis_mask: 0,
                new_axis_mask: 0,
                shrink_axis_mask: 0,
                offset: false,
            };
            for (axis, &extent) in shape.iter().enumerate() {
                let start = draw.signed(0, extent as i32 - 1);
                let from_the_end = if draw.one_in(3) { extent as i32 } else { 0 };
                let shrinks = draw.one_in(6);
                let (end, stride) = match draw.one_in(3) && !shrinks {
                    true => (draw.signed(-1, start - 1), -draw.signed(1, 3)),
                    false => (draw.signed(start + 1, extent as i32), draw.signed(1, 3)),
                };
                // An end before the first element counts from behind, as the mask has it.
                op.end_mask |= u32::from(end < 0 || draw.one_in(6)) << axis;
                op.shrink_axis_mask |= u32::from(shrinks) << axis;
                op.begin_mask |= u32::from(!shrinks && draw.one_in(6)) << axis;
                entries[0].push(start - from_the_end);
                entries[1].push(end);
                entries[2].push(if shrinks { 1 } else { stride });
            }
            let entries = entries.map(|entries| draft.indices(&[entries.len()], &entries));
            let inputs = std::iter::once(input).chain(entries).collect();
            (Op::StridedSlice(op), inputs, 1)
        },
    )
}

pub(crate) fn split(draw: &mut Draw) -> Case {
    let mut shape = draw.shape(1, 4);
    let axis = draw.axis(shape.len());
    let at = axis.rem_euclid(shape.len() as i32) as usize;
    let pieces = draw.integer(1, 4);
    let is_even = draw.one_in(2);
    let lengths: Vec<i32> = (0..pieces).map(|_| draw.signed(1, 5)).collect();
    shape[at] = match is_even {
        true => pieces * shape[at].min(5),
        false => lengths.iter().sum::<i32>() as usize,
    };
    moved(draw, "split", &NUMBERS, shape, |_, draft, input, _| {
        let axis = draft.indices(&[], &[axis]);
        let (kind, inputs) = match is_even {
            true => (SplitKind::Split, vec![axis, input]),
            false => {
                let lengths = draft.indices(&[pieces], &lengths);
                (SplitKind::SplitV, vec![input, lengths, axis])
            }
        };
        let num_splits = pieces as i32;
        (Op::Split(Split { kind, num_splits }), inputs, pieces)
    })
}

pub(crate) fn unpack(draw: &mut Draw) -> Case {
    let mut shape = draw.shape(1, 4);
    let axis = draw.axis(shape.len());
    let at = axis.rem_euclid(shape.len() as i32) as usize;
    shape[at] = shape[at].min(5);
    let num = shape[at];
    let dtypes = [Float32, Int8, UInt8, Int16, Int32, Bool];
    moved(draw, "unpack", &dtypes, shape, |_, _, input, _| {
        let op = Op::Unpack(Unpack {
            num: num as i32,
            axis,
        });
        (op, vec![input], num)
    })
}
