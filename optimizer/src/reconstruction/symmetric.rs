//! Symmetric matrices, row-major.

/// The inverse of a positive definite matrix by Gauss–Jordan elimination, which needs no pivoting then; `None` where it is not.
pub(super) fn inverse(mut matrix: Vec<f64>, extent: usize) -> Option<Vec<f64>> {
    let mut pivot_row = vec![0.0; extent];
    for pivot in 0..extent {
        let divisor = matrix[pivot * extent + pivot];
        if !(divisor.is_finite() && divisor > 0.0) {
            return None;
        }
        let row = &mut matrix[pivot * extent..][..extent];
        row[pivot] = 1.0;
        row.iter_mut().for_each(|value| *value /= divisor);
        pivot_row.copy_from_slice(row);
        for (index, row) in matrix.chunks_exact_mut(extent).enumerate() {
            if index == pivot {
                continue;
            }
            let factor = std::mem::take(&mut row[pivot]);
            for (value, of_pivot) in std::iter::zip(row, &pivot_row) {
                *value -= factor * of_pivot;
            }
        }
    }
    Some(matrix)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_positive_definite_has_no_inverse() {
        assert_eq!(inverse(vec![1.0, 2.0, 2.0, 1.0], 2), None);
        assert_eq!(inverse(vec![f64::NAN], 1), None);
        assert_eq!(inverse(Vec::new(), 0), Some(Vec::new()));
    }

    proptest! {
        #[test]
        fn a_matrix_times_its_inverse_is_one(factors in prop::collection::vec(-1.0..1.0_f64, 16)) {
            // A·Aᵀ + 0.1 is positive definite.
            let extent = 4;
            let mut matrix = vec![0.0; 16];
            for (place, value) in matrix.iter_mut().enumerate() {
                let (row, column) = (place / extent, place % extent);
                *value = (0..extent).map(|k| factors[row * extent + k] * factors[column * extent + k]).sum();
                *value += if row == column { 0.1 } else { 0.0 };
            }
            let inverse = inverse(matrix.clone(), extent).unwrap();
            for row in 0..extent {
                for column in 0..extent {
                    let product: f64 = (0..extent).map(|k| matrix[row * extent + k] * inverse[k * extent + column]).sum();
                    let expected = if row == column { 1.0 } else { 0.0 };
                    prop_assert!((product - expected).abs() < 1e-9);
                }
            }
        }
    }
}
