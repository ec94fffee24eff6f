//! Sums that are scaled in double precision, as FULLY_CONNECTED does.

use super::integer::Epilogue;
use super::panels::PANEL;
use super::{Sums, Tile};
use crate::instruction_set::InstructionSet;
use crate::memory::Aligned;
use crate::target::Target;
use crate::vectors::dispatch;

/// What becomes of the sums of a fully connected layer: the product with a real factor, rounded half away from zero.
#[derive(Debug, Clone)]
pub(crate) struct RealScaling {
    /// One factor for each output: input scale · filter scale / output scale; as many as fill whole panels.
    factors: Aligned<f64>,
    zero_point: i32,
    clamp: (i32, i32),
}

impl RealScaling {
    /// The scaling of output channels with these factors, to this zero point and these bounds of the activation.
    pub(crate) fn new(factors: &[f64], zero_point: i32, clamp: (i32, i32)) -> Self {
        let mut padded = Aligned::zeroed(factors.len().div_ceil(PANEL) * PANEL);
        padded.as_mut_slice()[..factors.len()].copy_from_slice(factors);
        RealScaling {
            factors: padded,
            zero_point,
            clamp,
        }
    }

    /// Writes what the sums of a tile come to.
    #[inline(always)]
    unsafe fn write(&self, tile: Tile, channels: usize, sums: &Sums<i32>, target: Target<u8>) {
        // Bounds are integers, so that it makes no difference whether it is clamped or rounded first.
        let bound = |bound: i32| f64::from(bound) - f64::from(self.zero_point);
        let (low, high) = (bound(self.clamp.0), bound(self.clamp.1));
        for panel in 0..tile.panels {
            let channel = (tile.panel + panel) * PANEL;
            let factors = &self.factors.as_slice()[channel..][..PANEL];
            let count = PANEL.min(channels - channel);
            for row in 0..tile.rows {
                let sums = &sums.0[row * tile.panels + panel];
                let mut outputs = [0_u8; PANEL];
                for lane in 0..PANEL {
                    let scaled = f64::from(sums[lane]) * factors[lane];
                    // What is no number is the lower bound.
                    let scaled = if scaled > low { scaled } else { low };
                    let scaled = if scaled < high { scaled } else { high };
                    // SAFETY: it lies between the bounds.
                    let scaled: i32 = unsafe { scaled.round().to_int_unchecked() };
                    outputs[lane] = (scaled + self.zero_point) as u8;
                }
                // SAFETY: the caller's promise.
                unsafe {
                    let first = target.first.add((tile.row + row) * target.stride + channel);
                    if count == PANEL {
                        first.cast::<[u8; PANEL]>().write_unaligned(outputs);
                    } else {
                        std::ptr::copy_nonoverlapping(outputs.as_ptr(), first, count);
                    }
                }
            }
        }
    }
}

impl Epilogue for RealScaling {
    type Output = u8;

    unsafe fn finish(
        &self,
        set: InstructionSet,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<u8>,
    ) {
        dispatch(
            set,
            #[inline(always)]
            // SAFETY: the caller's promise.
            || unsafe { self.write(tile, channels, sums, target) },
        );
    }
}
