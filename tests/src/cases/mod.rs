//! The cases: one file for each op, with the stem that the op has in core.
//!
//! Extents are mostly primes, so that no two of them can be mistaken for one another and nothing
//! divides evenly; extents of 1, the least and the greatest rank, broadcasting, channels that do not
//! fill a vector, and values at the ends of their type are there for each op that has them.

use demilite_core::DataType;
use demilite_core::op::{Activation, Padding};

use crate::case::Case;

mod add;
mod add_n;
mod arg_min_max;
pub(crate) mod batch_matmul;
pub(crate) mod bidirectional_lstm;
mod binary;
pub(crate) mod bitcast;
mod broadcast_args;
mod broadcast_to;
mod bucketize;
mod cast;
mod comparison;
mod complex_part;
mod concatenation;
mod conv_2d;
pub(crate) mod conv_3d;
pub(crate) mod convolution;
mod cumsum;
mod densify;
mod depthwise_conv_2d;
mod dequantize;
mod dequantized_weights;
mod dilate;
mod div;
mod dynamic_update_slice;
pub(crate) mod elementwise_binary;
pub(crate) mod elementwise_unary;
mod embedding_lookup;
mod expand_dims;
mod fake_quant;
mod fill;
mod fully_connected;
mod gather;
mod gather_nd;
mod gelu;
mod halves;
mod hard_swish;
pub(crate) mod hashtable;
pub(crate) mod hashtable_lookup;
mod l2_normalization;
mod leaky_relu;
mod local_response_normalization;
mod log_softmax;
mod logistic;
pub(crate) mod lstm;
pub(crate) mod matrix_diag;
mod mean;
mod mirror_pad;
mod movement;
mod mul;
pub(crate) mod non_max_suppression;
mod one_hot;
mod pack;
mod pad;
mod pool_2d;
mod prelu;
mod quantize;
pub(crate) mod random;
mod range;
mod rank;
pub(crate) mod reduction;
mod relu;
mod reshape;
mod resize_bilinear;
mod resize_nearest_neighbor;
mod reverse_sequence;
mod reverse_v2;
pub(crate) mod rfft2d;
pub(crate) mod rng_bit_generator;
pub(crate) mod rnn;
mod scatter_nd;
mod segment_sum;
mod select;
mod shape_of;
pub(crate) mod signed_scales;
mod slice;
mod softmax;
mod space_batch;
mod space_depth;
mod sparse_to_dense;
mod split;
mod squeeze;
mod storage;
mod strided_slice;
pub(crate) mod string_moves;
mod sub;
pub(crate) mod svdf;
mod tanh;
mod tile;
mod topk_v2;
mod transpose;
pub(crate) mod transpose_conv;
mod unary;
mod unique;
mod unpack;
pub(crate) mod unsorted_segment;
mod variable_operand;
mod where_true;
mod zeros_like;

/// Every case, op by op.
pub fn all() -> Vec<Case> {
    let of_ops = [
        add::cases,
        add_n::cases,
        arg_min_max::cases,
        batch_matmul::cases,
        bidirectional_lstm::cases,
        bitcast::cases,
        broadcast_args::cases,
        broadcast_to::cases,
        bucketize::cases,
        cast::cases,
        comparison::cases,
        complex_part::cases,
        concatenation::cases,
        conv_2d::cases,
        conv_3d::cases,
        cumsum::cases,
        densify::cases,
        depthwise_conv_2d::cases,
        dequantize::cases,
        dequantized_weights::cases,
        dilate::cases,
        div::cases,
        dynamic_update_slice::cases,
        elementwise_binary::cases,
        elementwise_unary::cases,
        embedding_lookup::cases,
        expand_dims::cases,
        fake_quant::cases,
        fill::cases,
        fully_connected::cases,
        gather::cases,
        gather_nd::cases,
        gelu::cases,
        halves::cases,
        hard_swish::cases,
        hashtable::cases,
        hashtable_lookup::cases,
        l2_normalization::cases,
        leaky_relu::cases,
        local_response_normalization::cases,
        log_softmax::cases,
        logistic::cases,
        matrix_diag::cases,
        lstm::cases,
        mean::cases,
        mirror_pad::cases,
        mul::cases,
        non_max_suppression::cases,
        one_hot::cases,
        pack::cases,
        pad::cases,
        pool_2d::cases,
        prelu::cases,
        quantize::cases,
        random::cases,
        range::cases,
        rank::cases,
        reduction::cases,
        relu::cases,
        reshape::cases,
        resize_bilinear::cases,
        resize_nearest_neighbor::cases,
        reverse_sequence::cases,
        reverse_v2::cases,
        rfft2d::cases,
        rng_bit_generator::cases,
        rnn::cases,
        scatter_nd::cases,
        segment_sum::cases,
        select::cases,
        shape_of::cases,
        signed_scales::cases,
        slice::cases,
        softmax::cases,
        space_batch::cases,
        space_depth::cases,
        sparse_to_dense::cases,
        split::cases,
        squeeze::cases,
        storage::cases,
        strided_slice::cases,
        string_moves::cases,
        sub::cases,
        svdf::cases,
        tanh::cases,
        tile::cases,
        topk_v2::cases,
        transpose::cases,
        transpose_conv::cases,
        unique::cases,
        unpack::cases,
        unsorted_segment::cases,
        variable_operand::cases,
        where_true::cases,
        zeros_like::cases,
    ];
    of_ops
        .into_iter()
        .flat_map(|cases: fn() -> Vec<Case>| cases())
        .collect()
}

/// The cases whose names contain this text.
pub fn matching(filter: &str) -> Vec<Case> {
    let mut cases = all();
    cases.retain(|case| case.name().contains(filter));
    cases
}

/// The types that a quantized network's activations have, and float32.
pub(crate) const ACTIVATIONS: [DataType; 4] = [
    DataType::Float32,
    DataType::Int8,
    DataType::UInt8,
    DataType::Int16,
];

/// The types of elements that are moved and not computed with.
pub(crate) const MOVED: [DataType; 8] = [
    DataType::Float32,
    DataType::Float16,
    DataType::Int8,
    DataType::UInt8,
    DataType::Int16,
    DataType::Int32,
    DataType::Int64,
    DataType::Bool,
];

/// How an activation stands in a name.
fn activation_name(activation: Activation) -> &'static str {
    match activation {
        Activation::None => "linear",
        Activation::Relu => "relu",
        Activation::ReluN1To1 => "relu_n1_to_1",
        Activation::Relu6 => "relu6",
        Activation::Tanh => "tanh",
        Activation::SignBit => "sign_bit",
    }
}

/// How a padding stands in a name.
fn padding_name(padding: Padding) -> &'static str {
    match padding {
        Padding::Same => "same",
        Padding::Valid => "valid",
    }
}
