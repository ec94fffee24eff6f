//! Products of 16-bit activations with 8-bit weights, summed in 64 bits and rounded once.

use demilite_core::quantization::QuantizedMultiplier;

use super::integer::Epilogue;
use super::panels::{PANEL, Panels};
use super::words::{self, Segment};
use super::{Product, Rows, Sums, Tile, VECTORS};
use crate::instruction_set::InstructionSet;
use crate::memory::Aligned;
use crate::target::Target;
use crate::vectors::dispatch;

/// The greatest sum of magnitudes of 8-bit weights whose products with 16-bit activations add up to 32 bits.
const LARGEST: u64 = (1 << 16) - 1;

/// Filters so short that sums fit in 32 bits whatever their weights are.
pub(crate) const SHORT: usize = 511;

/// What becomes of sums of products of 16-bit activations: a 64-bit bias and one rounding.
///
/// The factor, the bias and the rounding are one product and one sum, which wrap as those of the specification do.
#[derive(Debug, Clone)]
pub(crate) struct WideScaling {
    /// The factor of each output channel, a mantissa of 16 bits.
    factor: Aligned<i64>,
    /// The bias times the factor, and half of what is shifted away.
    offset: Aligned<i64>,
    /// How far products are shifted to the right.
    shift: Aligned<i64>,
    channels: usize,
    /// The bounds of the activation.
    clamp: (i32, i32),
}

impl WideScaling {
    /// The scaling of output channels with these factors and, where there are any, biases.
    pub(crate) fn new(
        multipliers: &[QuantizedMultiplier],
        bias: Option<&[i64]>,
        clamp: (i32, i32),
    ) -> Self {
        let channels = multipliers.len();
        let column = || Aligned::zeroed(channels.div_ceil(PANEL) * PANEL);
        let mut scaling = WideScaling {
            factor: column(),
            offset: column(),
            shift: column(),
            channels,
            clamp,
        };
        for (channel, multiplier) in multipliers.iter().enumerate() {
            let (factor, shift) = multiplier.reduced();
            let bias = bias.map_or(0, |bias| bias[channel]);
            let offset = bias.wrapping_mul(factor).wrapping_add(1_i64 << (shift - 1));
            scaling.factor.as_mut_slice()[channel] = factor;
            scaling.offset.as_mut_slice()[channel] = offset;
            scaling.shift.as_mut_slice()[channel] = shift.into();
        }
        scaling
    }

    /// Writes what the sums of a tile come to.
    #[inline(always)]
    unsafe fn write<S: Copy + Into<i64>>(&self, tile: Tile, sums: &Sums<S>, target: Target<i16>) {
        let (low, high) = self.clamp;
        for panel in 0..tile.panels {
            let channel = (tile.panel + panel) * PANEL;
            let factor = &self.factor.as_slice()[channel..][..PANEL];
            let offset = &self.offset.as_slice()[channel..][..PANEL];
            let shift = &self.shift.as_slice()[channel..][..PANEL];
            let count = PANEL.min(self.channels - channel);
            for row in 0..tile.rows {
                let sums = &sums.0[row * tile.panels + panel];
                let mut outputs = [0_i16; PANEL];
                for lane in 0..PANEL {
                    let product: i64 = sums[lane].into();
                    // Factors are of 32 bits: the compiler shall know.
                    let product = product.wrapping_mul(i64::from(factor[lane] as i32));
                    let rounded = product.wrapping_add(offset[lane]) >> (shift[lane] & 63);
                    outputs[lane] = (rounded as i32).clamp(low, high) as i16;
                }
                // SAFETY: the caller's promise.
                unsafe {
                    let first = target.first.add((tile.row + row) * target.stride + channel);
                    if count == PANEL {
                        first.cast::<[i16; PANEL]>().write_unaligned(outputs);
                    } else {
                        std::ptr::copy_nonoverlapping(outputs.as_ptr(), first, count);
                    }
                }
            }
        }
    }
}

impl Epilogue for WideScaling {
    type Output = i16;

    unsafe fn finish(
        &self,
        set: InstructionSet,
        tile: Tile,
        _channels: usize,
        sums: &Sums<i32>,
        target: Target<i16>,
    ) {
        dispatch(
            set,
            #[inline(always)]
            // SAFETY: the caller's promise.
            || unsafe { self.write(tile, sums, target) },
        );
    }
}

/// The weights of a product with 16-bit outputs.
#[derive(Debug, Clone)]
pub(crate) struct WideSums {
    panels: Panels<i8>,
    /// Parts of the taps and groups whose sums fit in 32 bits.
    segments: Vec<Segment>,
    set: InstructionSet,
}

impl WideSums {
    /// Sums with weights that lie as `[output channel, tap, input channel]`.
    pub(crate) fn new(weights: &[i8], taps: usize, channels: usize, set: InstructionSet) -> Self {
        let group = words::group(set);
        let panels = Panels::new(weights, channels, taps, group);
        let segments = segments(weights, channels, taps, group);
        WideSums {
            panels,
            segments,
            set,
        }
    }

    /// Bytes of the weights.
    pub(crate) fn bytes(&self) -> usize {
        self.panels.bytes()
    }

    /// Whether all products of a filter add up to 32 bits.
    pub(crate) fn is_narrow(&self) -> bool {
        self.segments.len() <= 1
    }

