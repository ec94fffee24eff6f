//! demilite for C: models, sessions and tensors behind opaque handles. `include/demilite.h` is made from these sources.
//!
//! Every function that can fail returns a [`demilite_status`]; [`demilite_last_error`] has the words. A null pointer, an index that is
//! not there or a buffer of another size is an error. A panic does not leave the library.
#![allow(
    non_camel_case_types,
    reason = "these are the names that C code writes"
)]

mod border;
mod error;
mod model;
mod pointer;
mod session;
mod tensor;

use std::ffi::c_char;

pub use border::demilite_last_error;
pub use error::demilite_status;
pub use model::{
    demilite_model, demilite_model_free, demilite_model_from_bytes, demilite_model_open,
};
pub use session::{
    demilite_session, demilite_session_create, demilite_session_find_input,
    demilite_session_find_output, demilite_session_free, demilite_session_get_output,
    demilite_session_input, demilite_session_input_count, demilite_session_input_data,
    demilite_session_output, demilite_session_output_count, demilite_session_output_data,
    demilite_session_plan, demilite_session_reset, demilite_session_resize_input,
    demilite_session_run, demilite_session_set_input,
};
pub use tensor::{demilite_dtype, demilite_tensor};

/// The version of this interface. It grows when a function or struct changes in a way that breaks programs.
pub const DEMILITE_ABI_VERSION: u32 = 1;

/// The version of the interface that the library has: `DEMILITE_ABI_VERSION` of the header that it was built with. A program that finds
/// another one than that of its own header must not call anything else.
#[unsafe(no_mangle)]
pub extern "C" fn demilite_abi_version() -> u32 {
    DEMILITE_ABI_VERSION
}

/// The version of the library, such as "0.1.0".
#[unsafe(no_mangle)]
pub extern "C" fn demilite_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}
