//! Constants that are packed, stored sparsely, or quantized block by block.

use demilite_core::op::{Activation, Dequantize, EmbeddingLookup, FullyConnected};
use demilite_core::{DataType, Op, Quantization};

use super::draw::Draw;
use crate::case::Case;
use crate::float_bound::Rounding;

use DataType::{Float16, Float32, Int2, Int4, Int8, Int32, UInt4};

fn layer(activation: Activation) -> Op {
    Op::FullyConnected(FullyConnected {
        activation,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: 0,
    })
}

fn activation(draw: &mut Draw) -> Activation {
    draw.one(&[Activation::None, Activation::Relu, Activation::Relu6])
}

/// LiteRT takes floats in blocks of any length, and bytes of integer layers in blocks of 16 alone; of others it reads what is
/// stored as if it were all.
pub(super) fn sparse_fully_connected(draw: &mut Draw) -> Case {
    let (dtype, block) = draw.one(&[(Float32, 1), (Float32, 2), (Float32, 4), (Int8, 16)]);
    let depth = block * draw.integer(1, if block == 16 { 4 } else { 13 });
    let (rows, outputs) = (draw.integer(1, 5), draw.integer(1, 9));
    let mut draft = draw.draft("fully_connected", dtype, "sparse");
    let input = draft.input(dtype, &[rows, depth]);
    let quantization = (dtype == Int8).then(|| match draw.one_in(2) {
        true => Quantization::per_tensor(draw.real(0.01, 0.1), 0),
        false => Quantization::per_axis(vec![draw.real(0.01, 0.1); outputs], 0),
    });
    let max_stored = draw.integer(1, 3);
    // LiteRT takes no weights of which nothing is stored.
    let mut is_first = true;
    let filter = draft.sparse_rows(dtype, [outputs, depth], block, quantization, || {
        std::mem::take(&mut is_first) || draw.integer(0, 3) < max_stored
    });
    let mut inputs = vec![Some(input), Some(filter)];
    if draw.one_in(2) {
        let scale = draft.scale_of(input) * draft.scale_of(filter);
        let quantization = Quantization::per_tensor(scale, 0);
        inputs.push(Some(match dtype {
            Float32 => draft.constant(Float32, &[outputs], None),
            _ => draft.wide_constant(Int32, outputs, 2000.0, quantization),
        }));
    } else {
        inputs.push(None);
    }
    let output = draw.near(dtype, &draft.quantization_of(input));
    let rounding = Rounding::Products { terms: depth + 1 };
    let op = layer(activation(draw));
    draft.finish_optional(op, &inputs, &[(dtype, output)], rounding)
}

/// LiteRT's optimized kernels leave out the activation, and the products of fewer than four outputs.
pub(super) fn blockwise_fully_connected(draw: &mut Draw) -> Case {
    let block = draw.one(&[32, 32, 64, 128]);
    let depth = block * draw.integer(1, 3);
    let (rows, outputs) = (draw.integer(1, 5), draw.integer(4, 12));
    let mut draft = draw.draft("fully_connected", Float32, "blockwise_int4");
    let input = draft.input(Float32, &[rows, depth]);
    let weights = draft.blockwise(Int4, &[outputs, depth], block);
    let bias = draw
        .one_in(2)
        .then(|| draft.constant(Float32, &[outputs], None));
    let rounding = Rounding::Products { terms: depth + 1 };
    let inputs = [Some(input), Some(weights), bias];
    let op = layer(Activation::None);
    draft.finish_optional(op, &inputs, &[(Float32, None)], rounding)
}

pub(super) fn blockwise_embedding_lookup(draw: &mut Draw) -> Case {
    let (table, dtype) = (draw.one(&[Int4, Int2]), draw.one(&[Float32, Float16]));
    let block = draw.one(&[8, 16, 32]);
    let (rows, columns) = (draw.integer(1, 9), block * draw.integer(1, 4));
    let indices: Vec<i32> = (0..draw.integer(1, 6))
        .map(|_| draw.integer(0, rows - 1) as i32)
        .collect();
    let words = format!("blockwise_{table}");
    let mut draft = draw.draft("embedding_lookup", dtype, &words);
    let inputs = [
        draft.indices(&[indices.len()], &indices),
        draft.blockwise(table, &[rows, columns], block),
    ];
    let op = Op::EmbeddingLookup(EmbeddingLookup);
    draft.finish(op, &inputs, dtype, None, Rounding::Function)
}

/// Numbers several of which share a byte, with one scale or one for each slice.
pub(super) fn packed_dequantize(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Int4, Int2, UInt4]);
    let shape = draw.shape(1, 4);
    let mut draft = draw.draft("dequantize", dtype, "packed");
    let dimension = draw.integer(0, shape.len() - 1);
    let scale = draw.real(0.01, 2.0);
    let quantization = match draw.one_in(2) && shape[dimension] > 1 && dtype == Int4 {
        true => {
            let scales: Vec<f32> = (0..shape[dimension])
                .map(|_| draw.real(0.01, 2.0))
                .collect();
            Quantization::per_axis(scales, dimension)
        }
        false => Quantization::per_tensor(scale, draw.signed(0, 1)),
    };
    let input = draft.constant(dtype, &shape, Some(quantization));
    let op = Op::Dequantize(Dequantize);
    draft.finish(op, &[input], Float32, None, Rounding::Moves)
}
