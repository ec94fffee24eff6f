//! Sums of products of 16-bit activations with 8-bit weights, in 32 bits.
//!
//! Activations are 16-bit tensors, or 8-bit ones less their zero point, which no instruction for bytes has to correct.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use std::ops::Range;

use super::panels::{PANEL, Panels};
use super::{Rows, Sums};
use crate::instruction_set::{InstructionSet, Vectors};

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
    match set.vectors() {
        #[cfg(target_arch = "x86_64")]
        Vectors::Bits256 => avx2::GROUP,
        #[cfg(target_arch = "x86_64")]
        Vectors::Bits512 => avx512::GROUP,
        _ => 1,
    }
}

/// Rows and panels of a tile, of a product of so many rows.
pub(crate) fn tile(set: InstructionSet, rows: usize) -> (usize, usize) {
    match set.vectors() {
        Vectors::None => portable::TILE,
        _ if rows == 1 => (1, 8),
        #[cfg(target_arch = "x86_64")]
        Vectors::Bits256 => avx2::TILE,
        #[cfg(target_arch = "x86_64")]
        Vectors::Bits512 => avx512::TILE,
        #[cfg(not(target_arch = "x86_64"))]
        _ => portable::TILE,
    }
}

/// What sums of words are made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operands<'a> {
    /// The weights.
    pub(crate) panels: &'a Panels<i8>,
    /// What the sums of each output channel begin at, up to a whole panel; zeros where there is nothing.
    pub(crate) start: Option<&'a [i32]>,
    /// The rows of the tile.
    pub(crate) rows: Rows,
}

impl Operands<'_> {
    /// What the sums of a panel begin at.
    #[inline(always)]
    fn start(&self, panel: usize) -> [i32; PANEL] {
        let mut start = [0; PANEL];
        if let Some(all) = self.start {
            start.copy_from_slice(&all[panel * PANEL..][..PANEL]);
        }
        start
    }
}

/// Sums `count` panels from `panel` on over a segment.
///
/// # Safety
/// `rows` leads to as many words as the panels have input channels, filled up to whole groups; the processor has the
/// instructions.
#[inline]
pub(crate) unsafe fn accumulate(
    set: InstructionSet,
    operands: Operands<'_>,
    (panel, count): (usize, usize),
    segment: &Segment,
    sums: &mut Sums<i32>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match set {
            InstructionSet::Portable => portable::accumulate(operands, panel, segment, sums),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => {
                avx2::accumulate::<false>(operands, (panel, count), segment, sums);
            }
            #[cfg(target_arch = "x86_64")]
            InstructionSet::AvxVnni => {
                avx2::accumulate_vnni(operands, (panel, count), segment, sums);
            }
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => {
                avx512::accumulate::<false>(operands, (panel, count), segment, sums);
            }
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512Vnni | InstructionSet::Amx => {
                avx512::accumulate_vnni(operands, (panel, count), segment, sums);
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => unreachable!("no instructions for {count} panels"),
        }
    }
}