    unsafe fn accumulate(
        &self,
        rows: Rows,
        panels: (usize, usize),
        segment: &Segment,
        sums: &mut Sums<i32>,
    ) {
        let operands = words::Operands {
            panels: &self.panels,
            start: None,
            rows,
        };
        // SAFETY: the caller's promise; the instructions were found when the delegate was made.
        unsafe { words::accumulate(self.set, operands, panels, segment, sums) };
    }
}

/// Cuts the taps of a filter, and of each the groups of input channels, into segments whose sums fit in 32 bits.
fn segments(weights: &[i8], channels: usize, taps: usize, group: usize) -> Vec<Segment> {
    let filter = weights.len().checked_div(channels).unwrap_or(0);
    let depth = filter.checked_div(taps).unwrap_or(0);
    let groups = depth.div_ceil(group);
    // The sum of magnitudes of each output channel, from the beginning of a segment on.
    let mut sums = vec![0_u64; channels];
    let mut fits = |tap: usize, from: usize, to: usize| {
        let part = tap * depth + from * group..tap * depth + (to * group).min(depth);
        let mut magnitudes = weights.chunks_exact(filter.max(1)).map(|filter| {
            let weights = filter[part.clone()].iter();
            weights.map(|weight| u64::from(weight.unsigned_abs())).sum()
        });
        let added: Vec<u64> = magnitudes
            .by_ref()
            .zip(&sums)
            .map(|(more, sum): (u64, _)| sum + more)
            .collect();
        let fits = added.iter().all(|&sum| sum <= LARGEST);
        if fits {
            sums = added;
        } else {
            sums.fill(0);
        }
        fits
    };
    let mut segments = Vec::new();
    let mut first = 0;
    for tap in 0..taps {
        if fits(tap, 0, groups) {
            continue;
        }
        if first < tap {
            segments.push(Segment {
                taps: first..tap,
                groups: 0..groups,
            });
        }
        first = tap;
        if fits(tap, 0, groups) {
            continue;
        }
        // One tap is too long already.
        let mut begin = 0;
        for end in 0..groups {
            if !fits(tap, end, end + 1) {
                segments.push(Segment {
                    taps: tap..tap + 1,
                    groups: begin..end,
                });
                begin = end;
                fits(tap, end, end + 1);
            }
        }
        segments.push(Segment {
            taps: tap..tap + 1,
            groups: begin..groups,
        });
        first = tap + 1;
        fits(tap, 0, 0);
    }
    if first < taps {
        segments.push(Segment {
            taps: first..taps,
            groups: 0..groups,
        });
    }
    segments
}

/// A product whose sums fit in 32 bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NarrowProduct<'a> {
    /// The weights.
    pub(crate) sums: &'a WideSums,
    /// What becomes of the sums.
    pub(crate) scaling: &'a WideScaling,
}

// SAFETY: the kernels read the groups of the panels from each pointer.
unsafe impl Product for NarrowProduct<'_> {
    type Output = i16;
    type Sum = i32;

    fn tile(&self, rows: usize) -> (usize, usize) {
        words::tile(self.sums.set, rows)
    }

    fn panels(&self) -> usize {
        self.sums.panels.count()
    }

    fn channels(&self) -> usize {
        self.sums.panels.channels()
    }

    unsafe fn compute(&self, rows: Rows, tile: Tile, sums: &mut Sums<i32>, target: Target<i16>) {
        let none = Segment {
            taps: 0..0,
            groups: 0..0,
        };
        let all = self.sums.segments.first().unwrap_or(&none);
        let panels = (tile.panel, tile.panels);
        // SAFETY: the caller's promise.
        unsafe {
            self.sums.accumulate(rows, panels, all, sums);
            (self.scaling).finish(self.sums.set, tile, self.channels(), sums, target);
        }
    }
}

/// A product whose sums need 64 bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WideProduct<'a> {
    /// The weights.
    pub(crate) sums: &'a WideSums,
    /// What becomes of the sums.
    pub(crate) scaling: &'a WideScaling,
}

// SAFETY: the kernels read the groups of the panels from each pointer.
unsafe impl Product for WideProduct<'_> {
    type Output = i16;
    type Sum = i64;

    fn tile(&self, rows: usize) -> (usize, usize) {
        words::tile(self.sums.set, rows)
    }

    fn panels(&self) -> usize {
        self.sums.panels.count()
    }

    fn channels(&self) -> usize {
        self.sums.panels.channels()
    }

    unsafe fn compute(&self, rows: Rows, tile: Tile, sums: &mut Sums<i64>, target: Target<i16>) {
        let panels = (tile.panel, tile.panels);
        let totals = &mut sums.0[..rows.height * tile.panels];
        totals.fill([0; PANEL]);
        let mut parts = Sums([[0; PANEL]; VECTORS]);
        for segment in &self.sums.segments {
            // SAFETY: the caller's promise.
            unsafe {
                self.sums.accumulate(rows, panels, segment, &mut parts);
            }
            let all = totals.as_flattened_mut().iter_mut();
            let parts = parts.0.as_flattened();
            dispatch(
                self.sums.set,
                #[inline(always)]
                || {
                    all.zip(parts)
                        .for_each(|(sum, &part)| *sum += i64::from(part))
                },
            );
        }
        dispatch(
            self.sums.set,
            #[inline(always)]
            // SAFETY: the caller's promise.
            || unsafe { self.scaling.write(tile, sums, target) },
        );
    }
}
