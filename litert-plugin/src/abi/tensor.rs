//! `TfLiteTensor`.

use std::ffi::{c_char, c_int, c_void};

use super::quantization::Quantization;
use super::{Delegate, IntArray, Sparsity, assert_layout};

/// A tensor of LiteRT's graph.
#[repr(C)]
pub(crate) struct Tensor {
    pub(crate) dtype: i32,
    pub(crate) data: *mut u8,
    pub(crate) dims: *const IntArray,
    /// The scale and zero point where there is one of each.
    pub(crate) scale: f32,
    pub(crate) zero_point: i32,
    pub(crate) allocation_type: c_int,
    pub(crate) bytes: usize,
    allocation: *const c_void,
    pub(crate) name: *const c_char,
    delegate: *mut Delegate,
    pub(crate) buffer_handle: c_int,
    pub(crate) data_is_stale: bool,
    pub(crate) is_variable: bool,
    pub(crate) quantization: Quantization,
    pub(crate) sparsity: *const Sparsity,
    pub(crate) dims_signature: *const IntArray,
}

assert_layout! {
    Tensor: 112,
    dtype at 0,
    data at 8,
    dims at 16,
    scale at 24,
    allocation_type at 32,
    bytes at 40,
    name at 56,
    delegate at 64,
    buffer_handle at 72,
    data_is_stale at 76,
    is_variable at 77,
    quantization at 80,
    sparsity at 96,
    dims_signature at 104,
}

/// A [`Tensor::allocation_type`]: a constant, whose bytes lie in the model.
pub(crate) const READ_ONLY: c_int = 1;

/// A [`Tensor::allocation_type`]: its shape is known when it is written.
pub(crate) const DYNAMIC: c_int = 4;
