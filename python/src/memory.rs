//! Memory of tensors that numpy's arrays lie over.

use std::any::Any;
use std::sync::Arc;

use demilite::{Constant, DataType, Shape, Value};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::dtype::type_string;
use crate::error::Error;

/// The memory of a tensor. Arrays over it hold it too, and it outlives whoever lent it.
///
/// Arrays write to it whenever Python runs. So it is taken out only where there is no array.
#[derive(Debug)]
pub(crate) struct Memory {
    value: Arc<Value>,
    address: usize,
}

impl Memory {
    pub(crate) fn new(mut value: Value) -> Self {
        let address = value.as_mut_ptr().expose_provenance();
        Memory {
            value: Arc::new(value),
            address,
        }
    }

    /// The tensor in it.
    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    /// Whether an array lies over it.
    pub(crate) fn is_viewed(&self) -> bool {
        Arc::strong_count(&self.value) > 1
    }

    /// Takes the tensor out of it, to be written.
    ///
    /// # Errors
    /// [`Error::Viewed`].
    pub(crate) fn take(&mut self) -> Result<Value, Error> {
        let value = Arc::get_mut(&mut self.value).ok_or(Error::Viewed)?;
        Ok(std::mem::take(value))
    }

    /// What numpy makes an array of; `None` for elements that it has no type for.
    pub(crate) fn array(&self) -> Option<Array> {
        Some(Array {
            type_string: type_string(self.value.dtype())?,
            shape: self.value.shape().to_vec(),
            address: self.address,
            is_read_only: false,
            _holder: Arc::clone(&self.value) as _,
        })
    }
}

/// Elements of a tensor, of which numpy makes an array that holds them.
#[pyclass(frozen, module = "demilite._native")]
#[derive(Debug)]
pub(crate) struct Array {
    type_string: &'static str,
    shape: Vec<usize>,
    address: usize,
    is_read_only: bool,
    _holder: Arc<dyn Any + Send + Sync>,
}

impl Array {
    /// The elements of a constant, where they lie in the file.
    pub(crate) fn of_constant(constant: &Constant, dtype: DataType, shape: &Shape) -> Option<Self> {
        Some(Array {
            type_string: type_string(dtype)?,
            shape: shape.to_vec(),
            address: constant.bytes().as_ptr().expose_provenance(),
            is_read_only: true,
            _holder: Arc::new(constant.clone()),
        })
    }
}

#[pymethods]
impl Array {
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("typestr", self.type_string)?;
        interface.set_item("shape", PyTuple::new(py, &self.shape)?)?;
        interface.set_item("data", (self.address, self.is_read_only))?;
        Ok(interface)
    }
}
