//! Cases drawn from seeds: random types, shapes, attributes and quantizations of single ops, and
//! small networks.
//!
//! A seed says everything about its case, whose name ends with it: `mul/int8/seed_47` is the case of
//! seed 47, on every machine.

mod binary;
mod cutting;
mod draw;
mod extension;
mod movement;
mod network;
mod picture;
mod reduction;
mod selection;
mod unary;
mod weighed;

use crate::case::Case;
use draw::Draw;

/// What is drawn, in turn.
const KINDS: &[fn(&mut Draw) -> Case] = &[
    binary::add,
    binary::add_n,
    binary::comparison,
    binary::div,
    binary::elementwise_binary,
    binary::mul,
    binary::sub,
    cutting::slice,
    cutting::split,
    cutting::strided_slice,
    cutting::unpack,
    extension::broadcast_to,
    extension::mirror_pad,
    extension::pad,
    extension::tile,
    extension::zeros_like,
    movement::expand_dims,
    movement::reshape,
    movement::reverse_sequence,
    movement::reverse_v2,
    movement::space_batch,
    movement::space_depth,
    movement::squeeze,
    movement::transpose,
    network::classifier,
    picture::pool_2d,
    picture::resize_bilinear,
    picture::resize_nearest_neighbor,
    reduction::arg_min_max,
    reduction::cumsum,
    reduction::l2_normalization,
    reduction::log_softmax,
    reduction::mean,
    reduction::reduction,
    reduction::segment_sum,
    reduction::softmax,
    reduction::topk_v2,
    selection::broadcast_args,
    selection::concatenation,
    selection::dynamic_update_slice,
    selection::embedding_lookup,
    selection::fill,
    selection::gather,
    selection::gather_nd,
    selection::non_max_suppression,
    selection::one_hot,
    selection::pack,
    selection::scatter_nd,
    selection::select,
    selection::unique,
    selection::where_true,
    unary::cast,
    unary::dequantize,
    unary::elementwise_unary,
    unary::gelu,
    unary::hard_swish,
    unary::leaky_relu,
    unary::logistic,
    unary::prelu,
    unary::quantize,
    unary::relu,
    unary::tanh,
    weighed::batch_matmul,
    weighed::conv_2d,
    weighed::depthwise_conv_2d,
    weighed::fully_connected,
    weighed::transpose_conv,
];

/// The case of a seed. Seeds in a row are of different ops.
pub fn case(seed: u64) -> Case {
    let kind = seed % KINDS.len() as u64;
    KINDS[kind as usize](&mut Draw::new(seed))
}
