//! Ops that compute an element of the output of a row or of several axes of the input.

use demilite_core::op::arg_min_max::ArgMinMaxKind;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::op::unsorted_segment::SegmentKind;
use demilite_core::op::{
    Activation, ArgMinMax, Cumsum, L2Normalization, LogSoftmax, Mean, Reduction, SegmentSum,
    Softmax, TopkV2, UnsortedSegment,
};
use demilite_core::{DataType, Op, Quantization};

use super::draw::Draw;
use crate::case::Case;
use crate::cases::ACTIVATIONS;
use crate::cases::reduction::rounding;
use crate::cases::unsorted_segment;
use crate::float_bound::Rounding;

use DataType::{Bool, Float32, Int8, Int16, Int32, Int64, UInt8};

/// Some axes of a rank, each once, counted from either end.
fn axes(draw: &mut Draw, rank: usize) -> Vec<i32> {
    let mut axes: Vec<i32> = Vec::new();
    for axis in 0..rank as i32 {
        if draw.one_in(2) {
            axes.push(axis - if draw.one_in(3) { rank as i32 } else { 0 });
        }
    }
    if axes.is_empty() {
        axes.push(draw.axis(rank));
    }
    axes
}

/// How many elements are reduced to one.
fn terms(shape: &[usize], axes: &[i32]) -> usize {
    let reduced = axes
        .iter()
        .map(|&axis| shape[axis.rem_euclid(shape.len() as i32) as usize]);
    reduced.product()
}

pub(crate) fn mean(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, Int8, UInt8, Int16, Int32, Int64]);
    let shape = draw.shape(1, 4);
    let axes = axes(draw, shape.len());
    let mut draft = draw.draft("mean", dtype, "").within(100.0);
    let input = draw.quantization(dtype);
    let output = draw.near(dtype, &input);
    let input = draft.input_with(dtype, &shape, input);
    let indices = draft.indices(&[axes.len()], &axes);
    let op = Op::Mean(Mean {
        keep_dims: draw.one_in(2),
    });
    let rounding = Rounding::Means {
        terms: terms(&shape, &axes),
    };
    draft.finish(op, &[input, indices], dtype, output, rounding)
}

pub(crate) fn reduction(draw: &mut Draw) -> Case {
    let rows: [(ReductionKind, &[DataType]); 6] = [
        (ReductionKind::ReduceAll, &[Bool]),
        (ReductionKind::ReduceAny, &[Bool]),
        (
            ReductionKind::ReduceMax,
            &[Float32, Int8, UInt8, Int16, Int32, Int64],
        ),
        (
            ReductionKind::ReduceMin,
            &[Float32, Int8, UInt8, Int16, Int32, Int64],
        ),
        (
            ReductionKind::ReduceProd,
            &[Float32, Int8, Int16, Int32, Int64],
        ),
        (
            ReductionKind::Sum,
            &[Float32, Int8, UInt8, Int16, Int32, Int64],
        ),
    ];
    let (kind, dtypes) = draw.one(&rows);
    let dtype = draw.one(dtypes);
    let shape = draw.shape(1, 4);
    let axes = axes(draw, shape.len());
    let keep_dims = draw.one_in(2);
    let op = Op::Reduction(Reduction { kind, keep_dims });
    let mut draft = draw
        .draft("reduction", dtype, &op.name().to_lowercase())
        .within(2.0);
    let input = draft.input(dtype, &shape);
    let indices = draft.indices(&[axes.len()], &axes);
    let output = match kind {
        ReductionKind::Sum | ReductionKind::ReduceProd => draft.quantization(dtype),
        _ => draft.quantization_of(input),
    };
    let rounding = rounding(kind, terms(&shape, &axes));
    draft.finish(op, &[input, indices], dtype, output, rounding)
}

pub(crate) fn cumsum(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, Int32, Int64]);
    let shape = draw.shape(1, 5);
    let mut draft = draw.draft("cumsum", dtype, "");
    let input = draft.input(dtype, &shape);
    let axis = draft.indices(&[], &[draw.axis(shape.len())]);
    let op = Op::Cumsum(Cumsum {
        exclusive: draw.one_in(2),
        reverse: draw.one_in(2),
    });
    let rounding = Rounding::Sums {
        terms: shape.iter().copied().max().unwrap_or(1),
    };
    draft.finish(op, &[input, axis], dtype, None, rounding)
}

pub(crate) fn arg_min_max(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, Int8, UInt8, Int32, Bool]);
    let shape = draw.shape(1, 5);
    let kind = draw.one(&[ArgMinMaxKind::ArgMax, ArgMinMaxKind::ArgMin]);
    let output_type = draw.one(&[Int32, Int64]);
    let op = Op::ArgMinMax(ArgMinMax { kind, output_type });
    let mut draft = draw.draft("arg_min_max", dtype, &op.name().to_lowercase());
    let input = draft.input(dtype, &shape);
    let axis = draft.indices(&[], &[draw.axis(shape.len())]);
    draft.finish(op, &[input, axis], output_type, None, Rounding::Moves)
}

