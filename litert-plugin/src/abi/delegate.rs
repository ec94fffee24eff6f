//! `TfLiteDelegate` and what a delegate's kernels are initialized with.

use std::ffi::c_void;

use super::{Context, IntArray, Status, assert_layout};

/// A `TfLiteDelegate`: a delegate as LiteRT sees it.
#[repr(C)]
#[derive(Debug)]
pub struct Delegate {
    pub(crate) data: *mut c_void,
    pub(crate) prepare: Option<unsafe extern "C" fn(*mut Context, *mut Delegate) -> Status>,
    pub(crate) buffer_handles: [*const c_void; 3],
    pub(crate) flags: i64,
    pub(crate) opaque_builder: *mut c_void,
}

assert_layout! { Delegate: 56, data at 0, prepare at 8, flags at 40, opaque_builder at 48 }

/// The flag of delegates whose kernels are prepared again where shapes change, and may have outputs whose shapes only an invocation
/// shows.
pub(crate) const ALLOW_DYNAMIC_TENSORS: i64 = 1;

/// What the kernel of a partition is initialized with.
#[repr(C)]
pub(crate) struct DelegateParams {
    pub(crate) delegate: *mut Delegate,
    pub(crate) nodes_to_replace: *const IntArray,
    pub(crate) input_tensors: *const IntArray,
    pub(crate) output_tensors: *const IntArray,
}

assert_layout! {
    DelegateParams: 32,
    delegate at 0,
    nodes_to_replace at 8,
    input_tensors at 16,
    output_tensors at 24,
}
