//! Layers that compute some rows of an image at a time.

use std::ops::Range;

use demilite_core::View;
use demilite_core::geometry::Window;
use demilite_executor::Kernel;

use super::packed::{Layer, PackedLayer};

/// Rows of an image: those that are needed, each in the place that is its number modulo `rows`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held<'a> {
    pub(crate) bytes: &'a [u8],
    /// Rows that there are places for.
    pub(crate) rows: usize,
}

impl<'a> Held<'a> {
    /// Rows that follow each other in memory too.
    pub(crate) fn slice(&self, rows: Range<usize>, row_bytes: usize) -> &'a [u8] {
        &self.bytes[rows.start % self.rows * row_bytes..][..rows.len() * row_bytes]
    }
}

/// A layer that computes some rows of an image from the rows of the input that they meet.
pub(crate) trait BandLayer: Layer {
    /// Images and the filter that slides over them.
    fn window(&self) -> &Window;

    /// Bytes of a position of the input, and of the output.
    fn position_bytes(&self) -> [usize; 2];

    /// Bytes of a row of the input, and of the output.
    fn row_bytes(&self) -> [usize; 2] {
        let [input, output] = self.position_bytes();
        let columns = &self.window().columns;
        [input * columns.input, output * columns.output]
    }

    /// Whether it does so with these weights.
    fn has_bands(&self, _weights: View<'_>) -> bool {
        true
    }

    /// Bytes of memory that so many rows need beside input and output.
    fn band_scratch_bytes(&self, _rows: usize) -> usize {
        0
    }

    /// Writes the rows `rows` of one image, on the calling thread alone.
    fn run_band(
        &self,
        packed: &Self::Packed,
        rows: Range<usize>,
        input: Held<'_>,
        output: &mut [u8],
        scratch: &mut [u8],
    );
}

/// A kernel whose layer computes band by band.
pub(crate) trait Banded: Kernel {
    /// As [`BandLayer::has_bands`].
    fn has_bands(&self, weights: View<'_>) -> bool;

    /// As [`BandLayer::window`].
    fn window(&self) -> &Window;

    /// As [`BandLayer::row_bytes`].
    fn row_bytes(&self) -> [usize; 2];

    /// As [`BandLayer::band_scratch_bytes`].
    fn band_scratch_bytes(&self, rows: usize) -> usize;

    /// As [`BandLayer::run_band`], once weights are laid out.
    fn run_band(&self, rows: Range<usize>, input: Held<'_>, output: &mut [u8], scratch: &mut [u8]);
}

impl<L: BandLayer> Banded for PackedLayer<L> {
    fn has_bands(&self, weights: View<'_>) -> bool {
        self.layer.has_bands(weights)
    }

    fn window(&self) -> &Window {
        self.layer.window()
    }

    fn row_bytes(&self) -> [usize; 2] {
        self.layer.row_bytes()
    }

    fn band_scratch_bytes(&self, rows: usize) -> usize {
        self.layer.band_scratch_bytes(rows)
    }

    fn run_band(&self, rows: Range<usize>, input: Held<'_>, output: &mut [u8], scratch: &mut [u8]) {
        let packed = self.packed.as_ref().expect("weights were laid out");
        self.layer.run_band(packed, rows, input, output, scratch);
    }
}
