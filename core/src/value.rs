//! Tensors with data: owned [`Value`]s and borrowed [`View`]s.

use crate::aligned_bytes::AlignedBytes;
use crate::dtype::{DataType, Element};
use crate::error::ValueError;
use crate::shape::Shape;

/// A dense row-major tensor that owns its elements.
///
/// ```
/// use demilite_core::{DataType, Value};
///
/// # fn main() -> Result<(), demilite_core::ValueError> {
/// let value = Value::from_vec([2, 3], vec![1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// assert_eq!(value.dtype(), DataType::Float32);
/// assert_eq!(value.as_slice::<f32>()?[4], 5.0);
/// assert!(Value::from_slice([2, 3], &[0_i8; 5]).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Value {
    dtype: DataType,
    shape: Shape,
    data: AlignedBytes,
}

impl Default for Value {
    /// A tensor of no bytes, which takes no memory.
    fn default() -> Self {
        Value {
            dtype: DataType::UInt8,
            shape: Shape::from([0]),
            data: AlignedBytes::default(),
        }
    }
}

impl Value {
    /// A tensor of zeros. Types without a fixed element size start empty.
    ///
    /// # Errors
    /// [`ValueError::TooLarge`] when the size in bytes does not fit, [`ValueError::OutOfMemory`]
    /// when the machine does not have it.
    pub fn zeros(dtype: DataType, shape: impl Into<Shape>) -> Result<Self, ValueError> {
        let mut value = Value {
            dtype,
            shape: Shape::SCALAR,
            data: AlignedBytes::default(),
        };
        value.reset(dtype, &shape.into())?;
        Ok(value)
    }

    /// A tensor with these elements.
    ///
    /// # Errors
    /// [`ValueError::WrongLength`] when the number of elements is not the shape's.
    pub fn from_slice<T: Element>(
        shape: impl Into<Shape>,
        elements: &[T],
    ) -> Result<Self, ValueError> {
        Value::from_bytes(T::DATA_TYPE, shape, bytemuck::cast_slice(elements))
    }

    /// A tensor with these elements.
    ///
    /// # Errors
    /// [`ValueError::WrongLength`] when the number of elements is not the shape's.
    pub fn from_vec<T: Element>(
        shape: impl Into<Shape>,
        elements: Vec<T>,
    ) -> Result<Self, ValueError> {
        Value::from_slice(shape, &elements)
    }

    /// A tensor with these bytes, in the machine's little-endian order.
    ///
    /// # Errors
    /// [`ValueError::WrongLength`] when the number of bytes is not what shape and type ask for.
    pub fn from_bytes(
        dtype: DataType,
        shape: impl Into<Shape>,
        bytes: &[u8],
    ) -> Result<Self, ValueError> {
        let shape = shape.into();
        if dtype.bits().is_some() && byte_size(dtype, &shape)? != bytes.len() {
            return Err(ValueError::WrongLength {
                expected: byte_size(dtype, &shape)?,
                actual: bytes.len(),
                dtype,
                shape,
            });
        }
        Ok(Value {
            dtype,
            shape,
            data: AlignedBytes::copied(bytes),
        })
    }

    /// The element type.
    pub fn dtype(&self) -> DataType {
        self.dtype
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The elements as bytes.
    pub fn bytes(&self) -> &[u8] {
        self.data.as_slice()
    }

    /// The elements as bytes, for writing.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.data.as_mut_slice()
    }

