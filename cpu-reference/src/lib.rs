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
mod assign_variable;
pub mod batch_matmul;
pub mod broadcast;
pub mod broadcast_args;
mod broadcast_to;
pub mod cast;
pub mod comparison;
pub mod concatenation;
mod control_flow;
pub mod conv_2d;
pub mod cumsum;
pub mod custom;
mod delegate;
pub mod densify;
pub mod depthwise_conv_2d;
pub mod dequantize;
mod dispatch;
pub mod div;
pub mod dynamic_range;
pub mod dynamic_update_slice;
pub mod element_moves;
pub mod elementwise_binary;
pub mod elementwise_unary;
pub mod embedding_lookup;
mod expand_dims;
mod fill;
mod folding;
pub mod fully_connected;
pub mod gather;
pub mod gather_nd;
pub mod gelu;
pub mod hard_swish;
mod integer_weights;
mod kernel;
pub mod l2_normalization;
pub mod leaky_relu;
pub mod log_softmax;
pub mod logistic;
pub mod lstm;
pub mod mean;
pub mod mirror_pad;
pub mod mul;
pub mod non_max_suppression;
pub mod one_hot;
pub mod output_stage;
pub mod pack;
pub mod packed_filter;
pub mod pad;
pub mod pool_2d;
pub mod prelu;
mod prepacked;
pub mod quantize;
pub mod quantized_element;
pub mod range;
mod rank;
mod read_variable;
mod recurrent;
pub mod reduce;
pub mod reduction;
pub mod relu;
mod reshape;
pub mod resize_bilinear;
pub mod resize_nearest_neighbor;
pub mod reverse_sequence;
mod reverse_v2;
pub mod scatter_nd;
pub mod segment_sum;
pub mod select;
mod shape_of;
mod slice;
pub mod softmax;
pub mod space_batch;
pub mod space_depth;
pub mod split;
mod squeeze;
pub mod strided_slice;
pub mod sub;
pub mod svdf;
pub mod tanh;
mod tensor_parameters;
pub mod tile;
pub mod topk_v2;
pub mod transpose;
pub mod transpose_conv;
mod unique;
mod unpack;
mod var_handle;
pub mod where_true;
pub mod window;
mod zeros_like;

pub use custom::CustomKernel;
pub use delegate::ReferenceDelegate;
pub use kernel::{Kernel, KernelIo, Prepared, Unprepared};
