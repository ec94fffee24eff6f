//! Walks over the tiles of a convolution.

use std::mem::MaybeUninit;
use std::ops::Range;

use demilite_core::geometry::Window;

use super::flipped::{self, BYTES, Flipped};
use super::reads::{Image, Reads, TAPS};
use super::{Product, Rows, Sums, Tile, VECTORS};
use crate::instruction_set::InstructionSet;
use crate::product::panels::PANEL;
use crate::target::Target;

/// Bytes of an image that is copied as a whole.
const FEW: usize = if cfg!(test) { 1 << 6 } else { 1 << 11 };

/// Pointers of a block of rows: for each tap and row of its tiles.
pub(super) const POINTERS: usize = 16 * TAPS;

/// Computes the rows `rows` of the panels `panels`.
///
/// # Safety
/// `target` has room for all rows and channels, which nobody else touches.
pub(crate) unsafe fn convolve<P: Product>(
    product: &P,
    window: &Window,
    image: Image<'_>,
    (rows, panels): (Range<usize>, Range<usize>),
    target: Target<P::Output>,
    set: InstructionSet,
) {
    let mut reads = Reads::new(window, image);
    let all = (rows, panels);
    // SAFETY: the caller's promise.
    unsafe {
        match image.flip {
            0 => walk(product, &mut reads, None, all, target),
            _ if image.bytes.len() <= FEW => {
                walk_flipped::<P, FEW>(product, &mut reads, all, target, set);
            }
            _ => walk_flipped::<P, BYTES>(product, &mut reads, all, target, set),
        }
    }
}

/// The same of images that are flipped block by block, as many as `COPY` bytes at a time. A function of its own, since it takes room for
/// a copy, and a system has every page of a stack touched.
///
/// # Safety
/// As [`convolve`].
#[inline(never)]
unsafe fn walk_flipped<P: Product, const COPY: usize>(
    product: &P,
    reads: &mut Reads<'_>,
    all: (Range<usize>, Range<usize>),
    target: Target<P::Output>,
    set: InstructionSet,
) {
    let mut bytes = [const { MaybeUninit::uninit() }; COPY];
    let mut copy = Flipped {
        bytes: &mut bytes,
        set,
    };
    // SAFETY: the caller's promise.
    unsafe { walk(product, reads, Some(&mut copy), all, target) };
}

/// Computes blocks of rows one after the other.
///
/// # Safety
/// As [`convolve`].
unsafe fn walk<P: Product>(
    product: &P,
    reads: &mut Reads<'_>,
    mut copy: Option<&mut Flipped<'_>>,
    (rows, panels): (Range<usize>, Range<usize>),
    target: Target<P::Output>,
) {
    let (mut height, mut width) = product.tile(reads.outputs());
    let stride = reads.image().stride;
    if copy.is_some() && !flipped::has_room(reads.window(), stride, height) {
        (height, width) = product.tile(flipped::HEIGHT.min(reads.outputs()));
    }
    let _registers = product.registers(reads.outputs());
    let taps = reads.taps();
    let tiles = (POINTERS / (taps * height)).max(1);
    assert!(taps * height <= POINTERS, "the filter has too many taps");
    let mut pointers = [const { MaybeUninit::<*const u8>::uninit() }; POINTERS];
    let mut sums = Sums([[P::Sum::default(); PANEL]; VECTORS]);
    let mut block = rows.start;
    while block < rows.end {
        let mut count = (rows.end - block).min(tiles * height);
        if let Some(copy) = &mut copy {
            count = copy.hold(reads, block, count, height);
        }
        let tiles = count.div_ceil(height);
        reads.write_tiles(block, height, &mut pointers[..tiles * height * taps]);
        let mut panel = panels.start;
        while panel < panels.end {
            let wide = (panels.end - panel).min(width);
            for first in (0..count).step_by(height) {
                let rows = Rows {
                    pointers: pointers[first * taps..].as_ptr().cast(),
                    height,
                    count: height.min(count - first),
                };
                let tile = Tile {
                    row: block + first,
                    rows: rows.count,
                    panel,
                    panels: wide,
                };
                // SAFETY: the pointers of the whole tile were written, each to as many bytes as the depth says; the panels
                // are there, and the rest is the caller's promise.
                unsafe { product.compute(rows, tile, &mut sums, target) };
            }
            panel += wide;
        }
        block += count;
    }
}
