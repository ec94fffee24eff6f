//! Ops that compute each element of the output of one element of the input, and PRELU.

use demilite_core::op::relu::ReluKind;
use demilite_core::op::{
    Bucketize, Cast, Dequantize, ElementwiseUnary, FakeQuant, Gelu, HardSwish, LeakyRelu,
    LocalResponseNormalization, Logistic, Prelu, Quantize, Relu, Tanh,
};
use demilite_core::{DataType, Op, Quantization};

use super::draw::Draw;
use crate::case::Case;
use crate::cases::elementwise_unary::{self, Domain};
use crate::cases::{ACTIVATIONS, MOVED};
use crate::float_bound::Rounding;

use DataType::{Float16, Float32, Int8, Int16, UInt8};

/// An op of one input whose output has a quantization of its own.
fn unary(
    draw: &mut Draw,
    stem: &str,
    words: &str,
    dtypes: &[DataType],
    op: Op,
    fixed: impl Fn(DataType) -> Option<Quantization>,
) -> Case {
    let dtype = draw.one(dtypes);
    let shape = draw.shape(0, 5);
    let mut draft = draw.draft(stem, dtype, words);
    let input = draw.quantization(dtype);
    let output = match fixed(dtype) {
        Some(fixed) => Some(fixed),
        None => draw.near(dtype, &input),
    };
    let input = draft.input_with(dtype, &shape, input);
    draft.finish(op, &[input], dtype, output, Rounding::Function)
}

pub(crate) fn relu(draw: &mut Draw) -> Case {
    let rows: [(ReluKind, &[DataType]); 4] = [
        (ReluKind::Relu, &ACTIVATIONS),
        (ReluKind::Relu6, &ACTIVATIONS),
        (ReluKind::ReluN1To1, &ACTIVATIONS[..3]),
        (ReluKind::Relu0To1, &ACTIVATIONS[..3]),
    ];
    let (kind, dtypes) = draw.one(&rows);
    let op = Op::Relu(Relu { kind });
    let words = op.name().to_lowercase();
    unary(draw, "relu", &words, dtypes, op, |_| None)
}

pub(crate) fn hard_swish(draw: &mut Draw) -> Case {
    let op = Op::HardSwish(HardSwish);
    unary(draw, "hard_swish", "", &ACTIVATIONS[..3], op, |_| None)
}

pub(crate) fn gelu(draw: &mut Draw) -> Case {
    let approximate = draw.one_in(2);
    let op = Op::Gelu(Gelu { approximate });
    unary(draw, "gelu", "", &ACTIVATIONS, op, |_| None)
}

pub(crate) fn leaky_relu(draw: &mut Draw) -> Case {
    let alpha = draw.real(0.0, 2.0);
    let op = Op::LeakyRelu(LeakyRelu { alpha });
    unary(draw, "leaky_relu", "", &ACTIVATIONS, op, |_| None)
}

pub(crate) fn logistic(draw: &mut Draw) -> Case {
    unary(
        draw,
        "logistic",
        "",
        &ACTIVATIONS,
        Op::Logistic(Logistic),
        |dtype| match dtype {
            Int8 => Some(Quantization::per_tensor(1.0 / 256.0, -128)),
            UInt8 => Some(Quantization::per_tensor(1.0 / 256.0, 0)),
            Int16 => Some(Quantization::per_tensor(1.0 / 32768.0, 0)),
            _ => None,
        },
    )
}

pub(crate) fn tanh(draw: &mut Draw) -> Case {
    unary(
        draw,
        "tanh",
        "",
        &ACTIVATIONS,
        Op::Tanh(Tanh),
        |dtype| match dtype {
            Int8 => Some(Quantization::per_tensor(1.0 / 128.0, 0)),
            UInt8 => Some(Quantization::per_tensor(1.0 / 128.0, 128)),
            Int16 => Some(Quantization::per_tensor(1.0 / 32768.0, 0)),
            _ => None,
        },
    )
}

pub(crate) fn elementwise_unary(draw: &mut Draw) -> Case {
    let (kind, dtypes, domain, keeps_scale) = draw.one(elementwise_unary::ROWS);
    let is_positive = domain == Domain::Positive;
    let dtype = draw.one(dtypes);
    let shape = draw.shape(0, 5);
    let op = Op::ElementwiseUnary(ElementwiseUnary { kind });
    let mut draft = draw.draft("elementwise_unary", dtype, &op.name().to_lowercase());
    if is_positive {
        draft = draft.between(0.01, 20.0);
        if dtype == Int16 {
            draft = draft.narrow_from(1);
        }
    }
    let drawn = draft.quantization(dtype);
    let input = match &drawn {
        Some(drawn) if is_positive && dtype == Int8 => {
            Some(Quantization::per_tensor(drawn.scale[0], -128))
        }
        _ => drawn,
    };
    let output = match keeps_scale {
        true => input.clone(),
        false => draft.quantization(dtype),
    };
    let input = draft.input_with(dtype, &shape, input);
    draft.finish(op, &[input], dtype, output, Rounding::Function)
}

