//! Walks over the tiles of a convolution.

use std::ops::Range;

use demilite_core::geometry::Window;

use super::{Product, Sums, Tile, VECTORS};
use crate::product::panels::PANEL;
use crate::target::Target;

/// Pointers of a block of rows.
pub(super) const POINTERS: usize = 2048;

/// The image that a filter slides over, as bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Image<'a> {
    /// The image, from the first input channel that the filter reads on.
    pub(crate) bytes: &'a [u8],
    /// Bytes from one position to the next.
    pub(crate) stride: usize,
    /// Bytes that the filter reads of each position.
    pub(crate) depth: usize,
    /// What the filter reads outside of the image.
    pub(crate) border: &'a [u8],
}

/// Computes the rows `rows` of the panels `panels`.
///
/// # Safety
/// `target` has room for all rows and channels, which nobody else touches.
pub(crate) unsafe fn convolve<P: Product>(
    product: &P,
    window: &Window,
    image: Image<'_>,
    rows: Range<usize>,
    panels: Range<usize>,
    target: Target<P::Output>,
) {
    let (height, width) = product.tile();
    let taps = window.taps();
    let tiles = (POINTERS / (taps * height)).max(1);
    assert!(taps * height <= POINTERS, "the filter has too many taps");
    let pointwise = window.is_pointwise();
    let mut pointers = [std::ptr::null(); POINTERS];
    let mut sums = Sums([[P::Sum::default(); PANEL]; VECTORS]);
    let last = window.outputs() - 1;
    for block in rows.clone().step_by(tiles * height) {
        let count = (rows.end - block).min(tiles * height);
        let mut place = window.place(block);
        // Rows that fill the last tile up are the last one again.
        let mut outputs = (block..).map(|output| output.min(last));
        for pointers in
            pointers[..count.div_ceil(height) * height * taps].chunks_exact_mut(height * taps)
        {
            for (row, output) in outputs.by_ref().take(height).enumerate() {
                let mut put = |tap: usize, position: Option<usize>| {
                    let bytes = match position {
                        Some(position) => &image.bytes[position * image.stride..][..image.depth],
                        None => &image.border[..image.depth],
                    };
                    pointers[tap * height + row] = bytes.as_ptr();
                };
                if pointwise {
                    put(0, Some(output));
                } else {
                    window.for_each_tap(place, put);
                    if output < last {
                        place = window.next(place);
                    }
                }
            }
        }
        let mut panel = panels.start;
        while panel < panels.end {
            let wide = (panels.end - panel).min(width);
            for first in (0..count).step_by(height) {
                let height = height.min(count - first);
                let rows = (pointers[first * taps..].as_ptr(), height);
                // SAFETY: the pointers were taken from slices of the depth; the panels are there.
                unsafe { product.accumulate(rows, panel, wide, &mut sums) };
                let tile = Tile {
                    row: block + first,
                    rows: height,
                    panel,
                    panels: wide,
                };
                // SAFETY: the caller's promise.
                unsafe { product.finish(tile, &mut sums, target) };
            }
            panel += wide;
        }
    }
}
