//! Depthwise convolutions: each channel has a filter of its own.

#[cfg(target_arch = "x86_64")]
pub(crate) mod bytes;
pub(crate) mod float;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::instruction_set::InstructionSet;
use crate::product::integer::Operand;
use crate::product::reads::Image;
use crate::target::Target;
use demilite_core::geometry::Window;

/// Pointers of a run of positions, and taps of a filter at most.
const POINTERS: usize = 2048;

/// Whether depthwise convolutions of 8-bit integers take four taps at a time on these instructions.
pub(crate) fn takes_quads(set: InstructionSet) -> bool {
    set >= InstructionSet::Avx512Vnni
}

/// What depthwise convolutions of 8-bit integers read on these instructions.
pub(crate) fn operand(set: InstructionSet) -> Operand {
    if takes_quads(set) {
        return Operand::Bytes;
    }
    words::operand(set)
}

/// Whether there is room for the pointers of one position.
pub(crate) fn has_room(window: &Window) -> bool {
    window.taps() <= POINTERS && span(window, 1).saturating_mul(window.rows.filter) <= POINTERS
}

/// Columns of an image, or of its border, that so many positions side by side meet.
fn span(window: &Window, positions: usize) -> usize {
    let columns = &window.columns;
    let reach = (columns.filter - 1).saturating_mul(columns.dilation);
    ((positions - 1) * columns.stride).saturating_add(reach) + 1
}

/// Where the taps of positions side by side lie. Columns that several positions meet are there once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taps<'a> {
    /// For each column, a pointer for each row of the filter.
    pointers: &'a [*const u8],
    /// The place of each tap among the pointers of a position.
    places: &'a [u16],
    /// Pointers from one position to the next.
    step: usize,
    /// Number of positions.
    positions: usize,
}

impl Taps<'_> {
    /// Where a tap of a position lies.
    ///
    /// # Safety
    /// There are such a position and such a tap.
    #[inline(always)]
    unsafe fn at(&self, position: usize, tap: usize) -> *const u8 {
        // SAFETY: the caller's promise.
        unsafe {
            let place = usize::from(*self.places.get_unchecked(tap));
            *self.pointers.get_unchecked(position * self.step + place)
        }
    }

    /// Where a column of the run, counted from the first that it meets, lies in a row of a filter of three rows.
    ///
    /// # Safety
    /// The filter has three rows, and the run meets such a column.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    unsafe fn column(&self, column: usize, row: usize) -> *const u8 {
        // SAFETY: the caller's promise.
        unsafe { *self.pointers.get_unchecked(column * 3 + row) }
    }

    /// Number of taps.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn count(&self) -> usize {
        self.places.len()
    }
}

/// What a depthwise convolution computes of a run of positions.
///
/// # Safety
/// `positions` reads the channels from each pointer, no more, and writes as many outputs for each position.
pub(crate) unsafe trait Depthwise: Sync {
    /// An element of the output.
    type Output: Copy + Send;

    /// Computes all channels of positions whose outputs follow each other.
    ///
    /// # Safety
    /// The taps are those of the filter, and lead to as many channels as it has; `target` has room for the positions.
    unsafe fn positions(&self, taps: Taps<'_>, target: Target<Self::Output>);
}

/// Columns that a filter of three rows and three columns moves from one position to the next, up to three; none where it has
/// others.
fn step(window: &Window) -> Option<usize> {
    let (rows, columns) = (&window.rows, &window.columns);
    let moved = if columns.dilation == 1 {
        columns.stride.min(3)
    } else {
        3
    };
    (rows.filter == 3 && columns.filter == 3).then_some(moved)
}

/// Computes the rows `rows` of all images, counted from the first image on. `image` has `held` rows at least that these meet, each in the
/// place that is its number modulo `held`; all rows of all images are as many.
///
/// # Safety
/// `target` has room for the positions of these rows, which nobody else touches. Its first row is that of all images.
pub(crate) unsafe fn convolve<D: Depthwise>(
    depthwise: &D,
    window: &Window,
    (image, held): (Image<'_>, usize),
    rows: Range<usize>,
    target: Target<D::Output>,
) {
    assert!(has_room(window), "the filter has too many taps");
    let (height, columns) = (window.rows.filter, &window.columns);
    let mut places = [MaybeUninit::uninit(); POINTERS];
    let places = &mut places[..window.taps()];
    for (row, places) in places.chunks_exact_mut(columns.filter).enumerate() {
        for (column, place) in places.iter_mut().enumerate() {
            place.write((column * columns.dilation * height + row) as u16);
        }
    }
    // SAFETY: each tap of each row has its place.
    let places = unsafe { places.assume_init_ref() };
    let mut pointers = [MaybeUninit::uninit(); POINTERS];
    let run = (POINTERS / height - span(window, 1)) / columns.stride + 1;
    let border = image.border[..image.depth].as_ptr();
    let length = (columns.input.max(1) - 1) * image.stride + image.depth;
    for index in rows {
        let (batch, row) = (index / window.rows.output, index % window.rows.output);
        for first in (0..columns.output).step_by(run) {
            let positions = run.min(columns.output - first);
            let met = span(window, positions);
            // The first column of the image that is met, and those that are.
            let begin = (first * columns.stride) as isize - columns.padding as isize;
            let before = begin.min(0).unsigned_abs().min(met);
            let begin = begin.max(0).unsigned_abs();
            let inside = columns.input.saturating_sub(begin).min(met - before);
            let pointers = &mut pointers[..met * height];
            for tap in 0..height {
                let mut pointers = pointers[tap..].iter_mut().step_by(height);
                if let Some(row) = window.rows.position(row, tap) {
                    let row = (batch * window.rows.input + row) % held;
                    let row = &image.bytes[row * columns.input * image.stride..][..length];
                    for place in pointers.by_ref().take(before) {
                        place.write(border);
                    }
                    let mut pointer = row.as_ptr().wrapping_add(begin * image.stride);
                    for place in pointers.by_ref().take(inside) {
                        place.write(pointer);
                        pointer = pointer.wrapping_add(image.stride);
                    }
                }
                for place in pointers {
                    place.write(border);
                }
            }
            let taps = Taps {
                // SAFETY: each row of the filter wrote all of its pointers.
                pointers: unsafe { pointers.assume_init_ref() },
                places,
                step: columns.stride * height,
                positions,
            };
            let output = index * columns.output + first;
            // SAFETY: pointers inside lie in a row of the image, which holds whole positions; the rest is the border.
            unsafe {
                let target = Target {
                    first: target.first.wrapping_add(output * target.stride),
                    ..target
                };
                depthwise.positions(taps, target);
            }
        }
    }
}
