//! Signed bytes that are made unsigned, once for all output channels that read them.

use std::mem::MaybeUninit;

use demilite_core::geometry::Window;

use super::reads::{Image, Reads, reach};
use crate::instruction_set::InstructionSet;
use crate::vectors::dispatch;

/// Bytes of a copy: they stay in the nearest caches. Tests have images that take more.
pub(super) const BYTES: usize = if cfg!(test) { 1 << 8 } else { 3 << 14 };

/// Rows of a tile that layers are laid out for. Higher ones are computed where there is room for what they read.
pub(super) const HEIGHT: usize = 16;

/// A copy of the part of an image that a block of results reads.
pub(super) struct Flipped<'a> {
    /// Room for the copy. It is borrowed, since to move it would be to copy all of it.
    pub(super) bytes: &'a mut [MaybeUninit<u8>],
    /// The instructions that copy.
    pub(super) set: InstructionSet,
}

impl Flipped<'_> {
    /// Copies what `count` results from `output` on read, and has them read the copy. Where that is too much, it is fewer results, whole
    /// tiles of `height`, as is returned.
    pub(super) fn hold(
        &mut self,
        reads: &mut Reads<'_>,
        output: usize,
        count: usize,
        height: usize,
    ) -> usize {
        let (mut count, mut span) = (count, reads.span(output, count));
        while span.len() > self.bytes.len() && count > height {
            count = (count / 2).next_multiple_of(height);
            span = reads.span(output, count);
        }
        let copy = &mut self.bytes[..span.len()];
        reads.read_from(copy.as_ptr().cast::<u8>().wrapping_sub(span.start));
        let Image { bytes, flip, .. } = reads.image();
        let bytes = &bytes[span];
        dispatch(
            self.set,
            #[inline(always)]
            || {
                for (copy, &byte) in copy.iter_mut().zip(bytes) {
                    copy.write(byte ^ flip);
                }
            },
        );
        count
    }
}

/// Whether there is room for what any tile of so many rows reads of an image with so many bytes from one position to the next.
pub(super) fn has_room(window: &Window, stride: usize, height: usize) -> bool {
    let height = height.min(window.outputs());
    if window.is_pointwise() {
        return height.saturating_mul(stride) <= BYTES;
    }
    let (rows, columns) = (&window.rows, &window.columns);
    let met = height.div_ceil(columns.output.max(1)) + 1;
    let read = match window.batches {
        1 => (met - 1).saturating_mul(rows.stride) + reach(rows) + 1,
        // A tile may begin at the end of an image, and lie in several.
        _ => (met.div_ceil(rows.output.max(1)) + 1).saturating_mul(rows.input),
    };
    let read = read.min(window.batches * rows.input);
    read.saturating_mul(columns.input).saturating_mul(stride) <= BYTES
}

/// Copies bytes, flipped.
pub(super) fn copy(bytes: &[u8], flip: u8, copy: &mut [u8], set: InstructionSet) {
    if flip == 0 {
        return copy.copy_from_slice(bytes);
    }
    assert_eq!(bytes.len(), copy.len(), "a copy for each byte");
    dispatch(
        set,
        #[inline(always)]
        || {
            for (copy, &byte) in copy.iter_mut().zip(bytes) {
                *copy = byte ^ flip;
            }
        },
    );
}
