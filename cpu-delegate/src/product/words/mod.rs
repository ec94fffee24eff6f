//! Sums of products of 16-bit activations with 8-bit weights, in 32 bits.
//!
//! Activations are 16-bit tensors, or 8-bit ones less their zero point, which no instruction for bytes has to correct.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use std::ops::Range;

use super::Sums;
use super::panels::Panels;
use crate::instruction_set::InstructionSet;

/// A part of the taps and of the groups of input channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The taps.
    pub(crate) taps: Range<usize>,
    /// The groups, of each tap.
    pub(crate) groups: Range<usize>,
}

/// Input channels that panels for these instructions have side by side.
pub(crate) fn group(set: InstructionSet) -> usize {
    match set {
        InstructionSet::Portable => 1,
        InstructionSet::Avx2 | InstructionSet::Avx512 | InstructionSet::Avx512Vnni => 4,
    }
}

/// Rows and panels of a tile.
pub(crate) fn tile(set: InstructionSet) -> (usize, usize) {
    match set {
        InstructionSet::Portable => portable::TILE,
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2 => avx2::TILE,
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512 | InstructionSet::Avx512Vnni => avx512::TILE,
        #[cfg(not(target_arch = "x86_64"))]
        _ => portable::TILE,
    }
}

/// Sums one panel over a segment.
///
/// # Safety
/// `rows` holds a pointer for each tap and row of the tile, to as many words as the panels have input channels, filled up to
/// whole groups; the processor has the instructions.
#[inline]
pub(crate) unsafe fn accumulate(
    set: InstructionSet,
    panels: &Panels<i8>,
    rows: *const *const u8,
    panel: usize,
    segment: &Segment,
    sums: &mut Sums<i32>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match set {
            InstructionSet::Portable => portable::accumulate(panels, rows, panel, segment, sums),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => avx2::accumulate(panels, rows, panel, segment, sums),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => {
                avx512::accumulate::<false>(panels, rows, panel, segment, sums)
            }
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512Vnni => {
                avx512::accumulate_vnni(panels, rows, panel, segment, sums)
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => portable::accumulate(panels, rows, panel, segment, sums),
        }
    }
}
