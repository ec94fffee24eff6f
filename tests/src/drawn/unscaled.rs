//! Ops on integers without a scale, and on bools and float16 where other numbers are usual.

use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::op::{Activation, Add, Mul, Pad, Padding, Pool2d, Reduction, Window};
use demilite_core::{DataType, Op};

use super::draw::Draw;
use crate::case::Case;
use crate::cases::reduction::rounding;
use crate::float_bound::Rounding;

use DataType::{Bool, Float16, Int8, Int16, UInt8, UInt32};

pub(super) fn unscaled_pad(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Bool, Float16, Int8, UInt8, Int16]);
    let shape = draw.shape(1, 5);
    let paddings: Vec<i32> = (0..2 * shape.len()).map(|_| draw.signed(0, 2)).collect();
    let has_value = draw.one_in(2);
    let mut draft = draw.draft("pad", dtype, "unscaled");
    let mut inputs = vec![
        draft.input_with(dtype, &shape, None),
        draft.indices(&[shape.len(), 2], &paddings),
    ];
    if has_value {
        inputs.push(draft.constant(dtype, &[], None));
    }
    let op = Op::Pad(Pad { has_value });
    draft.finish(op, &inputs, dtype, None, Rounding::Moves)
}

pub(super) fn unscaled_arithmetic(draw: &mut Draw) -> Case {
    let activations = [
        Activation::None,
        Activation::None,
        Activation::Relu,
        Activation::Relu6,
        Activation::ReluN1To1,
    ];
    let activation = draw.one(&activations);
    let (stem, dtype, op) = match draw.integer(0, 2) {
        0 => {
            let pot_scale_int16 = draw.one_in(2);
            let op = Add {
                activation,
                pot_scale_int16,
            };
            ("add", Int16, Op::Add(op))
        }
        1 => ("mul", Int16, Op::Mul(Mul { activation })),
        _ => {
            let activation = draw.one(&[Activation::None, Activation::Relu]);
            ("mul", UInt32, Op::Mul(Mul { activation }))
        }
    };
    let shapes = draw.broadcast(5);
    let mut draft = draw.draft(stem, dtype, "unscaled").between(0.0, 90_000.0);
    let inputs = shapes.map(|shape| draft.input_with(dtype, &shape, None));
    draft.finish(op, &inputs, dtype, None, Rounding::Function)
}

pub(super) fn unscaled_pool_2d(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Int8, UInt8, Int16]);
    let kind = draw.one(&[PoolKind::Average, PoolKind::Max]);
    let padding = draw.one(&[Padding::Same, Padding::Valid]);
    let sizes = [draw.integer(1, 4), draw.integer(1, 4)];
    let [rows, columns] = sizes.map(|size| Window {
        size,
        stride: draw.integer(1, 3),
        dilation: 1,
    });
    let image = [
        draw.integer(1, 2),
        sizes[0] + draw.integer(0, 6),
        sizes[1] + draw.integer(0, 6),
        draw.integer(1, 5),
    ];
    let mut draft = draw.draft("pool_2d", dtype, "unscaled");
    let input = draft.input_with(dtype, &image, None);
    let op = Op::Pool2d(Pool2d {
        kind,
        padding,
        rows,
        columns,
        activation: Activation::None,
    });
    draft.finish(op, &[input], dtype, None, Rounding::Moves)
}

pub(super) fn unscaled_reduction(draw: &mut Draw) -> Case {
    let (kind, dtypes): (_, &[DataType]) = draw.one(&[
        (ReductionKind::Sum, &[Bool][..]),
        (ReductionKind::ReduceProd, &[Bool, Int8, UInt8, Int16]),
        (ReductionKind::ReduceMax, &[Bool, Int8, UInt8, Int16]),
        (ReductionKind::ReduceMin, &[Bool, Int8, UInt8, Int16]),
    ]);
    let dtype = draw.one(dtypes);
    let shape = draw.shape(1, 4);
    let axis = draw.axis(shape.len());
    let terms = shape[axis.rem_euclid(shape.len() as i32) as usize];
    let mut draft = draw.draft("reduction", dtype, "unscaled");
    let inputs = [
        draft.input_with(dtype, &shape, None),
        draft.indices(&[1], &[axis]),
    ];
    let op = Op::Reduction(Reduction {
        kind,
        keep_dims: draw.one_in(2),
    });
    draft.finish(op, &inputs, dtype, None, rounding(kind, terms))
}
