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
        let (low, high) = self.clamp;
        for panel in 0..tile.panels {
            let channel = (tile.panel + panel) * PANEL;
            let factors = &self.factors.as_slice()[channel..][..PANEL];
            let count = PANEL.min(channels - channel);
            for row in 0..tile.rows {
                let sums = &sums.0[row * tile.panels + panel];
                let mut outputs = [0_u8; PANEL];
                for lane in 0..PANEL {
                    let scaled = (f64::from(sums[lane]) * factors[lane]).round() as i32;
                    let output = scaled.saturating_add(self.zero_point).clamp(low, high);
                    outputs[lane] = output as u8;
                }
                // SAFETY: the caller's promise.
                unsafe {
                    let first = target.first.add((tile.row + row) * target.stride + channel);
                    std::ptr::copy_nonoverlapping(outputs.as_ptr(), first, count);
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
