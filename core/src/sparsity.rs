//! How constants with mostly zero elements are packed.

use crate::error::ShapeError;
use crate::shape::Shape;

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

/// Where the indices of one level lie within the dense tensor.
#[derive(Debug, Clone, Copy)]
struct Extent {
    /// Number of indices.
    size: usize,
    /// Elements from one index to the next.
    stride: usize,
}

impl Sparsity {
    /// The storage of a dense row-major tensor of shape `shape` without the blocks of zeros along its last dimension, which `block`
    /// divides; 1 stores single elements. [`Sparsity::dense_positions`] says which elements are stored, and in which order.
    ///
    /// `None` for a scalar, and where `block` does not divide the last dimension.
    ///
    /// ```
    /// use demilite_core::{Shape, Sparsity};
    ///
    /// let elements = [0, 5, 0, 0, 7, 0];
    /// let shape = Shape::from([2, 3]);
    /// let sparsity = Sparsity::compressed_rows(&shape, 1, |place| elements[place] == 0);
    /// assert_eq!(sparsity.expect("a matrix").dense_positions(&shape)?, [1, 4]);
    /// # Ok::<(), demilite_core::ShapeError>(())
    /// ```
    pub fn compressed_rows(
        shape: &Shape,
        block: usize,
        is_zero: impl Fn(usize) -> bool,
    ) -> Option<Self> {
        let (&columns, outer) = shape.split_last()?;
        if block == 0 || !columns.is_multiple_of(block) {
            return None;
        }
        let (mut segments, mut indices) = (vec![0], Vec::new());
        for row in 0..outer.iter().product() {
            let blocks = (0..columns / block).filter(|index| {
                let start = row * columns + index * block;
                (start..start + block).any(|place| !is_zero(place))
            });
            indices.extend(blocks);
            segments.push(indices.len());
        }
        let dense = outer.iter().map(|&size| SparseDimension::Dense { size });
        let mut dimensions: Vec<SparseDimension> = dense.collect();
        dimensions.push(SparseDimension::SparseCsr { segments, indices });
        let mut block_map = Vec::new();
        if block > 1 {
            dimensions.push(SparseDimension::Dense { size: block });
            block_map.push(outer.len());
        }
        Some(Sparsity {
            traversal_order: (0..dimensions.len()).collect(),
            block_map,
            dimensions,
        })
    }

    /// For each stored element, in the order of storage, its index within the dense row-major
    /// tensor of shape `shape`.
    ///
    /// # Errors
    /// [`ShapeError::Rule`] for storage that does not describe a tensor of that shape.
    pub fn dense_positions(&self, shape: &Shape) -> Result<Vec<usize>, ShapeError> {
        let fault = |what: &str| ShapeError::Rule {
            rule: format!("its sparse storage {what} for shape {shape}"),
        };
        let extents = self
            .extents(shape)
            .ok_or_else(|| fault("has dimensions, blocks or an order that do not add up"))?;
        let elements = shape.elements();
        let mut positions = vec![0];
        for (level, extent) in std::iter::zip(&self.dimensions, extents) {
            positions = match level {
                SparseDimension::Dense { size } if *size == extent.size => {
                    if positions
                        .len()
                        .checked_mul(*size)
                        .is_none_or(|count| count > elements)
                    {
                        return Err(fault("has more elements than there are"));
                    }
                    let indices = |&base: &usize| (0..*size).map(move |i| base + i * extent.stride);
                    positions.iter().flat_map(indices).collect()
                }
                SparseDimension::Dense { .. } => {
                    return Err(fault("has a dense level of another extent"));
                }
                SparseDimension::SparseCsr { segments, indices } => {
                    sparse_positions(&positions, segments, indices, extent)
                        .filter(|positions| positions.len() <= elements)
                        .ok_or_else(|| fault("has segments or indices that are out of range"))?
                }
            };
        }
        Ok(positions)
    }

