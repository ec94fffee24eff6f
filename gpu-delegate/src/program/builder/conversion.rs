//! Tensors that are stored again with another element.

use demilite_shaders::{Element, Params, Role, Rows, table};

use super::{CONSTANT_USAGE, Dispatch, Place, ProgramBuilder, Storage, line};
use crate::error::GpuError;
use crate::memory::buffer::{create, storage_bytes};

impl ProgramBuilder {
    /// A constant of floats with this element, where it has another one converted once.
    pub(crate) fn converted_constant(
        &mut self,
        constant: Storage,
        element: Element,
    ) -> Result<Storage, GpuError> {
        let elements = self.tensors[constant.tensor].elements;
        if self.element(constant) == element {
            return Ok(constant);
        }
        let bytes = storage_bytes(elements, element);
        let buffer = create(&self.device, "a converted constant", bytes, CONSTANT_USAGE)?;
        let output = self.add(Place::Own(buffer), elements, element);
        self.tensors[output.tensor].least_bytes = self.tensors[constant.tensor].least_bytes;
        self.preparations
            .push(conversion(constant, output, elements)?);
        Ok(output)
    }

    /// A tensor of floats, stored again with this element where it has another.
    pub(crate) fn converted(
        &mut self,
        source: Storage,
        element: Element,
    ) -> Result<Storage, GpuError> {
        if self.element(source) == element {
            return Ok(source);
        }
        let elements = self.tensors[source.tensor].elements;
        let output = self.shared(elements, element)?;
        self.dispatch(conversion(source, output, elements)?);
        Ok(output)
    }

    /// Has a dispatch store `source` again as `target`, of as many elements.
    ///
    /// # Errors
    /// [`GpuError::LimitExceeded`].
    pub(crate) fn copy(&mut self, source: Storage, target: Storage) -> Result<(), GpuError> {
        let elements = self.tensors[source.tensor].elements;
        self.dispatch(conversion(source, target, elements)?);
        Ok(())
    }
}

/// The dispatch that stores `source` again with the element of `output`.
///
/// # Errors
/// [`GpuError::LimitExceeded`].
pub(super) fn conversion(
    source: Storage,
    output: Storage,
    elements: usize,
) -> Result<Dispatch, GpuError> {
    let length = u32::try_from(elements).map_err(|_| GpuError::LimitExceeded {
        what: "a tensor that is stored again (elements)".to_owned(),
        needed: elements as u64,
        limit: u32::MAX.into(),
    })?;
    Ok(Dispatch {
        kernel: &table::CONVERT,
        rows: Rows::Aligned,
        constants: Vec::new(),
        params: table::LengthParams { length }.bytes(),
        output,
        operands: vec![(Role::Weight, source)],
        workgroups: line(elements.div_ceil(4), 64),
    })
}
