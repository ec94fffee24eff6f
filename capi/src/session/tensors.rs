//! What goes into sessions and comes out.

use std::ffi::{c_char, c_void};

use demilite::{DataType, Shape, Value};

use super::side::Side;
use super::{demilite_session, with};
use crate::error::demilite_status;
use crate::pointer::{exclusive, put, slice, text};
use crate::tensor::demilite_tensor;

/// How many inputs a session has; 0 for NULL.
///
/// # Safety
/// `session` is a handle or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_input_count(session: *const demilite_session) -> usize {
    // SAFETY: the caller's promise.
    unsafe { session.as_ref() }.map_or(0, |session| session.inputs.len())
}

/// How many outputs a session has; 0 for NULL.
///
/// # Safety
/// `session` is a handle or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_output_count(session: *const demilite_session) -> usize {
    // SAFETY: the caller's promise.
    unsafe { session.as_ref() }.map_or(0, |session| session.outputs.len())
}

/// Describes an input.
///
/// # Safety
/// `session` is a handle or NULL, and `tensor` is where the description goes or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_input(
    session: *mut demilite_session,
    index: usize,
    tensor: *mut demilite_tensor,
) -> demilite_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(session, |session| {
            let described = Side::Input.get(session, index)?.described();
            put(tensor, "tensor", described)
        })
    }
}

/// Describes an output. One whose shape only an invocation shows has an extent of 0 before.
///
/// # Safety
/// `session` is a handle or NULL, and `tensor` is where the description goes or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_output(
    session: *mut demilite_session,
    index: usize,
    tensor: *mut demilite_tensor,
) -> demilite_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(session, |session| {
            let described = Side::Output.get(session, index)?.described();
            put(tensor, "tensor", described)
        })
    }
}

/// Finds an input by its name.
///
/// # Safety
/// `session` is a handle or NULL, `name` a text that ends in a zero or NULL, and `index` is where the input's goes or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_find_input(
    session: *mut demilite_session,
    name: *const c_char,
    index: *mut usize,
) -> demilite_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(session, |session| {
            let name = text(name, "name")?;
            put(index, "index", Side::Input.find(session, name)?)
        })
    }
}

/// Finds an output by its name.
///
/// # Safety
/// `session` is a handle or NULL, `name` a text that ends in a zero or NULL, and `index` is where the output's goes or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_find_output(
    session: *mut demilite_session,
    name: *const c_char,
    index: *mut usize,
) -> demilite_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(session, |session| {
            let name = text(name, "name")?;
            put(index, "index", Side::Output.find(session, name)?)
        })
    }
}

/// Makes the session ready for another shape of an input. All inputs and outputs are zeros then; where it fails, nothing changes.
///
/// # Safety
/// `session` is a handle or NULL, and `shape` is valid for reads of `rank` extents or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_resize_input(
    session: *mut demilite_session,
    index: usize,
    shape: *const usize,
    rank: usize,
) -> demilite_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(session, |session| {
            Side::Input.get(session, index)?;
            let shape = Shape::from(slice(shape, rank, "shape")?);
            session.session.resize_inputs(&[(index, shape)])?;
            session.allocate()
        })
    }
}

/// Copies the elements of an input, row by row, from a buffer of exactly its size. Strings take any size, in the form of
/// `DEMILITE_STRING`, and come to lie elsewhere.
///
/// # Safety
/// `session` is a handle or NULL, and `elements` is valid for reads of `bytes` bytes or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_set_input(
    session: *mut demilite_session,
    index: usize,
    elements: *const c_void,
    bytes: usize,
) -> demilite_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(session, |session| {
            let elements = slice(elements.cast::<u8>(), bytes, "elements")?;
            let tensor = Side::Input.get_mut(session, index)?;
            if tensor.value.dtype() == DataType::String {
                let shape = tensor.value.shape().clone();
                let strings = Value::from_bytes(DataType::String, shape, elements)?;
                strings.strings()?;
                tensor.value = strings;
                return Ok(());
            }
            Side::Input.expect_size(tensor, index, bytes)?;
            tensor.value.bytes_mut().copy_from_slice(elements);
            Ok(())
        })
    }
}

/// Where the elements of an input lie, to be filled without a copy. The memory stays until the session is resized or freed.
///
/// # Safety
/// `session` is a handle or NULL, and `elements` is where the pointer goes or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_input_data(
    session: *mut demilite_session,
    index: usize,
    elements: *mut *mut c_void,
) -> demilite_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(session, |session| {
            let tensor = Side::Input.get_mut(session, index)?;
            put(elements, "elements", tensor.value.as_mut_ptr().cast())
        })
    }
}

/// Copies the elements of an output, row by row, into a buffer of exactly its size.
///
/// # Safety
/// `session` is a handle or NULL, and `elements` is valid for writes of `bytes` bytes or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_get_output(
    session: *mut demilite_session,
    index: usize,
    elements: *mut c_void,
    bytes: usize,
) -> demilite_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(session, |session| {
            let tensor = Side::Output.get(session, index)?;
            Side::Output.expect_size(tensor, index, bytes)?;
            if bytes > 0 {
                exclusive(elements.cast::<u8>(), "elements")?;
                std::ptr::copy_nonoverlapping(
                    tensor.value.bytes().as_ptr(),
                    elements.cast(),
                    bytes,
                );
            }
            Ok(())
        })
    }
}

/// Where the elements of an output lie. The memory stays until the session is resized, run or freed.
///
/// # Safety
/// `session` is a handle or NULL, and `elements` is where the pointer goes or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_output_data(
    session: *mut demilite_session,
    index: usize,
    elements: *mut *const c_void,
) -> demilite_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(session, |session| {
            let tensor = Side::Output.get(session, index)?;
            put(elements, "elements", tensor.value.bytes().as_ptr().cast())
        })
    }
}
