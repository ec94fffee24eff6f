//! Products of 16-bit activations with 8-bit weights, summed in 64 bits and rounded once.

use demilite_core::quantization::QuantizedMultiplier;

use super::integer::Epilogue;
use super::panels::{PANEL, Panels};
use super::words::{self, Segment};
use super::{Product, Sums, Tile, for_each_sum};
use crate::instruction_set::InstructionSet;
use crate::target::Target;

/// The most products of 16-bit activations and 8-bit weights whose sum fits in 32 bits: 511 times 2^15 times 2^7.
pub(crate) const LARGEST: usize = 511;

/// What becomes of sums of products of 16-bit activations: a 64-bit bias and one rounding.
#[derive(Debug, Clone)]
pub(crate) struct WideScaling {
    /// One bias for each output channel.
    pub(crate) bias: Vec<i64>,
    /// One factor for each output channel.
    pub(crate) multipliers: Vec<QuantizedMultiplier>,
    /// The bounds of the activation.
    pub(crate) clamp: (i32, i32),
}

impl WideScaling {
    fn output(&self, channel: usize, sum: i64) -> i16 {
        let output = self.multipliers[channel].apply_64(sum.wrapping_add(self.bias[channel]));
        output.clamp(self.clamp.0, self.clamp.1) as i16
    }
}

impl Epilogue for WideScaling {
    type Output = i16;

    unsafe fn finish(
        &self,
        _set: InstructionSet,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<i16>,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            for_each_sum(tile, channels, sums, target, |_, channel, sum| {
                self.output(channel, sum.into())
            })
        };
    }
}

/// A product with 16-bit outputs.
#[derive(Debug, Clone)]
pub(crate) struct WideProduct {
    panels: Panels<i8>,
    /// Parts of the taps and groups whose sums fit in 32 bits.
    segments: Vec<Segment>,
    scaling: WideScaling,
    set: InstructionSet,
}

impl WideProduct {
    /// A product with weights that lie as `[output channel, tap, input channel]`.
    pub(crate) fn new(
        weights: &[i8],
        taps: usize,
        scaling: WideScaling,
        set: InstructionSet,
    ) -> Self {
        let channels = scaling.multipliers.len();
        let group = words::group(set);
        let panels = Panels::new(weights, channels, taps, group);
        let segments = segments(taps, panels.groups(), group);
        WideProduct {
            panels,
            segments,
            scaling,
            set,
        }
    }

    /// Bytes of the weights.
    pub(crate) fn bytes(&self) -> usize {
        self.panels.bytes()
    }
}

/// Cuts the taps of a filter into segments whose sums fit in 32 bits whatever the weights are: as many whole taps as may be,
/// or parts of one.
fn segments(taps: usize, groups: usize, group: usize) -> Vec<Segment> {
    let most = LARGEST / group;
    let whole = most / groups.max(1);
    if whole > 0 {
        let first = (0..taps).step_by(whole);
        return first
            .map(|first| Segment {
                taps: first..(first + whole).min(taps),
                groups: 0..groups,
            })
            .collect();
    }
    let parts = |tap| {
        let first = (0..groups).step_by(most);
        first.map(move |first| Segment {
            taps: tap..tap + 1,
            groups: first..(first + most).min(groups),
        })
    };
    (0..taps).flat_map(parts).collect()
}

// SAFETY: the kernels read the groups of the panels from each pointer, four words each.
unsafe impl Product for WideProduct {
    type Output = i16;
    type Sum = i64;

    fn tile(&self) -> (usize, usize) {
        words::tile(self.set)
    }

    fn panels(&self) -> usize {
        self.panels.count()
    }

    fn channels(&self) -> usize {
        self.panels.channels()
    }

    unsafe fn accumulate(
        &self,
        rows: *const *const u8,
        panel: usize,
        _panels: usize,
        sums: &mut Sums<i64>,
    ) {
        let height = words::tile(self.set).0;
        let mut parts = Sums([[0; PANEL]; super::VECTORS]);
        for (index, segment) in self.segments.iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { words::accumulate(self.set, &self.panels, rows, panel, segment, &mut parts) };
            for (sums, parts) in sums.0[..height].iter_mut().zip(&parts.0) {
                for (sum, &part) in sums.iter_mut().zip(parts) {
                    *sum = i64::from(part) + if index == 0 { 0 } else { *sum };
                }
            }
        }
    }

    unsafe fn finish(&self, tile: Tile, sums: &mut Sums<i64>, target: Target<i16>) {
        let finish = |_, channel, sum| self.scaling.output(channel, sum);
        // SAFETY: the caller's promise.
        unsafe { for_each_sum(tile, self.channels(), sums, target, finish) };
    }
}
