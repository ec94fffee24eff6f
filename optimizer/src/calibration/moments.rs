//! How what the weights of a layer meet varies together.

use std::iter::zip;
use std::sync::{Mutex, PoisonError};

use demilite_core::{Quantization, Shape};

use super::means::Reading;

/// Windows, or rows, of one sample that are looked at, if there are as many.
const LOOKED_AT: usize = 48;

/// Products of one sample up to which more windows are looked at.
const PRODUCTS: usize = 1 << 23;

/// Rows of a matrix of moments at most: beyond, it takes more memory and time than rounding is worth.
const MOST: usize = 2048;

/// Patches whose products are added at once.
const TOGETHER: usize = 4;

/// Sums of products of what pairs of weights met.
#[derive(Debug)]
pub(crate) struct Moments {
    reading: Reading,
    /// Whether each channel has weights of its own, so that those of different channels never meet in a sum.
    by_channel: bool,
    /// How many places a matrix has along each side.
    extent: usize,
    /// One matrix, or one for each channel: the upper triangle, row-major, the same place of all matrices side by side.
    products: Vec<f32>,
    /// In the same order.
    sums: Vec<f32>,
    count: usize,
    /// What rounding made of the weights last, which several calibrators want.
    known: Mutex<Option<Known>>,
}

/// Integers of a layer's weights.
#[derive(Debug, Clone)]
struct Known {
    quantization: Quantization,
    is_centred: bool,
    integers: Vec<i8>,
}

impl Moments {
    /// Moments for a layer; `by_channel` of a depthwise one.
    pub(crate) fn new(reading: Reading, by_channel: bool) -> Self {
        Moments {
            reading,
            by_channel,
            extent: 0,
            products: Vec::new(),
            sums: Vec::new(),
            count: 0,
            known: Mutex::new(None),
        }
    }

    /// What rounding made of the weights with these parameters, if that was the last that was asked for.
    pub(crate) fn known(&self, quantization: &Quantization, is_centred: bool) -> Option<Vec<i8>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref()?;
        let is_same = known.quantization == *quantization && known.is_centred == is_centred;
        is_same.then(|| known.integers.clone())
    }

    /// Keeps what rounding made of the weights.
    pub(crate) fn remember(&self, quantization: &Quantization, is_centred: bool, integers: &[i8]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(Known {
            quantization: quantization.clone(),
            is_centred,
            integers: integers.to_vec(),
        });
    }

    /// Adds what one sample made of the layer's input. An input that the layer cannot read, and one of too many elements to a sum,
    /// adds nothing.
    pub(crate) fn add(&mut self, values: &[f32], shape: &Shape) {
        let Some((taps, channels)) = self.reading.extents(shape) else {
            return;
        };
        if !self.make_room(taps, channels) {
            return;
        }
        let (reading, looked_at) = (self.reading, self.looked_at());
        let mut together = Vec::new();
        reading.patches(
            values,
            shape,
            looked_at,
            &mut |patch| match self.by_channel {
                true => self.add_channels(patch, channels),
                false => {
                    together.extend_from_slice(patch);
                    if together.len() == TOGETHER * patch.len() {
                        self.add_patches(&together);
                        together.clear();
                    }
                }
            },
        );
        for patch in together.chunks_exact(self.extent) {
            self.add_patch(patch);
        }
    }

    /// How many windows of a sample are looked at.
    fn looked_at(&self) -> usize {
        let products = self.products.len().max(1);
        (PRODUCTS / products).max(LOOKED_AT)
    }

    fn make_room(&mut self, taps: usize, channels: usize) -> bool {
        let (matrices, extent) = match self.by_channel {
            true => (channels, taps),
            false => (1, taps * channels),
        };
        if extent == 0 || extent > MOST {
            return false;
        }
        if self.products.is_empty() {
            self.extent = extent;
            self.products = vec![0.0; matrices * extent * extent];
            self.sums = vec![0.0; matrices * extent];
        }
        self.products.len() == matrices * extent * extent
    }

    fn add_patch(&mut self, patch: &[f32]) {
        for (index, &value) in patch.iter().enumerate() {
            if value != 0.0 {
                let row = &mut self.products[index * self.extent..][index..self.extent];
                for (product, other) in zip(row, &patch[index..]) {
                    *product += value * other;
                }
                self.sums[index] += value;
            }
        }
        self.count += 1;
    }

    /// The same as one patch after the other, with each product read and written once.
    fn add_patches(&mut self, patches: &[f32]) {
        let extent = self.extent;
        let patch = |index: usize| &patches[index * extent..][..extent];
        let all: [&[f32]; TOGETHER] = std::array::from_fn(patch);
        for index in 0..extent {
            let values = all.map(|patch| patch[index]);
            if values.iter().all(|&value| value == 0.0) {
                continue;
            }
            let row = &mut self.products[index * extent..][index..extent];
            let [a, b, c, d] = all.map(|patch| &patch[index..]);
            let others = zip(zip(a, b), zip(c, d));
            for (product, ((a, b), (c, d))) in zip(row, others) {
                let others = [a, b, c, d];
                for (value, other) in zip(values, others) {
                    *product += value * other;
                }
            }
            for value in values {
                self.sums[index] += value;
            }
        }
        self.count += TOGETHER;
    }

    fn add_channels(&mut self, patch: &[f32], channels: usize) {
        let taps = self.extent;
        let pixel = |tap: usize| &patch[tap * channels..][..channels];
        for one in 0..taps {
            let sums = &mut self.sums[one * channels..][..channels];
            for (sum, value) in zip(sums, pixel(one)) {
                *sum += value;
            }
            for other in one..taps {
                let products = &mut self.products[(one * taps + other) * channels..][..channels];
                let factors = zip(pixel(one), pixel(other));
                for (product, (value, other)) in zip(products, factors) {
                    *product += value * other;
                }
            }
        }
        self.count += 1;
    }

    /// How far apart the rows of one matrix are, and how many matrices there are.
    pub(crate) fn extents(&self) -> Option<(usize, usize)> {
        (self.count > 0).then(|| (self.extent, self.sums.len() / self.extent))
    }

    /// The covariance of one matrix, or, where means count too, the mean products; symmetric, row-major. Something is added to its
    /// diagonal, so that what few samples showed to vary together is not taken for more than it is.
    pub(crate) fn matrix(&self, index: usize, is_centred: bool) -> Vec<f32> {
        let extent = self.extent;
        let matrices = self.sums.len() / extent;
        let product = |one, other| self.products[(one * extent + other) * matrices + index];
        let sum = |place| self.sums[place * matrices + index];
        let count = self.count.max(1) as f32;
        let mut matrix = vec![0.0; extent * extent];
        for one in 0..extent {
            for other in one..extent {
                let mut mean = product(one, other) / count;
                if is_centred {
                    mean -= sum(one) / count * (sum(other) / count);
                }
                matrix[one * extent + other] = mean;
                matrix[other * extent + one] = mean;
            }
        }
        let trace: f32 = (0..extent)
            .map(|place| matrix[place * extent + place])
            .sum();
        for place in 0..extent {
            matrix[place * extent + place] += DAMPING * trace / extent as f32;
        }
        matrix
    }
}

