//! Sums of products: what convolutions, fully connected layers and products of matrices share.

pub mod accumulator;
pub(crate) mod convolution;
pub mod dynamic_range;
pub(crate) mod integer_weights;
pub mod output_stage;
pub mod packed_filter;
pub mod spread;