    /// How many elements are stored of a tensor of shape `shape`: as many as [`Sparsity::dense_positions`] gives, without a list of
    /// them.
    ///
    /// # Errors
    /// Those of [`Sparsity::dense_positions`].
    pub fn stored_elements(&self, shape: &Shape) -> Result<usize, ShapeError> {
        let fault = || ShapeError::Rule {
            rule: format!("its sparse storage does not add up for shape {shape}"),
        };
        let extents = self.extents(shape).ok_or_else(fault)?;
        let elements = shape.elements();
        let mut stored = 1_usize;
        for (level, extent) in std::iter::zip(&self.dimensions, extents) {
            let next = match level {
                SparseDimension::Dense { size } if *size == extent.size => {
                    stored.checked_mul(*size)
                }
                SparseDimension::Dense { .. } => None,
                SparseDimension::SparseCsr { segments, indices } => {
                    let bounds = [segments.first(), segments.last()];
                    let adds_up = bounds == [Some(&0), Some(&indices.len())]
                        && segments.len() == stored + 1
                        && segments.is_sorted()
                        && indices.iter().all(|&index| index < extent.size);
                    adds_up.then_some(indices.len())
                }
            };
            stored = next.filter(|&next| next <= elements).ok_or_else(fault)?;
        }
        Ok(stored)
    }

    /// Puts stored elements of `element_bytes` bytes each into their places in a dense tensor of shape
    /// `shape`, whose bytes are `dense`; the others become 0.
    ///
    /// # Errors
    /// Those of [`Sparsity::dense_positions`], and [`ShapeError::Rule`] for storage of another number
    /// of elements.
    pub fn densify(
        &self,
        stored: &[u8],
        element_bytes: usize,
        shape: &Shape,
        dense: &mut [u8],
    ) -> Result<(), ShapeError> {
        let positions = self.dense_positions(shape)?;
        if stored.len() != positions.len() * element_bytes {
            return Err(ShapeError::Rule {
                rule: format!(
                    "its sparse storage has {} bytes for {} elements",
                    stored.len(),
                    positions.len()
                ),
            });
        }
        dense.fill(0);
        for (element, position) in stored.chunks_exact(element_bytes).zip(positions) {
            dense[position * element_bytes..][..element_bytes].copy_from_slice(element);
        }
        Ok(())
    }

    /// The extent of each level.
    fn extents(&self, shape: &Shape) -> Option<Vec<Extent>> {
        let (rank, blocks) = (shape.rank(), self.block_map.len());
        let mut is_stored = vec![false; rank.checked_add(blocks)?];
        if self.traversal_order.len() != is_stored.len() || self.dimensions.len() != is_stored.len()
        {
            return None;
        }
        for &dimension in &self.traversal_order {
            *is_stored.get_mut(dimension)? = true;
        }
        if is_stored.contains(&false) {
            return None;
        }
        let strides = shape.strides();
        let whole = std::iter::zip(shape.iter(), &strides);
        let mut extents: Vec<Extent> = whole
            .map(|(&size, &stride)| Extent { size, stride })
            .collect();
        for (block, &original) in self.block_map.iter().enumerate() {
            let level = self
                .traversal_order
                .iter()
                .position(|&dimension| dimension == rank + block)?;
            let SparseDimension::Dense { size } = self.dimensions[level] else {
                return None;
            };
            let split = extents[..rank].get_mut(original)?;
            if size == 0 || split.stride != strides[original] || split.size % size != 0 {
                return None;
            }
            split.size /= size;
            split.stride *= size;
            extents.push(Extent {
                size,
                stride: strides[original],
            });
        }
        let order = self.traversal_order.iter();
        Some(order.map(|&dimension| extents[dimension]).collect())
    }
}

