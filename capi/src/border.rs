//! The border that neither a panic nor an error of Rust crosses.

use std::any::Any;
use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, demilite_status};

thread_local! {
    /// What went wrong last in this thread.
    static LAST_ERROR: RefCell<Option<CString>> = const { RefCell::new(None) };
}

/// Does what a call asks for, and gives the status of it.
pub(crate) fn guarded(act: impl FnOnce() -> Result<(), Error>) -> demilite_status {
    let (status, words) = match catch_unwind(AssertUnwindSafe(act)) {
        Ok(Ok(())) => return demilite_status::DEMILITE_OK,
        Ok(Err(error)) => (error.status(), error.to_string()),
        Err(panic) => (demilite_status::DEMILITE_PANICKED, panic_words(&*panic)),
    };
    LAST_ERROR.set(Some(text(&words)));
    status
}

/// What a panic says.
fn panic_words(panic: &(dyn Any + Send)) -> String {
    let literal = panic.downcast_ref::<&str>().copied();
    let words = literal.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!(
        "the library panicked: {}",
        words.unwrap_or("no reason given")
    )
}

/// Words as C has them; bytes of zero are left out.
pub(crate) fn text(words: &str) -> CString {
    CString::new(words.replace('\0', "")).unwrap_or_default()
}

/// What went wrong in the last call of this thread that failed, in words; an empty text where none did. It stays until another one fails.
#[unsafe(no_mangle)]
pub extern "C" fn demilite_last_error() -> *const c_char {
    LAST_ERROR.with_borrow(|words| words.as_deref().unwrap_or(c"").as_ptr())
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn a_panic_is_a_status_with_words() {
        assert_eq!(guarded(|| Ok(())), demilite_status::DEMILITE_OK);
        let status = guarded(|| panic!("something of the library's"));
        assert_eq!(status, demilite_status::DEMILITE_PANICKED);
        // SAFETY: it is a text until the next call that fails.
        let words = unsafe { CStr::from_ptr(demilite_last_error()) };
        assert_eq!(
            words.to_str(),
            Ok("the library panicked: something of the library's")
        );
        // A text of C ends at its first zero.
        let status = guarded(|| Err(Error::Text("a\0b")));
        assert_eq!(status, demilite_status::DEMILITE_INVALID);
        // SAFETY: as above.
        let words = unsafe { CStr::from_ptr(demilite_last_error()) };
        assert_eq!(words.to_str(), Ok("ab is not UTF-8"));
    }
}
