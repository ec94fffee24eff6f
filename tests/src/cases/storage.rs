//! Constants that are packed, stored sparsely, or quantized block by block, as the ops take them that read them so.

use demilite_core::op::{Activation, Dequantize, EmbeddingLookup, FullyConnected};
use demilite_core::{DataType, Op, Quantization};

use crate::case::{Case, Draft, extents};
use crate::float_bound::Rounding;

use DataType::{Float16, Float32, Int2, Int4, Int8, UInt4};

fn layer() -> Op {
    Op::FullyConnected(FullyConnected {
        activation: Activation::None,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: 0,
    })
}

pub(super) fn cases() -> Vec<Case> {
    let packed = [Int4, Int2, UInt4].into_iter().flat_map(dequantized);
    let sparse = [(Float32, 1), (Float32, 4), (Int8, 16)];
    let sparse = sparse
        .into_iter()
        .map(|(dtype, block)| sparse_layer(dtype, block));
    let blockwise = [(3, 32, 4), (3, 64, 7), (3, 128, 8), (9, 32, 37)];
    let blockwise = blockwise
        .into_iter()
        .map(|(rows, block, outputs)| blockwise_layer(rows, block, outputs));
    let tables = [(Int4, Float32), (Int4, Float16), (Int2, Float32)];
    let tables = tables.into_iter().map(|(table, dtype)| rows(table, dtype));
    packed
        .chain(sparse)
        .chain(blockwise)
        .chain(tables)
        .collect()
}

/// Numbers several of which share a byte, the last byte not full.
fn dequantized(dtype: DataType) -> Vec<Case> {
    let case = |words: &str, shape: &[usize], quantization| {
        let name = format!("dequantize/{dtype}/packed/{}/{words}", extents(shape));
        let mut draft = Draft::new(name);
        let input = draft.constant(dtype, shape, Some(quantization));
        let op = Op::Dequantize(Dequantize);
        draft.finish(op, &[input], Float32, None, Rounding::Moves)
    };
    let mut cases = vec![
        case("one_scale", &[1], Quantization::per_tensor(0.3, 1)),
        case("one_scale", &[5, 7], Quantization::per_tensor(0.7, 0)),
    ];
    if dtype == Int4 {
        let scales = Quantization::per_axis([0.1, 0.25, 0.7], 1);
        cases.push(case("per_axis_1", &[2, 3, 5], scales));
    }
    cases
}

/// A layer whose weights are stored in blocks of so many in a row.
fn sparse_layer(dtype: DataType, block: usize) -> Case {
    let (depth, outputs) = (48, 5);
    let mut draft = Draft::new(format!(
        "fully_connected/{dtype}/sparse/3x48/5x48/blocks_of_{block}"
    ));
    let input = draft.input(dtype, &[3, depth]);
    let quantization = (dtype == Int8).then(|| Quantization::per_tensor(0.05, 0));
    let mut place = 0;
    let weights = draft.sparse_rows(dtype, [outputs, depth], block, quantization, || {
        place += 1;
        place % 3 != 0
    });
    let output = draft.quantization(dtype);
    let rounding = Rounding::Products { terms: depth };
    let inputs = [Some(input), Some(weights), None];
    draft.finish_optional(layer(), &inputs, &[(dtype, output)], rounding)
}

/// A layer whose weights have a scale for each block.
fn blockwise_layer(rows: usize, block: usize, outputs: usize) -> Case {
    let depth = 2 * block;
    let name = format!("fully_connected/float32/blockwise_int4/{rows}x{depth}/{outputs}x{depth}");
    let mut draft = Draft::new(name);
    let input = draft.input(Float32, &[rows, depth]);
    let weights = draft.blockwise(Int4, &[outputs, depth], block);
    let rounding = Rounding::Products { terms: depth };
    let inputs = [Some(input), Some(weights), None];
    draft.finish_optional(layer(), &inputs, &[(Float32, None)], rounding)
}

/// Rows of a table that have a scale for each block.
fn rows(table: DataType, dtype: DataType) -> Case {
    let mut draft = Draft::new(format!("embedding_lookup/{dtype}/blockwise_{table}/7x64"));
    let inputs = [
        draft.indices(&[3], &[6, 0, 3]),
        draft.blockwise(table, &[7, 64], 16),
    ];
    let op = Op::EmbeddingLookup(EmbeddingLookup);
    draft.finish(op, &inputs, dtype, None, Rounding::Function)
}
