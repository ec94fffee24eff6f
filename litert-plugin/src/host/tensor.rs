//! A tensor of LiteRT's graph.

use std::ffi::CStr;
use std::marker::PhantomData;

use demilite::{SparseDimension, Sparsity};

use crate::abi::{self, AffineQuantization, IntArray, Tensor};

/// A tensor of LiteRT's graph, while a callback runs.
#[derive(Clone, Copy)]
pub(crate) struct HostTensor<'a> {
    tensor: *mut Tensor,
    callback: PhantomData<&'a ()>,
}

/// Quantization parameters as LiteRT keeps them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HostQuantization {
    pub(crate) scales: Vec<f32>,
    pub(crate) zero_points: Vec<i32>,
    pub(crate) dimension: usize,
}

impl<'a> HostTensor<'a> {
    /// A tensor.
    ///
    /// # Safety
    /// LiteRT has a tensor there for all of `'a`, and nobody else uses it meanwhile.
    pub(super) unsafe fn new(tensor: *mut Tensor) -> Self {
        HostTensor {
            tensor,
            callback: PhantomData,
        }
    }

    /// Where the tensor lies.
    pub(super) fn as_ptr(self) -> *mut Tensor {
        self.tensor
    }

    fn get(self) -> &'a Tensor {
        // SAFETY: the tensor is there for the lifetime. Its fields change by calls of LiteRT alone, over which no borrow is kept.
        unsafe { &*self.tensor }
    }

    /// The name; empty where there is none.
    pub(crate) fn name(self) -> String {
        let name = self.get().name;
        if name.is_null() {
            return String::new();
        }
        // SAFETY: LiteRT's names end with a zero.
        unsafe { CStr::from_ptr(name) }
            .to_string_lossy()
            .into_owned()
    }

    /// The code of the type of its elements.
    pub(crate) fn type_code(self) -> i32 {
        self.get().dtype
    }

    /// Gives it another type of elements.
    pub(crate) fn set_type_code(self, code: i32) {
        // SAFETY: the tensor is there, and nobody else looks at it.
        unsafe { (*self.tensor).dtype = code }
    }

    /// The extents as they are.
    ///
    /// # Errors
    /// Where one is negative.
    pub(crate) fn extents(self) -> Result<Vec<usize>, String> {
        // SAFETY: LiteRT's arrays are null or whole.
        let extents = unsafe { IntArray::elements(self.get().dims) };
        let known = extents.iter().map(|&extent| usize::try_from(extent).ok());
        known
            .collect::<Option<_>>()
            .ok_or_else(|| format!("its shape {extents:?} has a negative extent"))
    }

    /// The extents as the file states them, `None` for those that it leaves open; none where it leaves none open.
    pub(crate) fn signature(self) -> Option<Vec<Option<usize>>> {
        // SAFETY: LiteRT's arrays are null or whole.
        let extents = unsafe { IntArray::elements(self.get().dims_signature) };
        let extents = extents.iter().map(|&extent| usize::try_from(extent).ok());
        Some(extents.collect()).filter(|extents: &Vec<_>| extents.contains(&None))
    }

    /// Whether it keeps its elements from one invocation to the next.
    pub(crate) fn is_variable(self) -> bool {
        self.get().is_variable
    }

    /// The bytes of a constant, which lie in the model.
    ///
    /// # Safety
    /// What is made of them is gone before the model is.
    pub(crate) unsafe fn constant(self) -> Option<&'static [u8]> {
        let tensor = self.get();
        if tensor.allocation_type != abi::READ_ONLY || tensor.data.is_null() {
            return None;
        }
        // SAFETY: the bytes are the model's, which lives as long as the caller looks at them and is not changed.
        Some(unsafe { std::slice::from_raw_parts(tensor.data, tensor.bytes) })
    }

    /// The elements of a tensor that was given memory.
    ///
    /// # Errors
    /// Where it was not.
    pub(crate) fn elements(self) -> Result<&'a [u8], String> {
        let tensor = self.get();
        match (tensor.data.is_null(), tensor.bytes) {
            (_, 0) => Ok(&[]),
            (true, _) => Err(format!(
                "LiteRT has no memory for the tensor {:?}",
                self.name()
            )),
            // SAFETY: LiteRT gave the tensor that many bytes, and writes none of them while the callback runs.
            (false, bytes) => Ok(unsafe { std::slice::from_raw_parts(tensor.data, bytes) }),
        }
    }

    /// Fills the tensor.
    ///
    /// # Errors
    /// Where it takes another number of bytes, or has no memory.
    pub(crate) fn write(self, elements: &[u8]) -> Result<(), String> {
        let tensor = self.get();
        if tensor.bytes < elements.len() || tensor.data.is_null() && !elements.is_empty() {
            return Err(format!(
                "LiteRT has {} bytes for the tensor {:?}, which takes {}",
                if tensor.data.is_null() {
                    0
                } else {
                    tensor.bytes
                },
                self.name(),
                elements.len()
            ));
        }
        if !elements.is_empty() {
            // SAFETY: LiteRT gave the tensor at least as many bytes, and these are of a session's memory.
            unsafe {
                tensor
                    .data
                    .copy_from_nonoverlapping(elements.as_ptr(), elements.len())
            };
        }
        Ok(())
    }

    /// Whether its shape is known when it is written.
    pub(crate) fn is_dynamic(self) -> bool {
        self.get().allocation_type == abi::DYNAMIC
    }

    /// Leaves its shape and memory to an invocation.
    pub(crate) fn set_dynamic(self) {
        if !self.is_dynamic() {
            // SAFETY: the tensor is there, and its memory is LiteRT's arena, which nothing frees by this address.
            unsafe {
                (*self.tensor).allocation_type = abi::DYNAMIC;
                (*self.tensor).data = std::ptr::null_mut();
            }
        }
    }

    /// How its integers stand for reals.
    ///
    /// # Errors
    /// Where the parameters have a form that is not known here.
    pub(crate) fn quantization(self) -> Result<Option<HostQuantization>, String> {
        let tensor = self.get();
        let single = || HostQuantization {
            scales: vec![tensor.scale],
            zero_points: vec![tensor.zero_point],
            dimension: 0,
        };
        match tensor.quantization.kind {
            abi::AFFINE if !tensor.quantization.params.is_null() => {}
            abi::NO_QUANTIZATION | abi::AFFINE => {
                return Ok((tensor.scale != 0.0).then(single));
            }
            kind => return Err(format!("quantization of kind {kind} is not known here")),
        }
        let extents = self.extents()?;
        // SAFETY: affine parameters are of this struct, and stay while the callback runs.
        unsafe {
            let affine = &*tensor.quantization.params.cast::<AffineQuantization>();
            let dimension = usize::try_from(affine.quantized_dimension).unwrap_or(0);
            let slices = extents.get(dimension).copied().unwrap_or(1);
            let scales = affine.scales(slices)?;
            if scales.len() <= 1 {
                return Ok((!scales.is_empty()).then(single));
            }
            let zero_points = IntArray::elements(affine.zero_point).to_vec();
            Ok(Some(HostQuantization {
                scales: scales.to_vec(),
                zero_points: if zero_points.is_empty() {
                    vec![0]
                } else {
                    zero_points
                },
                dimension,
            }))
        }
    }

    /// How a sparse constant is stored.
    ///
    /// # Errors
    /// Where the storage has a form that is not known here.
    pub(crate) fn sparsity(self) -> Result<Option<Sparsity>, String> {
        let sparsity = self.get().sparsity;
        if sparsity.is_null() {
            return Ok(None);
        }
        // SAFETY: LiteRT keeps the struct and what it points to for the tensor.
        unsafe {
            let sparsity = &*sparsity;
            let levels = usize::try_from(sparsity.dim_metadata_size).unwrap_or(0);
            let levels = match sparsity.dim_metadata.is_null() {
                true => &[],
                false => std::slice::from_raw_parts(sparsity.dim_metadata, levels),
            };
            let dimensions = levels.iter().map(|level| match level.format {
                abi::DENSE => Ok(SparseDimension::Dense {
                    size: usize::try_from(level.dense_size)
                        .map_err(|_| format!("its sparsity has extent {}", level.dense_size))?,
                }),
                abi::SPARSE_CSR => Ok(SparseDimension::SparseCsr {
                    segments: indices(level.array_segments)?,
                    indices: indices(level.array_indices)?,
                }),
                format => Err(format!("its sparsity has a level of format {format}")),
            });
            Ok(Some(Sparsity {
                traversal_order: indices(sparsity.traversal_order)?,
                block_map: indices(sparsity.block_map)?,
                dimensions: dimensions.collect::<Result<_, String>>()?,
            }))
        }
    }
}

/// The indices of an array.
///
/// # Safety
/// `array` is null or one of LiteRT's.
unsafe fn indices(array: *const IntArray) -> Result<Vec<usize>, String> {
    // SAFETY: the caller says so.
    let list = unsafe { IntArray::elements(array) };
    let indices = list.iter().map(|&index| usize::try_from(index));
    let indices = indices.collect::<Result<_, _>>();
    indices.map_err(|_| "its sparsity has a negative index".to_owned())
}
