//! The mean of what each weight of a layer meets.

use demilite_core::op::{Padding, Window};
use demilite_core::{Op, Shape};

/// How many samples are first.
pub(crate) const FIRST: usize = 32;

/// How a layer reads its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Rows of `depth` elements.
    Rows {
        /// Elements of a row.
        depth: usize,
    },
    /// Windows over `[N,H,W,C]`.
    Windows {
        /// Along height and width.
        windows: [Window; 2],
        /// What lies around the image.
        padding: Padding,
    },
}

impl Reading {
    /// How an op with a filter of this shape reads its input; `None` for an op that is no such layer.
    pub(crate) fn of(op: &Op, filter: &Shape) -> Option<Self> {
        let windows = |windows, padding| Reading::Windows { windows, padding };
        let extents = || <[usize; 4]>::try_from(&filter[..]).ok();
        match op {
            Op::FullyConnected(_) => Some(Reading::Rows {
                depth: *filter.last()?,
            }),
            Op::Conv2d(op) => Some(windows(op.windows(extents()?), op.padding)),
            Op::DepthwiseConv2d(op) => Some(windows(op.windows(extents()?), op.padding)),
            _ => None,
        }
    }
}

/// The means of all samples, and of the first.
#[derive(Debug)]
pub(crate) struct LayerMeans {
    pub(super) all: TapMeans,
    first: Option<TapMeans>,
    samples: usize,
}

impl LayerMeans {
    pub(super) fn new(reading: Reading) -> Self {
        LayerMeans {
            all: TapMeans::new(reading),
            first: None,
            samples: 0,
        }
    }

    /// Adds what one sample made of the layer's input.
    pub(super) fn add(&mut self, values: &[f32], shape: &Shape) {
        self.all.add(values, shape);
        self.samples += 1;
        if self.samples == FIRST {
            self.first = Some(self.all.clone());
        }
    }

    /// The means of the first [`FIRST`] samples, or of all where there are fewer.
    pub(super) fn of_first(&self) -> Option<Vec<f64>> {
        self.first.as_ref().unwrap_or(&self.all).means()
    }
}

/// Sums of what each tap of a window, or each place of a row, met.
#[derive(Debug, Clone)]
pub(crate) struct TapMeans {
    reading: Reading,
    /// Row-major over the taps along height and width, and the input's channels.
    sums: Vec<f64>,
    /// How many elements each sum has, those of the padding among them.
    count: u64,
}

impl TapMeans {
    pub(crate) fn new(reading: Reading) -> Self {
        TapMeans {
            reading,
            sums: Vec::new(),
            count: 0,
        }
    }

    /// The means, row-major over the taps and the input's channels; `None` before any sample.
    pub(crate) fn means(&self) -> Option<Vec<f64>> {
        let count = self.count as f64;
        (self.count > 0).then(|| self.sums.iter().map(|sum| sum / count).collect())
    }

    /// Adds sums of the same layer.
    pub(crate) fn merge(&mut self, other: &TapMeans) {
        self.sums.resize(other.sums.len(), 0.0);
        for (sum, other) in std::iter::zip(&mut self.sums, &other.sums) {
            *sum += other;
        }
        self.count += other.count;
    }

    /// Adds what one sample made of the layer's input. An input that the layer cannot read adds nothing.
    pub(crate) fn add(&mut self, values: &[f32], shape: &Shape) {
        match self.reading {
            Reading::Rows { depth } => {
                self.sums.resize(depth, 0.0);
                for row in values.chunks_exact(depth.max(1)) {
                    for (sum, value) in std::iter::zip(&mut self.sums, row) {
                        *sum += f64::from(*value);
                    }
                    self.count += 1;
                }
            }
            Reading::Windows { windows, padding } => {
                if let Ok(extents) = <[usize; 4]>::try_from(&shape[..]) {
                    self.add_windows(values, extents, windows, padding);
                }
            }
        }
    }

    fn add_windows(
        &mut self,
        values: &[f32],
        [batches, height, width, channels]: [usize; 4],
        [rows, columns]: [Window; 2],
        padding: Padding,
    ) {
        let placements = (rows.place(height, padding), columns.place(width, padding));
        let (Ok(down), Ok(across)) = placements else {
            return;
        };
        self.sums.resize(rows.size * columns.size * channels, 0.0);
        let mut row_sums = vec![0.0_f32; channels];
        for (tap, sums) in self.sums.chunks_exact_mut(channels.max(1)).enumerate() {
            let (tap_row, tap_column) = (tap / columns.size, tap % columns.size);
            for batch in 0..batches {
                let lines = places(down.output, rows, tap_row, down.padding_before, height);
                for row in lines {
                    row_sums.fill(0.0);
                    let before = across.padding_before;
                    for column in places(across.output, columns, tap_column, before, width) {
                        let start = ((batch * height + row) * width + column) * channels;
                        let pixel = &values[start..start + channels];
                        for (sum, value) in std::iter::zip(&mut row_sums, pixel) {
                            *sum += value;
                        }
                    }
                    for (sum, row_sum) in std::iter::zip(&mut *sums, &row_sums) {
                        *sum += f64::from(*row_sum);
                    }
                }
            }
        }
        self.count += (batches * down.output * across.output) as u64;
    }
}

/// Where a tap lies in each window along one dimension, without the places outside of it.
pub(crate) fn places(
    outputs: usize,
    window: Window,
    tap: usize,
    padding_before: usize,
    extent: usize,
) -> impl Iterator<Item = usize> {
    (0..outputs).filter_map(move |output| {
        let place = output * window.stride + tap * window.dilation;
        place
            .checked_sub(padding_before)
            .filter(|&place| place < extent)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_counts_as_zeros() {
        let window = Window {
            size: 3,
            stride: 1,
            dilation: 1,
        };
        let single = Window { size: 1, ..window };
        let mut means = TapMeans::new(Reading::Windows {
            windows: [single, window],
            padding: Padding::Same,
        });
        means.add(&[1.0, 2.0, 6.0], &Shape::from([1, 1, 3, 1]));
        // The left tap meets padding, 1 and 2; the middle one all; the right one 2, 6 and padding.
        assert_eq!(means.means().unwrap(), [1.0, 3.0, 8.0 / 3.0]);
    }

    #[test]
    fn rows_are_averaged_over_samples() {
        let mut means = TapMeans::new(Reading::Rows { depth: 2 });
        assert_eq!(means.means(), None);
        means.add(&[1.0, 2.0, 3.0, 4.0], &Shape::from([2, 2]));
        means.add(&[2.0, 6.0], &Shape::from([1, 2]));
        assert_eq!(means.means().unwrap(), [2.0, 4.0]);
    }
}