/// The positions below each of `bases`, one segment of indices for each.
fn sparse_positions(
    bases: &[usize],
    segments: &[usize],
    indices: &[usize],
    extent: Extent,
) -> Option<Vec<usize>> {
    if segments.len() != bases.len() + 1 || segments[0] != 0 {
        return None;
    }
    let mut positions = Vec::with_capacity(indices.len());
    for (&base, bounds) in std::iter::zip(bases, segments.windows(2)) {
        for &index in indices.get(bounds[0]..bounds[1])? {
            if index >= extent.size {
                return None;
            }
            positions.push(base + index * extent.stride);
        }
    }
    (positions.len() == indices.len()).then_some(positions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dense(size: usize) -> SparseDimension {
        SparseDimension::Dense { size }
    }

    fn csr(segments: &[usize], indices: &[usize]) -> SparseDimension {
        SparseDimension::SparseCsr {
            segments: segments.to_vec(),
            indices: indices.to_vec(),
        }
    }

    #[test]
    fn rows_are_compressed() {
        let sparsity = Sparsity {
            traversal_order: vec![0, 1],
            block_map: vec![],
            dimensions: vec![dense(3), csr(&[0, 2, 2, 3], &[1, 3, 0])],
        };
        let positions = sparsity.dense_positions(&Shape::from([3, 4])).unwrap();
        assert_eq!(
            sparsity.stored_elements(&Shape::from([3, 4])),
            Ok(positions.len())
        );
        assert_eq!(positions, [1, 3, 8]);
    }

    #[test]
    fn compressed_rows_store_what_is_not_zero() {
        let elements = [0, 1, 0, 0, 0, 0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 4];
        let shape = Shape::from([2, 2, 4]);
        let stored = |block| {
            let sparsity = Sparsity::compressed_rows(&shape, block, |place| elements[place] == 0);
            let positions = sparsity.unwrap().dense_positions(&shape).unwrap();
            let stored = positions.into_iter().map(|place| elements[place]);
            stored.collect::<Vec<_>>()
        };
        assert_eq!(stored(1), [1, 2, 3, 4]);
        assert_eq!(stored(2), [0, 1, 2, 3, 0, 4]);
        assert_eq!(Sparsity::compressed_rows(&shape, 3, |_| true), None);
        assert_eq!(Sparsity::compressed_rows(&Shape::SCALAR, 1, |_| true), None);
    }

    #[test]
    fn columns_can_come_first() {
        let sparsity = Sparsity {
            traversal_order: vec![1, 0],
            block_map: vec![],
            dimensions: vec![csr(&[0, 2], &[0, 3]), csr(&[0, 1, 3], &[2, 0, 1])],
        };
        let positions = sparsity.dense_positions(&Shape::from([3, 4])).unwrap();
        assert_eq!(
            sparsity.stored_elements(&Shape::from([3, 4])),
            Ok(positions.len())
        );
        assert_eq!(positions, [8, 3, 7]);
    }

    #[test]
    fn blocks_are_stored_whole() {
        let sparsity = Sparsity {
            traversal_order: vec![0, 1, 2, 3],
            block_map: vec![0, 1],
            dimensions: vec![dense(1), csr(&[0, 1], &[1]), dense(2), dense(2)],
        };
        let positions = sparsity.dense_positions(&Shape::from([2, 4])).unwrap();
        assert_eq!(
            sparsity.stored_elements(&Shape::from([2, 4])),
            Ok(positions.len())
        );
        assert_eq!(positions, [2, 3, 6, 7]);
    }

    #[test]
    fn zeros_lie_between() {
        let sparsity = Sparsity {
            traversal_order: vec![0, 1],
            block_map: vec![],
            dimensions: vec![dense(2), csr(&[0, 1, 2], &[2, 0])],
        };
        let shape = Shape::from([2, 3]);
        let mut bytes = [9; 12];
        sparsity
            .densify(&[1, 2, 3, 4], 2, &shape, &mut bytes)
            .unwrap();
        assert_eq!(bytes, [0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0]);
        assert!(sparsity.densify(&[1, 2], 2, &shape, &mut bytes).is_err());
    }

    #[test]
    fn storage_that_does_not_add_up_is_refused() {
        let sparsity =
            |traversal_order: &[usize], block_map: &[usize], dimensions: &[_]| Sparsity {
                traversal_order: traversal_order.to_vec(),
                block_map: block_map.to_vec(),
                dimensions: dimensions.to_vec(),
            };
        let shape = Shape::from([2, 4]);
        for faulty in [
            sparsity(&[0, 0], &[], &[dense(2), dense(4)]),
            sparsity(&[0, 1], &[], &[dense(2)]),
            sparsity(&[0, 1], &[], &[dense(2), dense(3)]),
            sparsity(&[0, 1], &[], &[dense(2), csr(&[0, 1, 2], &[0, 4])]),
            sparsity(&[0, 1], &[], &[dense(2), csr(&[0, 2, 1], &[0, 1])]),
            sparsity(&[0, 1], &[], &[dense(2), csr(&[0, 1], &[0])]),
            sparsity(&[0, 1], &[], &[dense(2), csr(&[0, 1, 9], &[0, 1])]),
            sparsity(&[0, 1, 2], &[1], &[dense(2), dense(1), dense(3)]),
            sparsity(&[0, 1, 2], &[2], &[dense(2), dense(2), dense(2)]),
        ] {
            assert!(faulty.dense_positions(&shape).is_err(), "{faulty:?}");
            assert!(faulty.stored_elements(&shape).is_err(), "{faulty:?}");
        }
        assert!(
            sparsity(&[], &[], &[])
                .dense_positions(&Shape::SCALAR)
                .is_ok()
        );
    }
}