    /// Where the elements lie, for foreign code that writes them. The memory behind them up to the end of a guard
    /// ([`Value::guard`]) is the tensor's too.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.data.as_mut_ptr()
    }

    /// Keeps 64 bytes or a few more behind the elements that nobody is to write, and fills them with a pattern.
    /// [`Value::is_guard_intact`] says whether it is still there. The guard stays when the tensor is
    /// [reset](Value::reset), and is filled anew.
    ///
    /// # Errors
    /// [`ValueError::OutOfMemory`] when the machine does not have the memory.
    pub fn guard(&mut self) -> Result<(), ValueError> {
        self.data.try_guard().map_err(|_| ValueError::OutOfMemory {
            dtype: self.dtype,
            shape: self.shape.clone(),
            bytes: self.data.as_slice().len(),
        })
    }

    /// Whether nobody wrote behind the elements since the guard was filled; true where there is none.
    pub fn is_guard_intact(&self) -> bool {
        self.data.is_guard_intact()
    }

    /// The elements.
    ///
    /// # Errors
    /// [`ValueError::WrongType`] when the tensor holds another type.
    pub fn as_slice<T: Element>(&self) -> Result<&[T], ValueError> {
        self.view().as_slice()
    }

    /// The elements, for writing.
    ///
    /// # Errors
    /// [`ValueError::WrongType`] when the tensor holds another type.
    pub fn as_mut_slice<T: Element>(&mut self) -> Result<&mut [T], ValueError> {
        if self.dtype != T::DATA_TYPE {
            return Err(ValueError::WrongType {
                expected: T::DATA_TYPE,
                actual: self.dtype,
            });
        }
        Ok(bytemuck::cast_slice_mut(self.data.as_mut_slice()))
    }

    /// A borrowed view of the tensor.
    pub fn view(&self) -> View<'_> {
        View {
            dtype: self.dtype,
            shape: &self.shape,
            bytes: self.bytes(),
        }
    }

    /// The same elements under another shape.
    ///
    /// # Errors
    /// [`ValueError::WrongLength`] when the shape has another number of elements.
    pub fn reshaped(mut self, shape: impl Into<Shape>) -> Result<Self, ValueError> {
        let shape = shape.into();
        let expected = byte_size(self.dtype, &shape)?;
        if self.dtype.bits().is_some() && expected != self.bytes().len() {
            return Err(ValueError::WrongLength {
                expected,
                actual: self.bytes().len(),
                dtype: self.dtype,
                shape,
            });
        }
        self.shape = shape;
        Ok(self)
    }

    /// Makes this a tensor of another type and shape, reusing its memory where it is large
    /// enough. The elements are unspecified afterwards.
    ///
    /// # Errors
    /// [`ValueError::TooLarge`] when the size in bytes does not fit, [`ValueError::OutOfMemory`]
    /// when the machine does not have it.
    pub fn reset(&mut self, dtype: DataType, shape: &Shape) -> Result<(), ValueError> {
        let bytes = byte_size(dtype, shape)?;
        self.data
            .try_resize(bytes)
            .map_err(|_| ValueError::OutOfMemory {
                dtype,
                shape: shape.clone(),
                bytes,
            })?;
        self.dtype = dtype;
        if self.shape != *shape {
            self.shape = shape.clone();
        }
        Ok(())
    }

    /// Makes this a tensor that holds these bytes, reusing its memory where it is large enough.
    ///
    /// # Errors
    /// [`ValueError::OutOfMemory`] when the machine has no memory for a copy.
    pub fn assign(&mut self, view: View<'_>) -> Result<(), ValueError> {
        let bytes = view.bytes.len();
        self.data
            .try_resize(bytes)
            .map_err(|_| ValueError::OutOfMemory {
                dtype: view.dtype,
                shape: view.shape.clone(),
                bytes,
            })?;
        self.dtype = view.dtype;
        if self.shape != *view.shape {
            self.shape = view.shape.clone();
        }
        self.data.as_mut_slice().copy_from_slice(view.bytes);
        Ok(())
    }
}

/// Bytes that a dense tensor takes; 0 for types without a fixed element size.
pub(crate) fn byte_size(dtype: DataType, shape: &Shape) -> Result<usize, ValueError> {
    let elements = shape.checked_elements();
    if dtype.bits().is_none() && elements.is_some() {
        return Ok(0);
    }
    elements
        .and_then(|elements| dtype.bytes_for(elements))
        .filter(|&bytes| isize::try_from(bytes).is_ok())
        .ok_or_else(|| ValueError::TooLarge {
            dtype,
            shape: shape.clone(),
        })
}

/// Checks that bytes hold a tensor.
fn expect_elements(dtype: DataType, shape: &Shape, bytes: &[u8]) -> Result<(), ValueError> {
    let expected = byte_size(dtype, shape)?;
    if dtype.bits().is_some() && expected != bytes.len() {
        return Err(ValueError::WrongLength {
            expected,
            actual: bytes.len(),
            dtype,
            shape: shape.clone(),
        });
    }
    if !bytes.as_ptr().addr().is_multiple_of(dtype.alignment()) {
        return Err(ValueError::Misaligned(dtype));
    }
    Ok(())
}

/// The least bytes that a tensor takes: of strings those that say where each begins.
pub(crate) fn min_bytes(dtype: DataType, shape: &Shape) -> usize {
    let bytes = match dtype {
        DataType::String => shape.checked_elements().and_then(|n| n.checked_mul(4)),
        _ => byte_size(dtype, shape).ok(),
    };
    bytes.unwrap_or(usize::MAX)
}

/// A borrowed dense row-major tensor.
///
/// ```
/// use demilite_core::{Shape, View};
///
/// # fn main() -> Result<(), demilite_core::ValueError> {
/// let (shape, pixels) = (Shape::from([1, 2, 2]), [0_u8, 64, 128, 255]);
/// let view = View::from_slice(&shape, &pixels)?;
/// assert_eq!(view.as_slice::<u8>()?, pixels);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    dtype: DataType,
    shape: &'a Shape,
    bytes: &'a [u8],
}

impl<'a> View<'a> {
    /// A view of bytes that lie elsewhere, such as in an arena, in the machine's little-endian order.
    ///
    /// # Errors
    /// [`ValueError::WrongLength`] when the number of bytes is not what shape and type ask for,
    /// [`ValueError::Misaligned`] when elements of the type may not start where the bytes do.
    pub fn from_bytes(
        dtype: DataType,
        shape: &'a Shape,
        bytes: &'a [u8],
    ) -> Result<Self, ValueError> {
        expect_elements(dtype, shape, bytes)?;
        Ok(View::new(dtype, shape, bytes))
    }

