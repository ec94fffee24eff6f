//! What the weights of a layer meet, in the unchanged model and in the changed one.

use demilite_core::Shape;

use super::symmetric::inverse;
use crate::calibration::Reading;
use crate::parallel::in_parallel;
use crate::vector::add_scaled;

/// Windows, or rows, of one sample that are looked at.
const LOOKED_AT: usize = 128;

/// Columns of a weight matrix at most: beyond, the moments take more memory and time than they are worth.
const MOST: usize = 2048;

/// What is added to a diagonal, in means of it, so that what few samples showed to vary together is not taken for more than it is.
const DAMPING: f64 = 0.01;

/// Sums over windows of what a row of weights met: x in the unchanged model, x̂ in the changed one.
#[derive(Debug, Default)]
pub(super) struct Meeting {
    extent: usize,
    /// Σ x̂·x̂ᵀ, the upper triangle.
    own: Vec<f32>,
    /// Σ x̂·xᵀ.
    cross: Vec<f32>,
    own_sums: Vec<f32>,
    sums: Vec<f32>,
    count: usize,
}

/// What the weights of a layer are best near to, and what it costs to differ from it.
#[derive(Debug)]
pub(crate) struct Target {
    /// One row for each output channel.
    pub(crate) weights: Vec<f32>,
    /// The covariance of what a row of weights meets, with something on its diagonal; symmetric.
    pub(crate) covariance: Vec<f32>,
    /// Its inverse.
    pub(crate) inverse: Vec<f32>,
}

impl Meeting {
    /// Adds what one sample made of the layer's input in both models.
    pub(super) fn add(
        &mut self,
        reading: Reading,
        [unchanged, changed]: [&[f32]; 2],
        shape: &Shape,
    ) {
        let extent = reading
            .extents(shape)
            .map(|(taps, channels)| taps * channels);
        let Some(extent) = extent.filter(|extent| (1..=MOST).contains(extent)) else {
            return;
        };
        if self.extent == 0 {
            self.extent = extent;
            self.own = vec![0.0; extent * extent];
            self.cross = vec![0.0; extent * extent];
            self.own_sums = vec![0.0; extent];
            self.sums = vec![0.0; extent];
        }
        if self.extent != extent {
            return;
        }
        let mut patches = Vec::new();
        reading.patches(unchanged, shape, LOOKED_AT, &mut |patch| {
            patches.extend_from_slice(patch);
        });
        let mut of_unchanged = patches.chunks_exact(extent);
        reading.patches(changed, shape, LOOKED_AT, &mut |own| {
            if let Some(patch) = of_unchanged.next() {
                self.add_patches(patch, own);
            }
        });
    }

    fn add_patches(&mut self, patch: &[f32], own: &[f32]) {
        let extent = self.extent;
        for (index, &value) in own.iter().enumerate() {
            if value != 0.0 {
                let row = &mut self.own[index * extent..][index..extent];
                add_scaled(row, value, &own[index..]);
                add_scaled(&mut self.cross[index * extent..][..extent], value, patch);
            }
        }
        add_scaled(&mut self.own_sums, 1.0, own);
        add_scaled(&mut self.sums, 1.0, patch);
        self.count += 1;
    }

    /// What the rows of these weights are best near to; `None` where too little is known.
    pub(super) fn target(&self, weights: &[f32]) -> Option<Target> {
        let extent = self.extent;
        if self.count == 0 || !weights.len().is_multiple_of(extent) {
            return None;
        }
        let count = self.count as f64;
        let mean = |sum: f32| f64::from(sum) / count;
        let mut covariance = vec![0.0; extent * extent];
        // (x̂·xᵀ − x̂·x̂ᵀ)ᵀ, so that a row of weights meets its columns.
        let mut drift = vec![0.0_f32; extent * extent];
        for row in 0..extent {
            for column in 0..extent {
                let (low, high) = (row.min(column), row.max(column));
                let own = mean(self.own[low * extent + high])
                    - mean(self.own_sums[row]) * mean(self.own_sums[column]);
                let cross = mean(self.cross[row * extent + column])
                    - mean(self.own_sums[row]) * mean(self.sums[column]);
                covariance[row * extent + column] = own;
                drift[column * extent + row] = (cross - own) as f32;
            }
        }
        let trace: f64 = (0..extent)
            .map(|place| covariance[place * extent + place])
            .sum();
        if !(trace.is_finite() && trace > 0.0) {
            return None;
        }
        for place in 0..extent {
            covariance[place * extent + place] += DAMPING * trace / extent as f64;
        }
        let inverse = singles(&inverse(covariance.clone(), extent)?);
        let rows = in_parallel(weights.len() / extent, &|row| {
            let weights = &weights[row * extent..][..extent];
            let mut target = weights.to_vec();
            let drift = product(weights, &drift);
            add_scaled(&mut target, 1.0, &product(&drift, &inverse));
            target
        });
        Some(Target {
            weights: rows.concat(),
            covariance: singles(&covariance),
            inverse,
        })
    }
}

/// A row times a square matrix.
fn product(row: &[f32], matrix: &[f32]) -> Vec<f32> {
    let mut product = vec![0.0; row.len()];
    for (&value, of_matrix) in std::iter::zip(row, matrix.chunks_exact(row.len())) {
        if value != 0.0 {
            add_scaled(&mut product, value, of_matrix);
        }
    }
    product
}

fn singles(doubles: &[f64]) -> Vec<f32> {
    doubles.iter().map(|&double| double as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_make_up_for_what_shrank_before_them() {
        // The changed model's activations are half of the unchanged one's.
        let reading = Reading::Rows { depth: 2 };
        let shape = Shape::from([4, 2]);
        let unchanged = [2.0, 0.0, -2.0, 0.0, 0.0, 4.0, 0.0, -4.0];
        let changed = unchanged.map(|value| value / 2.0);
        let mut meeting = Meeting::default();
        meeting.add(reading, [&unchanged, &changed], &shape);
        let target = meeting.target(&[1.0, -1.0]).unwrap();
        assert!((target.weights[0] - 2.0).abs() < 0.05, "{target:?}");
        assert!((target.weights[1] + 2.0).abs() < 0.05, "{target:?}");
        assert!((target.covariance[0] * target.inverse[0] - 1.0).abs() < 1e-5);
    }

    #[test]
    fn what_met_nothing_has_no_target() {
        let mut meeting = Meeting::default();
        assert!(meeting.target(&[1.0]).is_none());
        let shape = Shape::from([1, 2]);
        meeting.add(
            Reading::Rows { depth: 2 },
            [&[0.0, 0.0], &[0.0, 0.0]],
            &shape,
        );
        assert!(meeting.target(&[1.0, 1.0]).is_none());
    }
}
