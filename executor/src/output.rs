//! A tensor that a kernel writes.

use demilite_core::{DataType, Element, OpError, Shape, Value, ValueError, View, ViewMut};

/// An output of a node, wherever it lies.
#[derive(Debug)]
pub struct Output<'a>(Memory<'a>);

#[derive(Debug)]
enum Memory<'a> {
    /// In an arena, which has room for this type and shape.
    Arena(ViewMut<'a>),
    /// In memory of its own.
    Own(&'a mut Value),
}

impl<'a> From<ViewMut<'a>> for Output<'a> {
    fn from(view: ViewMut<'a>) -> Self {
        Output(Memory::Arena(view))
    }
}

impl<'a> From<&'a mut Value> for Output<'a> {
    fn from(value: &'a mut Value) -> Self {
        Output(Memory::Own(value))
    }
}

impl Output<'_> {
    /// The element type.
    pub fn dtype(&self) -> DataType {
        self.view().dtype()
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        self.view().shape()
    }

    /// The tensor, for reading what was written.
    pub fn view(&self) -> View<'_> {
        match &self.0 {
            Memory::Arena(view) => view.view(),
            Memory::Own(value) => value.view(),
        }
    }

    /// The elements as bytes.
    pub fn bytes(&self) -> &[u8] {
        self.view().bytes()
    }

    /// The elements as bytes, for writing.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        match &mut self.0 {
            Memory::Arena(view) => view.bytes_mut(),
            Memory::Own(value) => value.bytes_mut(),
        }
    }

    /// The elements, for writing.
    ///
    /// # Errors
    /// [`ValueError::WrongType`] when the tensor holds another type.
    pub fn as_mut_slice<T: Element>(&mut self) -> Result<&mut [T], ValueError> {
        match &mut self.0 {
            Memory::Arena(view) => view.as_mut_slice(),
            Memory::Own(value) => value.as_mut_slice(),
        }
    }

    /// Writes a whole tensor. Strings and names of resources, whose bytes only the kernel knows, are written so.
    ///
    /// # Errors
    /// [`OpError::Value`] when the machine has no memory for it; [`OpError::Shape`] when it has another type or shape
    /// than the output, where these are known ahead.
    pub fn assign(&mut self, view: View<'_>) -> Result<(), OpError> {
        match &mut self.0 {
            Memory::Own(value) => Ok(value.assign(view)?),
            Memory::Arena(own) => {
                if own.dtype() != view.dtype() || own.shape() != view.shape() {
                    return Err(OpError::rule(format!(
                        "it gives {} of shape {} where {} of shape {} is due",
                        view.dtype(),
                        view.shape(),
                        own.dtype(),
                        own.shape()
                    )));
                }
                own.bytes_mut().copy_from_slice(view.bytes());
                Ok(())
            }
        }
    }
}
