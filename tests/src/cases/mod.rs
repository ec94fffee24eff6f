//! The cases: one file for each op, with the stem that the op has in core.
//!
//! Extents are mostly primes, so that no two of them can be mistaken for one another and nothing
//! divides evenly; extents of 1, the least and the greatest rank, broadcasting, channels that do not
//! fill a vector, and values at the ends of their type are there for each op that has them.

use demilite_core::op::{Activation, Padding};
use demilite_core::{DataType, for_each_op};

use crate::case::Case;

mod binary;
pub(crate) mod convolution;
mod dequantized_weights;
mod halves;
mod int64;
mod movement;
pub(crate) mod signed_scales;
mod storage;
pub(crate) mod string_moves;
mod ties;
mod unary;
mod variable_operand;

macro_rules! declare_modules {
    ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
        $(pub(crate) mod $file;)+

        /// The cases of each op.
        const OF_OPS: &[fn() -> Vec<Case>] = &[$($file::cases),+];
    };
}

for_each_op!(declare_modules);

/// The cases of several ops.
const OF_SEVERAL: &[fn() -> Vec<Case>] = &[
    dequantized_weights::cases,
    halves::cases,
    int64::cases,
    signed_scales::cases,
    storage::cases,
    string_moves::cases,
    ties::cases,
    variable_operand::cases,
];

/// Every case, op by op.
pub fn all() -> Vec<Case> {
    let cases = OF_OPS.iter().chain(OF_SEVERAL);
    cases.flat_map(|cases| cases()).collect()
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
