//! demilite as an external delegate of LiteRT: a library that its interpreters load, in Python and in C++, with the nodes that it
//! runs claimed from their graphs.
//!
//! ```python
//! from ai_edge_litert.interpreter import Interpreter, load_delegate
//!
//! delegate = load_delegate("libdemilite_litert.so", {"backend": "gpu"})
//! interpreter = Interpreter("model.tflite", experimental_delegates=[delegate])
//! ```
//!
//! Options are pairs of texts:
//!
//! | option | values | without it |
//! |---|---|---|
//! | `backend` | `gpu`, `cpu`, `reference`, or `auto`: the GPU where there is one, else the fast CPU delegate | `auto` |
//! | `precision` | floats of the GPU: `f32`, `f16`, `auto` | `auto` |
//! | `threads` | threads of the CPU | one for each core |
//! | `adapter` | the GPU's index, or a part of its name | the fastest |
//! | `pipeline_cache` | a folder for compiled pipelines and measured kernels | none |
//! | `tune` | whether the GPU's kernels are measured: `off`, `quick`, `full` | `off` |
//! | `allow`, `deny` | names of ops, with commas between them | all, none |
//! | `min_nodes_per_partition` | nodes that a partition has at least | 1 |
//! | `max_partitions` | partitions of a graph at most, the largest first | any number |
//! | `strict` | `true`: an error where a node stays with LiteRT | `false` |
//! | `log` | what is said on the standard error: `off`, `graphs`, `nodes` | `off` |
//!
//! Nodes that the backend does not run stay with LiteRT, and `log` says why.

mod abi;
mod border;
mod claim;
mod delegate;
mod graph;
mod host;
mod kernel;
mod options;
mod settings;

pub use abi::Delegate;

use std::ffi::{CStr, CString, c_char};
use std::panic::catch_unwind;

use border::words_of;
use delegate::Plugin;
use options::{OptionError, Options};
use settings::Settings;

/// Takes the words of an error.
type ReportError = unsafe extern "C" fn(*const c_char);

/// Makes a delegate with options, given as `count` keys and as many values.
///
/// Where that cannot be, the answer is null, and `report_error` gets the reason, which names the options that there are.
///
/// # Safety
/// `keys` and `values` point to `count` texts each that end with a zero, or are null where `count` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tflite_plugin_create_delegate(
    keys: *const *const c_char,
    values: *const *const c_char,
    count: usize,
    report_error: Option<ReportError>,
) -> *mut Delegate {
    let create = || {
        // SAFETY: the caller hands over that many texts.
        let pairs = unsafe { pairs(keys, values, count) }.map_err(|error| error.to_string())?;
        let options = Options::parse(pairs).map_err(|error| error.to_string())?;
        let settings = Settings::new(options).map_err(|error| error.to_string())?;
        Ok(Plugin::create(settings))
    };
    match catch_unwind(create).unwrap_or_else(|panic| Err(words_of(panic.as_ref()))) {
        Ok(delegate) => delegate,
        Err(reason) => {
            let reason: String = reason;
            let text = CString::new(format!("demilite: {reason}").replace('\0', " "));
            if let (Some(report), Ok(text)) = (report_error, text) {
                // SAFETY: the text ends with a zero, and the caller takes it.
                unsafe { report(text.as_ptr()) };
            }
            std::ptr::null_mut()
        }
    }
}

/// Frees a delegate. No interpreter uses it any more.
///
/// # Safety
/// `delegate` is null, or from [`tflite_plugin_create_delegate`] and not destroyed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tflite_plugin_destroy_delegate(delegate: *mut Delegate) {
    // A panic has nobody to go to.
    // SAFETY: as the caller says.
    let _ = catch_unwind(|| unsafe { Plugin::destroy(delegate) });
}

/// The keys and values of the options.
///
/// # Safety
/// As for [`tflite_plugin_create_delegate`].
unsafe fn pairs<'a>(
    keys: *const *const c_char,
    values: *const *const c_char,
    count: usize,
) -> Result<Vec<(&'a str, &'a str)>, OptionError> {
    let text = |list: *const *const c_char, index: usize| {
        // SAFETY: the caller hands over that many texts.
        let text = unsafe {
            let text = *list.add(index);
            (!text.is_null()).then(|| CStr::from_ptr(text))
        };
        let text = text.and_then(|text| text.to_str().ok());
        text.ok_or(OptionError::Text { index })
    };
    // Python hands the number over as 32 bits; what lies above them is not said.
    let count = count & u32::MAX as usize;
    (0..count)
        .map(|index| Ok((text(keys, index)?, text(values, index)?)))
        .collect()
}
