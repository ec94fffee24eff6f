//! The border to LiteRT, which no panic crosses.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::abi::{Context, ERROR, OK, Status};
use crate::host::Host;

/// Runs what a callback does, and hands what goes wrong to the interpreter.
///
/// # Safety
/// `context` is what LiteRT handed to the callback.
pub(crate) unsafe fn guarded(
    context: *mut Context,
    act: impl FnOnce(Host<'_>) -> Result<(), String>,
) -> Status {
    // SAFETY: the callback that runs was handed the context.
    let Some(host) = (unsafe { Host::new(context) }) else {
        return ERROR;
    };
    // What a panic leaves half done is the kernel's alone, and LiteRT runs no kernel again that failed.
    let result = catch_unwind(AssertUnwindSafe(|| act(host)));
    match result.unwrap_or_else(|panic| Err(words_of(panic.as_ref()))) {
        Ok(()) => OK,
        Err(reason) => {
            host.report(&reason);
            ERROR
        }
    }
}

/// What a panic says.
pub(crate) fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("for no reason that it gives");
    format!("a fault of demilite's, please report it: {text}")
}
