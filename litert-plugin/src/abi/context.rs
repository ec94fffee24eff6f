//! `TfLiteContext`: what LiteRT offers of one graph.

use std::ffi::{c_char, c_int, c_void};

use super::{
    Delegate, IntArray, Node, PaddedRegistration, Registration, Status, Tensor, assert_layout,
};

/// The functions and tensors of one graph of an interpreter. Which of the functions may be called depends on the callback that is
/// running: those of the plan and its nodes only while a delegate prepares.
#[repr(C)]
pub(crate) struct Context {
    pub(crate) tensors_size: usize,
    pub(crate) get_execution_plan:
        Option<unsafe extern "C" fn(*mut Context, *mut *mut IntArray) -> Status>,
    pub(crate) tensors: *mut Tensor,
    implementation: *mut c_void,
    /// Takes the extents over, and frees them.
    pub(crate) resize_tensor:
        Option<unsafe extern "C" fn(*mut Context, *mut Tensor, *mut IntArray) -> Status>,
    pub(crate) report_error: Option<unsafe extern "C" fn(*mut Context, *const c_char, ...)>,
    add_tensors: *const c_void,
    pub(crate) get_node_and_registration: Option<
        unsafe extern "C" fn(*mut Context, c_int, *mut *mut Node, *mut *mut Registration) -> Status,
    >,
    pub(crate) replace_node_subsets: Option<
        unsafe extern "C" fn(
            *mut Context,
            PaddedRegistration,
            *const IntArray,
            *mut Delegate,
        ) -> Status,
    >,
    recommended_threads: c_int,
    external_contexts: [*const c_void; 2],
    allow_relaxed_floats: bool,
    profiler: *mut c_void,
    buffers: [*const c_void; 4],
    resize_tensor_explicit: *const c_void,
    preview_delegate_partitioning: *const c_void,
    get_tensor: *const c_void,
    get_eval_tensor: *const c_void,
    get_model_metadata: *const c_void,
    subgraph_contexts: [*const c_void; 2],
}

assert_layout! {
    Context: 200,
    tensors_size at 0,
    get_execution_plan at 8,
    tensors at 16,
    resize_tensor at 32,
    report_error at 40,
    get_node_and_registration at 56,
    replace_node_subsets at 64,
    recommended_threads at 72,
    preview_delegate_partitioning at 152,
    get_model_metadata at 176,
}
