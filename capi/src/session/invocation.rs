//! Sessions made, run and freed.

use std::ffi::c_char;

use super::{demilite_session, with};
use crate::border::guarded;
use crate::error::demilite_status;
use crate::model::demilite_model;
use crate::pointer::{put, shared, text};

/// Makes a model ready to run.
///
/// `delegate` is "auto", the GPU where there is one and the CPU otherwise; "gpu", the GPU or an error; "cpu", its fast kernels; or
/// "reference", those that are the specification. NULL is "auto". `threads` are those of the CPU, 0 for one of each core.
///
/// # Safety
/// `model` is a handle or NULL, `delegate` a text that ends in a zero or NULL, and `session` is where the handle goes or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_create(
    model: *const demilite_model,
    delegate: *const c_char,
    threads: usize,
    session: *mut *mut demilite_session,
) -> demilite_status {
    guarded(|| {
        // SAFETY: the caller's promise.
        unsafe { put(session, "session", std::ptr::null_mut()) }?;
        // SAFETY: the caller's promise.
        let model = unsafe { shared(model, "model") }?;
        let delegate = match delegate.is_null() {
            true => "auto",
            // SAFETY: the caller's promise.
            false => unsafe { text(delegate, "delegate") }?,
        };
        let handle = Box::new(demilite_session::new(model, delegate, threads)?);
        // SAFETY: the caller's promise.
        unsafe { put(session, "session", Box::into_raw(handle)) }
    })
}

/// Frees a session.
///
/// # Safety
/// `session` is a handle that was not freed yet, or NULL, which does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_free(session: *mut demilite_session) {
    if !session.is_null() {
        guarded(|| {
            // SAFETY: the caller's promise: it came from `Box::into_raw`.
            drop(unsafe { Box::from_raw(session) });
            Ok(())
        });
    }
}

/// Runs the model once.
///
/// # Safety
/// `session` is a handle or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_run(session: *mut demilite_session) -> demilite_status {
    // SAFETY: the caller's promise.
    unsafe { with(session, demilite_session::run) }
}

/// Who runs which node, and why not the others: a line for each node. The text stays until the session is resized or freed.
///
/// # Safety
/// `session` is a handle or NULL, and `plan` is where the text goes or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_plan(
    session: *mut demilite_session,
    plan: *mut *const c_char,
) -> demilite_status {
    // SAFETY: the caller's promise.
    unsafe { with(session, |session| put(plan, "plan", session.plan())) }
}

/// Forgets what the model keeps from one invocation to the next.
///
/// # Safety
/// `session` is a handle or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn demilite_session_reset(session: *mut demilite_session) -> demilite_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(session, |session| {
            session.session.reset_state();
            Ok(())
        })
    }
}
