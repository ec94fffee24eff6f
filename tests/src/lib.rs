//! The conformance suite for delegates, the golden runner, and the tests that hold the workspace to
//! its plan.
//!
//! [`run`] holds any [`Delegate`](demilite_core::Delegate) against the reference backend on the
//! cases of [`cases`]; [`golden`] runs models whose outputs are known.
//!
//! ```
//! use std::sync::Arc;
//!
//! use demilite_conformance::{Options, run};
//! use demilite_core::Delegate;
//!
//! let delegate: Arc<dyn Delegate> = Arc::new(demilite_cpu_reference::ReferenceDelegate::default());
//! let options = Options {
//!     filter: "squeeze/".to_owned(),
//!     ..Options::default()
//! };
//! let report = run(&delegate, &options);
//! assert!(report.is_clean(), "{report}");
//! ```

mod case;
pub mod cases;
pub mod compare;
pub mod drawn;
pub mod expectations;
pub mod float_bound;
pub mod golden;
mod poisoned;
mod random;
pub mod report;
mod run;
pub mod trace;

pub use case::Case;
pub use report::Report;
pub use run::{Options, RUNS, Verdict, judge, run, run_observed};