pub(crate) fn prelu(draw: &mut Draw) -> Case {
    let dtype = draw.one(&ACTIVATIONS);
    let shape = draw.shape(1, 4);
    let mut slopes = shape.clone();
    for extent in &mut slopes {
        if draw.one_in(2) {
            *extent = 1;
        }
    }
    let mut draft = draw.draft("prelu", dtype, "");
    let input = draw.quantization(dtype);
    let output = draw.near(dtype, &input);
    let input = draft.input_with(dtype, &shape, input);
    let slopes_dtype = if dtype == Int16 { Int8 } else { dtype };
    let scale = draw.real(0.005, 0.02);
    let quantization = match slopes_dtype {
        Int8 => Some(Quantization::per_tensor(scale, 0)),
        UInt8 => Some(Quantization::per_tensor(scale, 120)),
        _ => None,
    };
    let slopes = draft.constant(slopes_dtype, &slopes, quantization);
    let rounding = Rounding::Products { terms: 1 };
    draft.finish(Op::Prelu(Prelu), &[input, slopes], dtype, output, rounding)
}

pub(crate) fn cast(draw: &mut Draw) -> Case {
    let (from, to) = (draw.one(&MOVED), draw.one(&MOVED));
    let shape = draw.shape(0, 5);
    // A conversion to an unsigned type is defined for what it can hold.
    let mut draft = draw
        .draft("cast", from, &to.to_string())
        .between(0.0, 100.0);
    let input = draft.input_with(from, &shape, None);
    let op = Op::Cast(Cast {
        in_data_type: from,
        out_data_type: to,
    });
    draft.finish(op, &[input], to, None, Rounding::Moves)
}

pub(crate) fn quantize(draw: &mut Draw) -> Case {
    let (from, to) = draw.one(&[
        (Float32, Int8),
        (Float32, UInt8),
        (Float32, Int16),
        (Int8, Int8),
        (Int8, UInt8),
        (Int8, Int16),
        (UInt8, Int8),
        (UInt8, UInt8),
        (Int16, Int8),
        (Int16, Int16),
    ]);
    let shape = draw.shape(0, 5);
    let mut draft = draw.draft("quantize", from, &to.to_string()).within(20.0);
    let input = draw.quantization(from);
    let output = match from {
        Float32 => draw.quantization(to),
        _ => draw.near(to, &input),
    };
    let input = draft.input_with(from, &shape, input);
    draft.finish(
        Op::Quantize(Quantize),
        &[input],
        to,
        output,
        Rounding::Moves,
    )
}

pub(crate) fn dequantize(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float16, Int8, UInt8, Int16]);
    let shape = draw.shape(0, 5);
    let mut draft = draw.draft("dequantize", dtype, "");
    let input = draw.quantization(dtype);
    let input = draft.input_with(dtype, &shape, input);
    draft.finish(
        Op::Dequantize(Dequantize),
        &[input],
        Float32,
        None,
        Rounding::Moves,
    )
}

pub(crate) fn bucketize(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, DataType::Int32, DataType::Int64]);
    let shape = draw.shape(0, 5);
    let mut boundaries: Vec<f32> = (0..draw.integer(0, 9))
        .map(|_| draw.signed(-16, 16) as f32 / 2.0)
        .collect();
    boundaries.sort_by(f32::total_cmp);
    let mut draft = draw.draft("bucketize", dtype, "");
    let input = draft.input(dtype, &shape);
    let op = Op::Bucketize(Bucketize { boundaries });
    draft.finish(op, &[input], DataType::Int32, None, Rounding::Moves)
}

pub(crate) fn fake_quant(draw: &mut Draw) -> Case {
    let op = Op::FakeQuant(FakeQuant {
        min: draw.real(-7.0, 0.0),
        max: draw.real(0.1, 7.0),
        num_bits: draw.signed(2, 16),
        narrow_range: false,
    });
    unary(draw, "fake_quant", "", &[Float32], op, |_| None)
}

pub(crate) fn local_response_normalization(draw: &mut Draw) -> Case {
    let shape = draw.shape_of_rank(4);
    let mut draft = draw.draft("local_response_normalization", Float32, "");
    let input = draft.input(Float32, &shape);
    let op = Op::LocalResponseNormalization(LocalResponseNormalization {
        radius: draw.signed(0, 5),
        bias: draw.real(0.5, 2.0),
        alpha: draw.real(0.0, 1.0),
        beta: draw.one(&[0.5, 0.75, 1.0]),
    });
    draft.finish(op, &[input], Float32, None, Rounding::Function)
}
