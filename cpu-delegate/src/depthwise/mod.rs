//! Depthwise convolutions: each channel has a filter of its own.

#[cfg(target_arch = "x86_64")]
pub(crate) mod bytes;
pub(crate) mod float;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use std::ops::Range;

use crate::instruction_set::InstructionSet;
use crate::product::convolution::Image;
use crate::product::integer::Operand;
use crate::target::Target;
use demilite_core::geometry::{Extent, Place, Window};

/// Pointers of a run of positions.
pub(crate) const POINTERS: usize = 2048;

/// What depthwise convolutions of 8-bit integers read on these instructions.
pub(crate) fn operand(set: InstructionSet) -> Operand {
    match set {
        InstructionSet::Avx512Vnni => Operand::Bytes,
        _ => Operand::Words,
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
    /// `taps` holds, for each position, a pointer for each tap of the filter, to as many channels as the filter has;
    /// `target` has room for the positions.
    unsafe fn positions(&self, taps: &[*const u8], target: Target<Self::Output>);
}

/// Computes the rows `rows` of all images, counted from the first image on.
///
/// # Safety
/// `target` has room for all positions, which nobody else touches.
pub(crate) unsafe fn convolve<D: Depthwise>(
    depthwise: &D,
    window: &Window,
    image: Image<'_>,
    rows: Range<usize>,
    target: Target<D::Output>,
) {
    let taps = window.taps();
    assert!(taps <= POINTERS, "the filter has too many taps");
    let mut pointers = [std::ptr::null::<u8>(); POINTERS];
    let run = POINTERS / taps;
    let columns = &window.columns;
    let step = columns.stride * image.stride;
    let reaches = |extent: &Extent, output: usize| {
        extent.position(output, 0).is_some() && extent.position(output, extent.filter - 1).is_some()
    };
    let inside = |column: usize| reaches(columns, column);
    for row in rows {
        let (batch, row) = (row / window.rows.output, row % window.rows.output);
        let whole = reaches(&window.rows, row);
        for first in (0..columns.output).step_by(run) {
            let count = run.min(columns.output - first);
            for column in 0..count {
                let at = column * taps;
                if whole && column > 0 && inside(first + column - 1) && inside(first + column) {
                    let (before, pointers) = pointers[at - taps..][..2 * taps].split_at_mut(taps);
                    for (pointer, before) in pointers.iter_mut().zip(before) {
                        *pointer = before.wrapping_add(step);
                    }
                    continue;
                }
                let pointers = &mut pointers[at..][..taps];
                let place = Place {
                    batch,
                    row,
                    column: first + column,
                };
                window.for_each_tap(place, |tap, position| {
                    let bytes = match position {
                        Some(position) => &image.bytes[position * image.stride..][..image.depth],
                        None => &image.border[..image.depth],
                    };
                    pointers[tap] = bytes.as_ptr();
                });
            }
            let index = (batch * window.rows.output + row) * columns.output + first;
            // SAFETY: the pointers were taken from slices of the depth, or lie as far within the image as the position does.
            unsafe {
                let target = Target {
                    first: target.first.add(index * target.stride),
                    ..target
                };
                depthwise.positions(&pointers[..count * taps], target);
            }
        }
    }
}
