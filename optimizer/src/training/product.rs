//! Products of matrices.

/// A matrix to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matrix<'a> {
    elements: &'a [f32],
    rows: usize,
    columns: usize,
    /// Steps from one row and from one column to the next.
    steps: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// A matrix that lies row by row.
    ///
    /// # Panics
    /// Where the elements are not so many.
    pub(super) fn new(elements: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(elements.len(), rows * columns, "a matrix has all elements");
        Matrix {
            elements,
            rows,
            columns,
            steps: [columns, 1],
        }
    }

    /// The same with rows for columns.
    pub(super) fn transposed(self) -> Self {
        Matrix {
            rows: self.columns,
            columns: self.rows,
            steps: [self.steps[1], self.steps[0]],
            ..self
        }
    }
}

/// Adds the product of two matrices to `sums`, which lies row by row.
///
/// # Panics
/// Where the extents do not fit.
pub(super) fn add_product(left: Matrix<'_>, right: Matrix<'_>, sums: &mut [f32]) {
    assert_eq!(left.columns, right.rows, "the extents fit");
    assert_eq!(sums.len(), left.rows * right.columns, "the extents fit");
    let step = |step: usize| step.cast_signed();
    // SAFETY: each matrix has rows · columns elements that its steps reach, as `Matrix::new` checked and transposing keeps, and so has
    // `sums` by the check above; `sums` is borrowed alone.
    unsafe {
        matrixmultiply::sgemm(
            left.rows,
            left.columns,
            right.columns,
            1.0,
            left.elements.as_ptr(),
            step(left.steps[0]),
            step(left.steps[1]),
            right.elements.as_ptr(),
            step(right.steps[0]),
            step(right.steps[1]),
            1.0,
            sums.as_mut_ptr(),
            step(right.columns),
            1,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_added() {
        let left = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let right = [1.0, 0.5, -1.0, 2.0, 0.25, 1.0];
        let expected = [
            10.0 + 1.0 - 2.0 + 0.75,
            10.0 + 0.5 + 4.0 + 3.0,
            10.0 + 4.0 - 5.0 + 1.5,
            10.0 + 2.0 + 10.0 + 6.0,
        ];
        let mut sums = [10.0; 4];
        add_product(
            Matrix::new(&left, 2, 3),
            Matrix::new(&right, 3, 2),
            &mut sums,
        );
        assert_eq!(sums, expected);
        let (left, right) = (
            [1.0, 4.0, 2.0, 5.0, 3.0, 6.0],
            [1.0, -1.0, 0.25, 0.5, 2.0, 1.0],
        );
        let mut sums = [10.0; 4];
        add_product(
            Matrix::new(&left, 3, 2).transposed(),
            Matrix::new(&right, 2, 3).transposed(),
            &mut sums,
        );
        assert_eq!(sums, expected);
    }
}
