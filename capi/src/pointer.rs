//! Pointers of the caller, checked.

use std::ffi::{CStr, c_char};

use crate::error::Error;

/// What a pointer points to.
///
/// # Safety
/// It is null or valid for as long as the reference is used, and nobody writes to it meanwhile.
pub(crate) unsafe fn shared<'a, T>(pointer: *const T, name: &'static str) -> Result<&'a T, Error> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_ref() }.ok_or(Error::Null(name))
}

/// What a pointer points to, to be changed.
///
/// # Safety
/// It is null or valid for as long as the reference is used, and nobody else uses it meanwhile.
pub(crate) unsafe fn exclusive<'a, T>(
    pointer: *mut T,
    name: &'static str,
) -> Result<&'a mut T, Error> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_mut() }.ok_or(Error::Null(name))
}

/// Where a result goes.
///
/// # Safety
/// It is null or valid for writes.
pub(crate) unsafe fn put<T>(pointer: *mut T, name: &'static str, value: T) -> Result<(), Error> {
    if pointer.is_null() {
        return Err(Error::Null(name));
    }
    // SAFETY: the caller's promise; what lay there need not be valid, and is not dropped.
    unsafe { pointer.write(value) };
    Ok(())
}

/// Elements behind a pointer, which may be null where there is none.
///
/// # Safety
/// It is valid for reads of so many elements for as long as the slice is used.
pub(crate) unsafe fn slice<'a, T>(
    pointer: *const T,
    count: usize,
    name: &'static str,
) -> Result<&'a [T], Error> {
    if count == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(Error::Null(name));
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(pointer, count) })
}

/// A text that ends in a zero.
///
/// # Safety
/// It is null or such a text, for as long as it is used.
pub(crate) unsafe fn text<'a>(
    pointer: *const c_char,
    name: &'static str,
) -> Result<&'a str, Error> {
    if pointer.is_null() {
        return Err(Error::Null(name));
    }
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map_err(|_| Error::Text(name))
}
