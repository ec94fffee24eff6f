//! Sums of rows of numbers.

/// Adds a row to another, times a factor.
pub(crate) fn add_scaled(sums: &mut [f32], factor: f32, values: &[f32]) {
    for (sum, value) in std::iter::zip(sums, values) {
        *sum += factor * value;
    }
}