/// What is added to a diagonal, in means of it.
const DAMPING: f32 = 0.01;

#[cfg(test)]
mod tests {
    use demilite_core::op::Padding;

    use super::*;

    #[test]
    fn rows_give_their_covariance() {
        let mut moments = Moments::new(Reading::Rows { depth: 2 }, false);
        moments.add(&[1.0, 2.0, 3.0, 6.0], &Shape::from([2, 2]));
        let covariance = moments.matrix(0, true);
        // Variances 1 and 4, covariance 2, and a hundredth of their mean beside the variances.
        let expected = [1.025, 2.0, 2.0, 4.025];
        for (found, expected) in zip(&covariance, expected) {
            assert!((found - expected).abs() < 1e-5, "{covariance:?}");
        }
    }

    #[test]
    fn patches_that_are_added_at_once_give_the_same() {
        let depth = 5;
        let value = |place: usize| ((place * 7919) % 13) as f32 - 6.0;
        let values: Vec<f32> = (0..11 * depth).map(value).collect();
        let mut moments = Moments::new(Reading::Rows { depth }, false);
        moments.add(&values, &Shape::from([11, depth]));
        let mut one_by_one = Moments::new(Reading::Rows { depth }, false);
        assert!(one_by_one.make_room(1, depth));
        for patch in values.chunks_exact(depth) {
            one_by_one.add_patch(patch);
        }
        assert_eq!(moments.products, one_by_one.products);
        assert_eq!(moments.sums, one_by_one.sums);
        assert_eq!(moments.count, one_by_one.count);
    }

    #[test]
    fn channels_of_their_own_have_matrices_of_their_own() {
        let window = demilite_core::op::Window {
            size: 1,
            stride: 1,
            dilation: 1,
        };
        let reading = Reading::Windows {
            windows: [window, window],
            padding: Padding::Valid,
        };
        let mut moments = Moments::new(reading, true);
        moments.add(&[1.0, 10.0, 3.0, 10.0], &Shape::from([1, 1, 2, 2]));
        assert_eq!(moments.extents(), Some((1, 2)));
        assert!((moments.matrix(0, true)[0] - 1.01).abs() < 1e-6);
        assert_eq!(moments.matrix(1, true), [0.0]);
    }
}