    /// A view of bytes that were checked against type, shape and alignment.
    pub(crate) fn new(dtype: DataType, shape: &'a Shape, bytes: &'a [u8]) -> Self {
        View {
            dtype,
            shape,
            bytes,
        }
    }

    /// A view of these elements.
    ///
    /// # Errors
    /// [`ValueError::WrongLength`] when the number of elements is not the shape's.
    pub fn from_slice<T: Element>(shape: &'a Shape, elements: &'a [T]) -> Result<Self, ValueError> {
        let bytes: &[u8] = bytemuck::cast_slice(elements);
        let expected = byte_size(T::DATA_TYPE, shape)?;
        if expected != bytes.len() {
            return Err(ValueError::WrongLength {
                dtype: T::DATA_TYPE,
                shape: shape.clone(),
                expected,
                actual: bytes.len(),
            });
        }
        Ok(View::new(T::DATA_TYPE, shape, bytes))
    }

    /// A handle of the resource of this name.
    pub fn resource(shape: &'a Shape, name: &'a str) -> Self {
        View::new(DataType::Resource, shape, name.as_bytes())
    }

    /// The name of the resource that a handle stands for.
    ///
    /// # Errors
    /// [`ValueError::WrongType`] when the tensor is not a handle.
    pub fn resource_name(&self) -> Result<&'a str, ValueError> {
        let name = std::str::from_utf8(self.bytes).ok();
        let name = name.filter(|_| self.dtype == DataType::Resource);
        name.ok_or(ValueError::WrongType {
            expected: DataType::Resource,
            actual: self.dtype,
        })
    }

    /// The element type.
    pub fn dtype(&self) -> DataType {
        self.dtype
    }

    /// The shape.
    pub fn shape(&self) -> &'a Shape {
        self.shape
    }

    /// The elements as bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The elements.
    ///
    /// # Errors
    /// [`ValueError::WrongType`] when the tensor holds another type.
    pub fn as_slice<T: Element>(&self) -> Result<&'a [T], ValueError> {
        if self.dtype != T::DATA_TYPE {
            return Err(ValueError::WrongType {
                expected: T::DATA_TYPE,
                actual: self.dtype,
            });
        }
        Ok(bytemuck::cast_slice(self.bytes))
    }

    /// The elements of an int16, int32 or int64 tensor, as axes, sizes and paddings are given.
    ///
    /// # Errors
    /// [`ValueError::WrongType`] when the tensor holds another type.
    pub fn to_indices(&self) -> Result<Vec<i64>, ValueError> {
        match self.dtype {
            DataType::Int64 => Ok(self.as_slice::<i64>()?.to_vec()),
            DataType::Int32 => Ok(self.as_slice::<i32>()?.iter().map(|&v| v.into()).collect()),
            DataType::Int16 => Ok(self.as_slice::<i16>()?.iter().map(|&v| v.into()).collect()),
            actual => Err(ValueError::WrongType {
                expected: DataType::Int32,
                actual,
            }),
        }
    }

    /// A copy that owns its elements.
    pub fn to_value(&self) -> Value {
        Value {
            dtype: self.dtype,
            shape: self.shape.clone(),
            data: AlignedBytes::copied(self.bytes),
        }
    }
}

/// A borrowed dense row-major tensor, for writing.
#[derive(Debug)]
pub struct ViewMut<'a> {
    dtype: DataType,
    shape: &'a Shape,
    bytes: &'a mut [u8],
}

impl<'a> ViewMut<'a> {
    /// A view of bytes that lie elsewhere, such as in an arena.
    ///
    /// # Errors
    /// As [`View::from_bytes`].
    pub fn from_bytes(
        dtype: DataType,
        shape: &'a Shape,
        bytes: &'a mut [u8],
    ) -> Result<Self, ValueError> {
        expect_elements(dtype, shape, bytes)?;
        Ok(ViewMut {
            dtype,
            shape,
            bytes,
        })
    }

    /// The element type.
    pub fn dtype(&self) -> DataType {
        self.dtype
    }

    /// The shape.
    pub fn shape(&self) -> &'a Shape {
        self.shape
    }

    /// The elements as bytes, for writing.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes
    }

    /// The same tensor, for reading.
    pub fn view(&self) -> View<'_> {
        View::new(self.dtype, self.shape, self.bytes)
    }

    /// The elements, for writing.
    ///
    /// # Errors
    /// [`ValueError::WrongType`] when the tensor holds another type.
    pub fn as_mut_slice<T: Element>(&mut self) -> Result<&mut [T], ValueError> {
        if self.dtype != T::DATA_TYPE {
            return Err(ValueError::WrongType {
                expected: T::DATA_TYPE,
                actual: self.dtype,
            });
        }
        Ok(bytemuck::cast_slice_mut(self.bytes))
    }
}
