//! Shapes of tensors and the rules that combine them.

use std::fmt;
use std::ops::Deref;

use crate::error::ShapeError;

/// Bytes of a complex128.
const LARGEST_ELEMENT_BYTES: usize = 16;

/// The extents of a tensor, outermost first. Derefs to a slice of extents.
///
/// ```
/// use demilite_core::Shape;
///
/// let shape = Shape::from([2, 1, 5]);
/// assert_eq!((shape.rank(), shape.elements()), (3, 10));
/// assert_eq!(shape.broadcast(&Shape::from([3, 1])), Ok(Shape::from([2, 3, 5])));
/// assert_eq!(shape.to_string(), "[2,1,5]");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// The shape of a tensor with one element and no dimensions.
    pub const SCALAR: Shape = Shape(Vec::new());

    /// A shape with these extents.
    pub fn new(dims: impl Into<Vec<usize>>) -> Self {
        Shape(dims.into())
    }

    /// Number of dimensions.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// Number of elements: 1 for a scalar.
    ///
    /// Shapes of a validated graph and of values that exist never overflow; use
    /// [`Shape::checked_elements`] for extents from elsewhere.
    pub fn elements(&self) -> usize {
        self.0.iter().product()
    }

    /// Number of elements, or `None` if it does not fit the address space, or if any of the extents
    /// of a tensor without elements multiply to what does not: no product of extents of a shape
    /// that passes overflows, not even in bytes.
    pub fn checked_elements(&self) -> Option<usize> {
        let extents = self.0.iter().filter(|&&dim| dim > 0);
        let product = extents.copied().try_fold(1_usize, usize::checked_mul)?;
        let fits = product <= isize::MAX as usize / LARGEST_ELEMENT_BYTES;
        fits.then_some(if self.0.contains(&0) { 0 } else { product })
    }

    /// The extent of dimension `axis`, counting 1 for each dimension beyond the outermost when the
    /// shape is seen with `rank` dimensions.
    pub fn extended(&self, rank: usize) -> Vec<usize> {
        let missing = rank.saturating_sub(self.rank());
        std::iter::repeat_n(1, missing)
            .chain(self.0.iter().copied())
            .collect()
    }

    /// The elements that one step along each dimension passes over, for a dense row-major tensor.
    pub fn strides(&self) -> Vec<usize> {
        let mut strides = vec![1; self.rank()];
        for axis in (1..self.rank()).rev() {
            strides[axis - 1] = strides[axis] * self.0[axis];
        }
        strides
    }

    /// The index of an axis that may be negative (counted from the end).
    pub fn axis(&self, axis: i64) -> Result<usize, ShapeError> {
        let rank = self.rank() as i64;
        let resolved = if axis < 0 { axis + rank } else { axis };
        if (0..rank).contains(&resolved) {
            Ok(resolved as usize)
        } else {
            Err(ShapeError::AxisOutOfRange {
                axis,
                rank: self.rank(),
            })
        }
    }

    /// The shape that two shapes broadcast to: aligned at the innermost dimension, an extent of 1
    /// stretches to the other's.
    pub fn broadcast(&self, other: &Shape) -> Result<Shape, ShapeError> {
        let rank = self.rank().max(other.rank());
        let dims: Option<Vec<usize>> = std::iter::zip(self.extended(rank), other.extended(rank))
            .map(|(a, b)| match (a, b) {
                (a, b) if a == b => Some(a),
                (1, b) => Some(b),
                (a, 1) => Some(a),
                _ => None,
            })
            .collect();
        dims.map(Shape).ok_or_else(|| ShapeError::NotBroadcastable {
            left: self.clone(),
            right: other.clone(),
        })
    }
}

impl Deref for Shape {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl From<Vec<usize>> for Shape {
    fn from(dims: Vec<usize>) -> Self {
        Shape(dims)
    }
}

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Self {
        Shape(dims.to_vec())
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(dims: [usize; N]) -> Self {
        Shape(dims.to_vec())
    }
}

impl FromIterator<usize> for Shape {
    fn from_iter<I: IntoIterator<Item = usize>>(dims: I) -> Self {
        Shape(dims.into_iter().collect())
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dims: Vec<String> = self.0.iter().map(usize::to_string).collect();
        f.pad(&format!("[{}]", dims.join(",")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_stretches_ones_from_the_inside() {
        let shape = |dims: &[usize]| Shape::new(dims);
        assert_eq!(
            shape(&[2, 1, 5]).broadcast(&shape(&[3, 1])).unwrap(),
            shape(&[2, 3, 5])
        );
        assert_eq!(Shape::SCALAR.broadcast(&shape(&[4])).unwrap(), shape(&[4]));
        assert_eq!(shape(&[1]).broadcast(&shape(&[0])).unwrap(), shape(&[0]));
        assert!(shape(&[2]).broadcast(&shape(&[3])).is_err());
    }

    #[test]
    fn axes_count_from_both_ends() {
        let shape = Shape::new([2, 3]);
        assert_eq!(shape.axis(-1), Ok(1));
        assert_eq!(shape.axis(0), Ok(0));
        assert!(shape.axis(2).is_err());
        assert!(shape.axis(-3).is_err());
    }

    #[test]
    fn extents_beyond_a_zero_count_too() {
        assert_eq!(Shape::new([2, 0, 3]).checked_elements(), Some(0));
        assert_eq!(Shape::SCALAR.checked_elements(), Some(1));
        let large = 1 << 31;
        assert_eq!(
            Shape::new([0, large, large, large]).checked_elements(),
            None
        );
        assert_eq!(Shape::new([large, 1 << 30]).checked_elements(), None);
    }

    #[test]
    fn strides_are_row_major() {
        assert_eq!(Shape::new([2, 3, 5]).strides(), [15, 5, 1]);
        assert!(Shape::SCALAR.strides().is_empty());
    }
}
