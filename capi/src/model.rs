//! Models.

use std::ffi::{c_char, c_void};
use std::path::PathBuf;
use std::sync::Arc;

use demilite::Model;

use crate::border::guarded;
use crate::error::demilite_status;
use crate::pointer::{put, slice, text};

/// A model. It may be used by several threads at once.
#[derive(Debug)]
pub struct demilite_model(pub(crate) Arc<Model>);

/// Reads a `.tflite` file.
///
/// # Safety
/// `path` is a text that ends in a zero, UTF-8, and `model` is where the handle goes. Each may be NULL, which is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_model_open(
    path: *const c_char,
    model: *mut *mut demilite_model,
) -> demilite_status {
    guarded(|| {
        // SAFETY: the caller's promise.
        unsafe { put(model, "model", std::ptr::null_mut()) }?;
        // SAFETY: the caller's promise.
        let path = PathBuf::from(unsafe { text(path, "path") }?);
        let handle = Box::new(demilite_model(Arc::new(Model::open(path)?)));
        // SAFETY: the caller's promise.
        unsafe { put(model, "model", Box::into_raw(handle)) }
    })
}

/// Reads a model from the bytes of a `.tflite` file, which are copied.
///
/// # Safety
/// `bytes` is valid for reads of `size` bytes, and `model` is where the handle goes. Each may be NULL, which is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_model_from_bytes(
    bytes: *const c_void,
    size: usize,
    model: *mut *mut demilite_model,
) -> demilite_status {
    guarded(|| {
        // SAFETY: the caller's promise.
        unsafe { put(model, "model", std::ptr::null_mut()) }?;
        // SAFETY: the caller's promise.
        let bytes = unsafe { slice(bytes.cast::<u8>(), size, "bytes") }?;
        let handle = Box::new(demilite_model(Arc::new(Model::from_bytes(bytes, "model")?)));
        // SAFETY: the caller's promise.
        unsafe { put(model, "model", Box::into_raw(handle)) }
    })
}

/// Frees a model. Sessions of it keep what they need.
///
/// # Safety
/// `model` is a handle that was not freed yet, or NULL, which does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_model_free(model: *mut demilite_model) {
    if !model.is_null() {
        guarded(|| {
            // SAFETY: the caller's promise: it came from `Box::into_raw`.
            drop(unsafe { Box::from_raw(model) });
            Ok(())
        });
    }
}
