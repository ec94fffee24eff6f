//! The devices that the tests make use of.

use std::io::Write;
use std::sync::Arc;

use demilite_core::{Model, Session, SessionBuilder};
use demilite_gpu::{GpuContext, GpuDelegate, GpuError, GpuOptions};

/// A device of its own; none without an adapter, which is said past the capture of test output.
pub(crate) fn open(options: GpuOptions) -> Option<Arc<GpuContext>> {
    match GpuContext::open(options) {
        Ok(context) => Some(context),
        Err(GpuError::NoAdapter) => {
            let required = std::env::var("DEMILITE_REQUIRE_GPU");
            assert_ne!(required.as_deref(), Ok("1"), "no adapter");
            let _ = writeln!(std::io::stderr(), "skipped: no adapter");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A session on the device alone.
pub(crate) fn builder(model: Arc<Model>, context: &Arc<GpuContext>) -> SessionBuilder {
    Session::builder(model).delegate(Arc::new(GpuDelegate::new(context.clone())))
}
