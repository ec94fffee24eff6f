//! Which layers are computed together, and how many rows at a time.

use crate::layers::bands::Banded;

/// Bytes of a tensor from which on it is not to be in memory as a whole: what else lies in the second-level cache would leave it.
const LARGE: usize = 192 << 10;

/// Bytes that are read again with each band: rows that layers keep, and weights.
const AT_HAND: usize = 256 << 10;

/// Layers of a chain at most.
pub(crate) const LAYERS: usize = 8;

/// Rows of a band at most.
const MOST: usize = 16;

/// When convolutions that follow each other are computed together, a band of rows at a time. Outputs are the same, bit for bit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fusion {
    /// Never.
    Off,
    /// Where it spares a tensor that the processor's cache would not keep.
    #[default]
    Large,
    /// Wherever it can be, a row at a time, for tests.
    Always,
}

/// How many rows at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Of each layer rows of a band at most; the last layer's bands are the chain's.
    pub(crate) rows: Vec<usize>,
}

impl Plan {
    /// The plan of layers with weights of so many bytes that are computed together; `None` where a row of each is too much.
    pub(crate) fn new(
        layers: &[Box<dyn Banded>],
        weights: &[usize],
        fusion: Fusion,
    ) -> Option<Self> {
        if layers.len() > LAYERS {
            return None;
        }
        let weights: usize = weights.iter().sum();
        let last = layers.last()?.window().rows.output;
        let plan = |rows| Plan {
            rows: rows_of(layers, rows),
        };
        match fusion {
            Fusion::Off => None,
            // Bands of few rows have the most to do with each other.
            Fusion::Always => Some(plan(1)),
            Fusion::Large => {
                let mut plans = (1..=MOST.min(last.max(1))).rev().map(plan);
                plans.find(|plan| weights + plan.held_bytes(layers) <= AT_HAND)
            }
        }
    }

    /// Bytes of the rows that lie between layers.
    pub(crate) fn held_bytes(&self, layers: &[Box<dyn Banded>]) -> usize {
        let written = layers.iter().zip(&self.rows);
        let written = written.take(layers.len() - 1);
        written
            .map(|(layer, rows)| rows * layer.row_bytes()[1])
            .map(|bytes| bytes.next_multiple_of(64))
            .sum()
    }

    /// Bytes that layers need for themselves, one after the other.
    pub(crate) fn scratch_bytes(&self, layers: &[Box<dyn Banded>]) -> usize {
        let needed = layers.iter().zip(&self.rows);
        let needed = needed.map(|(layer, &rows)| layer.band_scratch_bytes(rows));
        needed.max().unwrap_or(0).next_multiple_of(64)
    }
}

/// The most rows of each layer that a band of so many rows of the last one meets.
fn rows_of(layers: &[Box<dyn Banded>], last: usize) -> Vec<usize> {
    let mut rows = vec![last; layers.len()];
    for index in (1..layers.len()).rev() {
        let extent = &layers[index].window().rows;
        rows[index - 1] = extent.span(rows[index]).min(extent.input);
    }
    rows
}

/// How many of the first layers are computed together, where all are divided into groups so that the tensors between groups are the least.
pub(crate) fn first_group(layers: &[Box<dyn Banded>], weights: &[usize], fusion: Fusion) -> usize {
    let count = layers.len();
    // From each layer on: bytes between groups, and where the first group ends.
    let mut best = vec![(0, count); count + 1];
    for first in (0..count).rev() {
        let fits = |&end: &usize| {
            let plan = || Plan::new(&layers[first..end], &weights[first..end], fusion);
            end == first + 1 || plan().is_some()
        };
        let divided = (first + 1..=count).filter(fits).map(|end| {
            let between = match end < count {
                true => output_bytes(&*layers[end - 1]),
                false => 0,
            };
            (between + best[end].0, end)
        });
        best[first] = divided.min().unwrap_or((0, first + 1));
    }
    best[0].1
}

/// Bytes of the output of a layer for one image.
fn output_bytes(layer: &dyn Banded) -> usize {
    layer.window().rows.output * layer.row_bytes()[1]
}

/// Whether a tensor between two layers is better never in memory as a whole.
pub(crate) fn spares(layer: &dyn Banded, fusion: Fusion) -> bool {
    let bytes = output_bytes(layer);
    match fusion {
        Fusion::Off => false,
        Fusion::Large => bytes >= LARGE,
        Fusion::Always => bytes > 0,
    }
}

/// Whether a layer reads rows that another one holds: the rows of a filter of its own may lie anywhere.
pub(crate) fn reads_held(layer: &dyn Banded, is_depthwise: bool) -> bool {
    let rows = &layer.window().rows;
    let is_filled = rows.output > 0 && !rows.met(0..1).is_empty();
    is_filled && (is_depthwise || layer.window().is_pointwise())
}
