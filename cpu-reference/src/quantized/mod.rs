//! Quantized tensors: their integers, and the scales and zero points that kernels need.

pub mod element;
pub(crate) mod operands;
pub mod tensor_parameters;
