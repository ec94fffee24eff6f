//! `TfLiteNode` and `TfLiteRegistration`.

use std::ffi::{c_char, c_int, c_void};

use super::{Context, Delegate, IntArray, Status, assert_layout};

/// A node of LiteRT's graph.
#[repr(C)]
pub(crate) struct Node {
    pub(crate) inputs: *const IntArray,
    pub(crate) outputs: *const IntArray,
    pub(crate) intermediates: *const IntArray,
    temporaries: *const IntArray,
    pub(crate) user_data: *mut c_void,
    pub(crate) builtin_data: *const c_void,
    pub(crate) custom_initial_data: *const c_void,
    pub(crate) custom_initial_data_size: c_int,
    delegate: *mut Delegate,
    might_have_side_effect: bool,
}

assert_layout! {
    Node: 80,
    inputs at 0,
    outputs at 8,
    intermediates at 16,
    user_data at 32,
    builtin_data at 40,
    custom_initial_data at 48,
    custom_initial_data_size at 56,
    might_have_side_effect at 72,
}

/// Makes what a kernel keeps, from the bytes of its options, or for a delegate's from its [`DelegateParams`](super::DelegateParams).
pub(crate) type Init = unsafe extern "C" fn(*mut Context, *const c_char, usize) -> *mut c_void;

/// Frees what [`Init`] made.
pub(crate) type Free = unsafe extern "C" fn(*mut Context, *mut c_void);

/// Prepares or invokes a kernel.
pub(crate) type Run = unsafe extern "C" fn(*mut Context, *mut Node) -> Status;

/// The functions of a kernel, and the operator that it is of.
#[repr(C)]
pub(crate) struct Registration {
    pub(crate) init: Option<Init>,
    pub(crate) free: Option<Free>,
    pub(crate) prepare: Option<Run>,
    pub(crate) invoke: Option<Run>,
    pub(crate) profiling_string: *const c_void,
    pub(crate) builtin_code: i32,
    pub(crate) custom_name: *const c_char,
    pub(crate) version: c_int,
    pub(crate) external: *mut c_void,
    pub(crate) async_kernel: *const c_void,
    pub(crate) inplace_operator: u64,
}

assert_layout! {
    Registration: 88,
    init at 0,
    free at 8,
    prepare at 16,
    invoke at 24,
    builtin_code at 40,
    custom_name at 48,
    version at 56,
    external at 64,
    inplace_operator at 80,
}

/// A registration with zeros behind it. It is handed over by value: a host whose struct has more fields reads these as absent.
#[repr(C)]
pub(crate) struct PaddedRegistration {
    pub(crate) registration: Registration,
    pub(crate) padding: [u64; 8],
}
