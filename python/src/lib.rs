//! The native half of the Python package `demilite`, which its modules call and users do not.
//!
//! Arrays go back and forth as numpy's array interface: Python makes them of memory that is lent here, and copies by itself. Nothing
//! here knows numpy's headers or a version of Python.

mod details;
mod dtype;
mod error;
mod graph;
mod interpreter;
mod memory;
mod optimize;
mod placement;

use pyo3::prelude::*;

/// The native half of demilite; `demilite.Interpreter` is what to use.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::details::{NodeDetails, TensorDetails};
    #[pymodule_export]
    use crate::interpreter::Interpreter;
    #[pymodule_export]
    use crate::memory::Array;
    #[pymodule_export]
    use crate::optimize::{debug, evaluate, quantize};
    #[pymodule_export]
    use crate::placement::{NodePlacement, NodeTime};
}
