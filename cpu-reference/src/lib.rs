//! Kernels that give the bytes of LiteRT's reference kernels: one op a file, pure functions over
//! slices.
//!
//! Integers follow LiteRT's reference kernels bit for bit. Floats are summed one after the other in
//! the order of the reference, without fused multiply-adds, so that they too are equal to the bit
//! wherever no function of the platform's mathematics library is involved.

#![forbid(unsafe_code)]

pub mod accumulator;
pub mod add;
pub mod add_n;
mod arena;
pub mod arg_min_max;
pub mod broadcast;
pub mod cast;
pub mod comparison;
pub mod concatenation;
pub mod conv_2d;
pub mod cumsum;
mod delegate;
pub mod depthwise_conv_2d;
pub mod dequantize;
mod dispatch;
pub mod div;
pub mod dynamic_range;
pub mod elementwise_binary;
pub mod elementwise_unary;
mod folding;
pub mod fully_connected;
pub mod gelu;
pub mod hard_swish;
mod integer_weights;
mod kernel;
pub mod l2_normalization;
pub mod leaky_relu;
pub mod log_softmax;
pub mod logistic;
pub mod mean;
pub mod mul;
pub mod output_stage;
pub mod packed_filter;
pub mod pad;
pub mod pool_2d;
pub mod prelu;
mod prepacked;
pub mod quantize;
pub mod quantized_element;
pub mod reduce;
pub mod reduction;
pub mod relu;
mod reshape;
pub mod resize_bilinear;
mod sigmoid_table;
pub mod softmax;
mod squeeze;
pub mod sub;
pub mod tanh;
mod tensor_parameters;
pub mod window;

pub use delegate::ReferenceDelegate;
