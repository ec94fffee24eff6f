//! How constants with mostly zero elements are packed.

/// One level of a sparse tensor's storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SparseDimension {
    /// Every index is stored.
    Dense {
        /// Number of indices.
        size: usize,
    },
    /// Only listed indices are stored (compressed sparse row).
    SparseCsr {
        /// Where the indices of each segment start; one more than there are segments.
        segments: Vec<usize>,
        /// The stored indices.
        indices: Vec<usize>,
    },
}

/// The storage of a sparse constant, as in the schema's `SparsityParameters`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sparsity {
    /// The order in which the dimensions, then the block dimensions, are stored.
    pub traversal_order: Vec<usize>,
    /// The original dimension that each block dimension splits.
    pub block_map: Vec<usize>,
    /// One level for each entry of the traversal order.
    pub dimensions: Vec<SparseDimension>,
}
