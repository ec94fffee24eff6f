//! Walks over the tiles of a convolution.

use std::mem::MaybeUninit;
use std::ops::Range;

use demilite_core::geometry::Window;

use super::reads::{Image, Reads, TAPS};
use super::{Product, Sums, Tile, VECTORS};
use crate::product::panels::PANEL;
use crate::target::Target;

/// Pointers of a block of rows.
const POINTERS: usize = 16 * TAPS;

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
    let reads = Reads::new(window, image);
    let mut pointers = [const { MaybeUninit::<*const u8>::uninit() }; POINTERS];
    let mut sums = Sums([[P::Sum::default(); PANEL]; VECTORS]);
    for block in rows.clone().step_by(tiles * height) {
        let count = (rows.end - block).min(tiles * height);
        let tiles = count.div_ceil(height);
        let blocks = pointers[..tiles * height * taps].chunks_exact_mut(height * taps);
        for (tile, pointers) in blocks.enumerate() {
            reads.write(block + tile * height, height, pointers);
        }
        let mut panel = panels.start;
        while panel < panels.end {
            let wide = (panels.end - panel).min(width);
            for first in (0..count).step_by(height) {
                let height = height.min(count - first);
                let rows = (pointers[first * taps..].as_ptr().cast(), height);
                // SAFETY: the pointers of the whole tile were written, each to as many bytes as the depth says; the panels
                // are there.
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
