//! Tensors of a graph: what is known of them before any data flows.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use crate::aligned_bytes::AlignedBytes;
use crate::dtype::DataType;
use crate::quantization::{Blockwise, Quantization};
use crate::shape::Shape;
use crate::sparsity::Sparsity;
use crate::value::View;

/// Names a tensor within its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(pub usize);

impl fmt::Display for TensorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}", self.0)
    }
}

/// A tensor of a graph.
#[derive(Debug, Clone)]
pub struct Tensor {
    /// The name that the file gives it; may be empty.
    pub name: String,
    /// Element type.
    pub dtype: DataType,
    /// Extents as the file states them; a dimension that the signature leaves open is 1 or 0.
    pub shape: Shape,
    /// Extents with `None` where a caller or the data decides, if the file says so.
    pub shape_signature: Option<Vec<Option<usize>>>,
    /// How integers stand for reals.
    pub quantization: Option<Quantization>,
    /// How its integers stand for reals where blocks of them have scales of their own.
    pub blocks: Option<Blockwise>,
    /// The elements of a constant.
    pub constant: Option<Constant>,
    /// Whether the tensor keeps its elements from one invocation to the next.
    pub is_variable: bool,
    /// How a constant's elements are packed when most of them are zero.
    pub sparsity: Option<Sparsity>,
    /// What a converter saw of the tensor's values. Nothing is computed from it.
    pub seen: Option<SeenRange>,
}

/// The range of values that a converter saw in training or calibration, for the tensor or for each slice along its quantized dimension.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeenRange {
    /// The smallest values.
    pub min: Vec<f32>,
    /// The largest values.
    pub max: Vec<f32>,
}

impl Tensor {
    /// A tensor that is computed or fed, with no quantization.
    pub fn new(name: impl Into<String>, dtype: DataType, shape: impl Into<Shape>) -> Self {
        Tensor {
            name: name.into(),
            dtype,
            shape: shape.into(),
            shape_signature: None,
            quantization: None,
            blocks: None,
            constant: None,
            is_variable: false,
            sparsity: None,
            seen: None,
        }
    }

    /// The same tensor with quantization parameters.
    pub fn quantized(mut self, quantization: Quantization) -> Self {
        self.quantization = Some(quantization);
        self
    }

    /// The same tensor with constant elements.
    pub fn with_constant(mut self, constant: Constant) -> Self {
        self.constant = Some(constant);
        self
    }

    /// Whether the file allows this shape: extents differ from the file's only where its signature leaves them open.
    pub fn fits_signature(&self, shape: &Shape) -> bool {
        *shape == self.shape
            || self.shape_signature.as_ref().is_some_and(|signature| {
                signature.len() == shape.rank()
                    && std::iter::zip(signature, shape.iter())
                        .all(|(stated, extent)| stated.is_none_or(|stated| stated == *extent))
            })
    }

    /// The elements of a constant that is stored densely.
    pub fn constant_view(&self) -> Option<View<'_>> {
        match &self.sparsity {
            None => self
                .constant
                .as_ref()
                .map(|constant| View::new(self.dtype, &self.shape, constant.bytes())),
            Some(_) => None,
        }
    }
}

/// Where the bytes of a model lie.
#[derive(Debug)]
pub(crate) enum ModelBytes {
    /// A file mapped into memory.
    Mapped(memmap2::Mmap),
    /// Bytes in memory.
    Owned(AlignedBytes),
    /// Bytes in the program.
    Static(&'static [u8]),
}

impl ModelBytes {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            ModelBytes::Mapped(map) => map,
            ModelBytes::Owned(bytes) => bytes.as_slice(),
            ModelBytes::Static(bytes) => bytes,
        }
    }
}

/// The bytes of a constant tensor, shared with the file that they lie in.
#[derive(Clone)]
pub struct Constant {
    source: Arc<ModelBytes>,
    range: Range<usize>,
}

impl Constant {
    /// A constant that owns a copy of these bytes.
    pub fn copied(bytes: &[u8]) -> Self {
        Constant {
            source: Arc::new(ModelBytes::Owned(AlignedBytes::copied(bytes))),
            range: 0..bytes.len(),
        }
    }

    /// A constant whose bytes stay where they are, but for those whose place does not suit elements of type `dtype`, which are
    /// copied.
    pub fn from_static(bytes: &'static [u8], dtype: DataType) -> Self {
        let source = Arc::new(ModelBytes::Static(bytes));
        Constant::borrowed(&source, 0..bytes.len(), dtype.alignment())
    }

    /// A constant that borrows `range` of `source`; copied where the address is not a multiple of
    /// `alignment`. `range` lies within `source`.
    pub(crate) fn borrowed(
        source: &Arc<ModelBytes>,
        range: Range<usize>,
        alignment: usize,
    ) -> Self {
        let bytes = &source.as_slice()[range.clone()];
        if bytes.as_ptr().addr().is_multiple_of(alignment) {
            Constant {
                source: Arc::clone(source),
                range,
            }
        } else {
            Constant::copied(bytes)
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.source.as_slice()[self.range.clone()]
    }
}

impl PartialEq for Constant {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Constant {}

impl Hash for Constant {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes().hash(state);
    }
}

impl fmt::Debug for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Constant({} bytes)", self.range.len())
    }
}
