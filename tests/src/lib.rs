//! The conformance suite for delegates, the golden runner, and the tests that hold the workspace to
//! its plan.
//!
//! [`run`] holds any [`Delegate`](demilite_core::Delegate) against the reference backend on the cases of [`cases`], one op each, and on
//! drawn networks with the reference behind it; [`float_bound`] says how far floats may lie apart. [`golden`] runs models whose
//! outputs are known.
//!
//! ```
//! use std::sync::Arc;
//!
//! use demilite_conformance::{Options, run};
//! use demilite_core::Delegate;
//!
//! # type YourDelegate = demilite_cpu_reference::ReferenceDelegate;
//! let delegate: Arc<dyn Delegate> = Arc::new(YourDelegate::default());
//! let options = Options {
//!     // Left out, it is every case.
//!     filter: "squeeze/".to_owned(),
//!     // The first line that fits a case says what is expected of it; without one it is to hold.
//!     expectations: "unsupported squeeze/float64/* no such tensors".parse()?,
//!     ..Options::default()
//! };
//! let report = run(&delegate, &options);
//! assert!(report.is_clean(), "{report}");
//! # Ok::<(), demilite_conformance::expectations::ExpectationError>(())
//! ```
//!
//! The crate in `third-party` beside this one is a whole delegate from elsewhere with its test.

pub mod accuracy;
mod case;
pub mod cases;
pub mod compare;
mod composition;
mod data;
pub mod drawn;
pub mod expectations;
pub mod float_bound;
pub mod golden;
mod magnitude;
mod poisoned;
mod random;
pub mod report;
mod run;
mod special;
pub mod trace;
mod truth;
mod under_test;
mod unrounded;

pub use case::Case;
pub use composition::networks_for;
pub use report::Report;
pub use run::{Elements, Options, RUNS, Verdict, case_count, judge, run, run_observed};