pub(crate) fn topk_v2(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, Int8, UInt8, Int16, Int32, Int64]);
    let shape = draw.shape(1, 4);
    let wanted = draw.integer(1, shape[shape.len() - 1]) as i32;
    let index = draw.one(&[Int16, Int32]);
    let mut draft = draw.draft("topk_v2", dtype, "");
    let input = draft.input(dtype, &shape);
    let quantization = draft.quantization_of(input);
    let wanted = draft.indices(&[], &[wanted]);
    let outputs = [(dtype, quantization), (index, None)];
    let op = Op::TopkV2(TopkV2);
    draft.finish_all(op, &[input, wanted], &outputs, Rounding::Moves)
}

pub(crate) fn segment_sum(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, Int32]);
    let shape = draw.shape(1, 4);
    let mut id = 0;
    let ids: Vec<i32> = (0..shape[0])
        .map(|index| {
            if index > 0 && draw.one_in(2) {
                id += 1;
            }
            id
        })
        .collect();
    let mut draft = draw.draft("segment_sum", dtype, "");
    let input = draft.input(dtype, &shape);
    let segments = draft.indices(&[ids.len()], &ids);
    let op = Op::SegmentSum(SegmentSum);
    let rounding = Rounding::Sums { terms: ids.len() };
    draft.finish(op, &[input, segments], dtype, None, rounding)
}

/// An op on rows whose quantized output has the parameters that the specification states. 8-bit rows
/// are no longer than `longest`.
struct OfRows<'a> {
    stem: &'a str,
    op: Op,
    dtypes: &'a [DataType],
    min_rank: usize,
    longest: usize,
    output: (f32, i32),
}

impl OfRows<'_> {
    fn draw(self, draw: &mut Draw) -> Case {
        let dtype = draw.one(self.dtypes);
        let mut shape = draw.shape(self.min_rank, 4);
        if let (Int8 | UInt8, Some(length)) = (dtype, shape.last_mut()) {
            *length = self.longest.min(*length);
        }
        let mut draft = draw.draft(self.stem, dtype, "");
        let input = draw.quantization(dtype);
        let input = draft.input_with(dtype, &shape, input);
        let (scale, zero_point) = self.output;
        let output = match dtype {
            Int8 => Some(Quantization::per_tensor(scale, zero_point)),
            UInt8 => Some(Quantization::per_tensor(scale, zero_point + 128)),
            Int16 => Some(Quantization::per_tensor(1.0 / 32768.0, 0)),
            _ => None,
        };
        draft.finish(self.op, &[input], dtype, output, Rounding::Function)
    }
}

pub(crate) fn softmax(draw: &mut Draw) -> Case {
    let beta = draw.one(&[1.0, 1.0, 0.3, 2.5]);
    let of_rows = OfRows {
        stem: "softmax",
        op: Op::Softmax(Softmax { beta }),
        dtypes: &ACTIVATIONS,
        min_rank: 1,
        // Exponentials that sum up to 256 and more end LiteRT's process.
        longest: 127,
        output: (1.0 / 256.0, -128),
    };
    of_rows.draw(draw)
}

pub(crate) fn log_softmax(draw: &mut Draw) -> Case {
    let of_rows = OfRows {
        stem: "log_softmax",
        op: Op::LogSoftmax(LogSoftmax),
        dtypes: &ACTIVATIONS[..3],
        min_rank: 1,
        longest: usize::MAX,
        output: (16.0 / 256.0, 127),
    };
    of_rows.draw(draw)
}

pub(crate) fn l2_normalization(draw: &mut Draw) -> Case {
    let of_rows = OfRows {
        stem: "l2_normalization",
        op: Op::L2Normalization(L2Normalization {
            activation: Activation::None,
        }),
        dtypes: &ACTIVATIONS[..3],
        min_rank: 2,
        longest: usize::MAX,
        output: (1.0 / 128.0, 0),
    };
    of_rows.draw(draw)
}

pub(crate) fn unsorted_segment(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, Int32]);
    let kind = draw.one(SegmentKind::ALL);
    let shape = draw.shape(1, 4);
    let parts = shape[..draw.integer(1, shape.len())].to_vec();
    let count = draw.signed(1, 7);
    let ids: Vec<i32> = (0..parts.iter().product())
        .map(|_| draw.signed(-1, count - 1))
        .collect();
    let mut draft = draw.draft("unsorted_segment", dtype, "").within(2.0);
    let input = draft.input(dtype, &shape);
    let segments = draft.indices(&parts, &ids);
    let count = draft.indices(&[], &[count]);
    let op = Op::UnsortedSegment(UnsortedSegment { kind });
    let rounding = unsorted_segment::rounding(kind, ids.len());
    draft.finish(op, &[input, segments, count], dtype, None, rounding)
}
