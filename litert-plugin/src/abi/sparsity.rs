//! `TfLiteSparsity`: how a sparse constant is stored.

use std::ffi::c_int;

use super::{IntArray, assert_layout};

/// The order of a sparse constant's dimensions, and how each is stored.
#[repr(C)]
pub(crate) struct Sparsity {
    pub(crate) traversal_order: *const IntArray,
    pub(crate) block_map: *const IntArray,
    pub(crate) dim_metadata: *const DimensionMetadata,
    pub(crate) dim_metadata_size: c_int,
}

assert_layout! {
    Sparsity: 32,
    traversal_order at 0,
    block_map at 8,
    dim_metadata at 16,
    dim_metadata_size at 24,
}

/// A [`DimensionMetadata::format`]: every index is stored.
pub(crate) const DENSE: c_int = 0;

/// A [`DimensionMetadata::format`]: only listed indices are stored.
pub(crate) const SPARSE_CSR: c_int = 1;

/// How one dimension is stored.
#[repr(C)]
pub(crate) struct DimensionMetadata {
    pub(crate) format: c_int,
    pub(crate) dense_size: c_int,
    pub(crate) array_segments: *const IntArray,
    pub(crate) array_indices: *const IntArray,
}

assert_layout! {
    DimensionMetadata: 24,
    format at 0,
    dense_size at 4,
    array_segments at 8,
    array_indices at 16,
}
