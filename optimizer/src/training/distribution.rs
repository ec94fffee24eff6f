//! Distributions over classes.

/// Writes the softmax of numbers times `beta`.
pub(super) fn write_softmax(numbers: &[f32], beta: f32, output: &mut [f32]) {
    let greatest = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (output, number) in std::iter::zip(&mut *output, numbers) {
        *output = ((number - greatest) * beta).exp();
        sum += *output;
    }
    output.iter_mut().for_each(|output| *output /= sum);
}

/// The logarithm of the sum of the exponentials of numbers times `beta`.
pub(super) fn log_sum(numbers: &[f32], beta: f32) -> f64 {
    let greatest = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponentials = numbers
        .iter()
        .map(|number| (f64::from(number - greatest) * f64::from(beta)).exp());
    exponentials.sum::<f64>().ln() + f64::from(greatest) * f64::from(beta)
}
