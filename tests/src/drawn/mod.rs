//! Cases drawn from seeds: random types, shapes, attributes and quantizations of single ops, and
//! small networks.
//!
//! An op and a seed say everything about their case, whose name has both: `mul/int8/seed_47` is the
//! case of seed 47 of MUL, on every machine.

mod binary;
mod chance;
mod cutting;
mod draw;
mod extension;
mod frequency;
mod halves;
mod image;
mod movement;
mod network;
mod placement;
mod recurrence;
mod reduction;
mod scales;
mod selection;
mod storage;
mod text;
mod unary;
mod unscaled;
mod weighed;

use std::ops::Range;

use crate::case::Case;
use draw::Draw;

/// What is drawn: a name and the function of the same name.
type Kind = (&'static str, fn(&mut Draw) -> Case);

macro_rules! kinds {
    ($($file:ident: $($kind:ident),+;)+) => {
        &[$($((stringify!($kind), $file::$kind)),+),+]
    };
}

const KINDS: &[Kind] = kinds! {
    binary: add, add_n, comparison, div, elementwise_binary, mul, sub;
    chance: random, rng_bit_generator;
    cutting: slice, split, strided_slice, unpack;
    extension: broadcast_to, mirror_pad, pad, tile, zeros_like;
    frequency: complex_part, rfft2d;
    movement: expand_dims, reshape, reverse_sequence, reverse_v2, space_batch, space_depth, squeeze, transpose;
    network: network;
    image: pool_2d, resize_bilinear, resize_nearest_neighbor;
    placement: bitcast, dilate, matrix_diag, sparse_to_dense;
    recurrence: basic_lstm, bidirectional_lstm, lstm, rnn, svdf;
    reduction: arg_min_max, cumsum, l2_normalization, log_softmax, mean, reduction, segment_sum, softmax, topk_v2, unsorted_segment;
    selection: broadcast_args, concatenation, dynamic_update_slice, embedding_lookup, fill, gather, gather_nd, non_max_suppression, one_hot, pack, scatter_nd, select, unique, where_true;
    text: hashtable, hashtable_lookup, string_moves;
    unary: bucketize, cast, dequantize, elementwise_unary, fake_quant, gelu, hard_swish, leaky_relu, local_response_normalization, logistic, prelu, quantize, relu, tanh;
    weighed: batch_matmul, conv_2d, conv_3d, depthwise_conv_2d, fully_connected, transpose_conv;
};

/// Types and storage that few models have.
const RARE_KINDS: &[Kind] = kinds! {
    halves: binary_halves, unary_halves;
    scales: signed_scales;
    storage: blockwise_embedding_lookup, blockwise_fully_connected, packed_dequantize, sparse_fully_connected;
    unscaled: unscaled_arithmetic, unscaled_pad, unscaled_pool_2d, unscaled_reduction;
};

/// The cases of these seeds: for each seed one of every op, and a network.
pub fn cases(seeds: Range<u64>) -> impl Iterator<Item = Case> {
    let kinds = || KINDS.iter().chain(RARE_KINDS);
    seeds.flat_map(move |seed| kinds().map(move |kind| draw(kind, seed)))
}

/// The cases of these seeds whose types or storage few models have, which need more seeds than others.
pub fn rare_cases(seeds: Range<u64>) -> impl Iterator<Item = Case> {
    seeds.flat_map(|seed| RARE_KINDS.iter().map(move |kind| draw(kind, seed)))
}

/// The case of this name, if it is that of a drawn one.
pub fn named(name: &str) -> Option<Case> {
    let (_, seed) = name.rsplit_once("/seed_")?;
    let seed = seed.parse().ok()?;
    let mut drawn = cases(seed..seed + 1);
    drawn.find(|case| case.name() == name)
}

fn draw((kind, case): &Kind, seed: u64) -> Case {
    case(&mut Draw::new(kind, seed))
}
