//! How far numbers are from those that were meant.

/// Sums of squares of numbers and of what was lost of them.
///
/// ```
/// use demilite_optimizer::metrics::Noise;
///
/// let mut noise = Noise::default();
/// noise.add(&[10.0, 0.0], &[9.0, 0.0]);
/// assert_eq!(noise.sqnr(), 20.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Noise {
    signal: f64,
    noise: f64,
}

impl Noise {
    /// Adds numbers, with what another model has in their place. Pairs in which one is not finite are left out.
    pub fn add(&mut self, floats: &[f32], others: &[f32]) {
        for (&float, &other) in std::iter::zip(floats, others) {
            let (float, other) = (f64::from(float), f64::from(other));
            if float.is_finite() && other.is_finite() {
                self.signal += float * float;
                self.noise += (float - other) * (float - other);
            }
        }
    }

    /// Noise of these sums of squares.
    pub(crate) fn of_sums(signal: f64, noise: f64) -> Self {
        Noise { signal, noise }
    }

    /// The sums of squares of the signal and of the noise.
    pub(crate) fn sums(&self) -> (f64, f64) {
        (self.signal, self.noise)
    }

    /// The signal-to-quantization-noise ratio in decibels; at most 200.
    pub fn sqnr(&self) -> f64 {
        if self.noise == 0.0 {
            return 200.0;
        }
        (10.0 * (self.signal.max(1e-300) / self.noise).log10()).min(200.0)
    }
}
