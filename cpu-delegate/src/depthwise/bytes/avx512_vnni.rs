//! Four taps of 64 channels at a time, or of 32 channels of two positions, by `vpdpbusd`.

use std::arch::x86_64::*;

use super::outputs::{Half, Outputs};
use super::{BLOCK, BytesDepthwise, QUAD, side};
use crate::depthwise::Taps;
use crate::product::panels::PANEL;
use crate::target::Target;

/// Computes positions.
///
/// # Safety
/// As [`Depthwise::positions`](crate::depthwise::Depthwise::positions); the processor has AVX-512 with VNNI.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) unsafe fn positions<O: Outputs>(
    depthwise: &BytesDepthwise,
    outputs: &O,
    taps: Taps<'_>,
    target: Target<O::Element>,
) {
    for channel in (0..depthwise.channels).step_by(BLOCK) {
        let side = side(channel, depthwise.channels);
        let run = Run {
            steps: if side == BLOCK {
                taps.positions
            } else {
                taps.positions.div_ceil(2)
            },
            depthwise,
            outputs,
            taps,
            target,
            channel,
            count: side.min(depthwise.channels - channel),
        };
        // SAFETY: the caller's promise.
        unsafe {
            match (side == BLOCK, depthwise.rest.as_slice().is_empty()) {
                (true, true) => run.compute::<true, false>(),
                (true, false) => run.compute::<true, true>(),
                (false, true) => run.compute::<false, false>(),
                (false, false) => run.compute::<false, true>(),
            }
        }
    }
}

/// A block of channels of a run of positions.
struct Run<'a, O: Outputs> {
    depthwise: &'a BytesDepthwise,
    outputs: &'a O,
    taps: Taps<'a>,
    target: Target<O::Element>,
    /// A step takes a position, or one of each half of them.
    steps: usize,
    /// The first channel.
    channel: usize,
    /// Channels that there are.
    count: usize,
}

impl<O: Outputs> Run<'_, O> {
    /// The bytes of a tap at a step, made unsigned.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn row<const WHOLE: bool>(&self, step: usize, tap: usize) -> __m512i {
        // SAFETY: the caller's promise; loads are masked.
        unsafe {
            let at = |position: usize| self.taps.at(position, tap).add(self.channel).cast();
            let bytes = if WHOLE {
                _mm512_maskz_loadu_epi8(u64::MAX >> (64 - self.count), at(step))
            } else {
                let mask = u32::MAX >> (32 - self.count);
                let far = (step + self.steps).min(self.taps.positions - 1);
                let near = _mm256_maskz_loadu_epi8(mask, at(step));
                let far = _mm256_maskz_loadu_epi8(mask, at(far));
                _mm512_inserti64x4::<1>(_mm512_castsi256_si512(near), far)
            };
            _mm512_xor_si512(bytes, _mm512_set1_epi8(self.depthwise.flip as i8))
        }
    }

    /// What the weights of the block are beyond bytes, for so many quads of taps; none to read where they are bytes.
    fn rest<const REST: bool>(&self, quads: usize) -> *const i8 {
        let rest = self.depthwise.rest.as_slice();
        match REST {
            true => rest[self.channel * quads * QUAD..].as_ptr(),
            false => rest.as_ptr(),
        }
    }

    /// What all steps have in common.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn block<const WHOLE: bool>(&self) -> O::Block {
        // Vectors of sixteen channels that there are none of take those of the first ones.
        let channels = std::array::from_fn(|part| {
            let part = part * PANEL % if WHOLE { BLOCK } else { BLOCK / 2 };
            self.channel + if part < self.count { part } else { 0 }
        });
        // SAFETY: the caller's promise.
        unsafe { self.outputs.block(channels, self.channel) }
    }

    /// Writes the outputs of a step.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn write<const WHOLE: bool>(&self, block: &O::Block, step: usize, sums: [__m512i; 4]) {
        let Run { channel, count, .. } = *self;
        let Target { first, stride } = self.target;
        let near = first.wrapping_add(step * stride + channel);
        let halves = if WHOLE {
            let far = near.wrapping_add(BLOCK / 2);
            [
                Half {
                    first: near,
                    count: count.min(BLOCK / 2),
                },
                Half {
                    first: far,
                    count: count.saturating_sub(BLOCK / 2),
                },
            ]
        } else {
            let is_there = step + self.steps < self.taps.positions;
            [
                Half { first: near, count },
                Half {
                    first: near.wrapping_add(self.steps * stride),
                    count: if is_there { count } else { 0 },
                },
            ]
        };
        // SAFETY: the caller's promise.
        unsafe { self.outputs.write(block, sums, halves) };
    }

    /// Computes all steps; `REST` where weights are more than bytes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    unsafe fn compute<const WHOLE: bool, const REST: bool>(&self) {
        // SAFETY: the caller's promise.
        unsafe {
            match self.depthwise.step {
                Some(1) => self.columns::<WHOLE, 1, REST>(),
                Some(2) => self.columns::<WHOLE, 2, REST>(),
                Some(_) => self.columns::<WHOLE, 3, REST>(),
                None => self.quads::<WHOLE, REST>(),
            }
        }
    }

    /// Computes filters of three rows and three columns, whose columns are read again `STEP` places further on.
    #[expect(
        clippy::needless_range_loop,
        reason = "loops over constants are unrolled, and so the columns stay in registers"
    )]
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    unsafe fn columns<const WHOLE: bool, const STEP: usize, const REST: bool>(&self) {
        let depthwise = self.depthwise;
        // SAFETY: the caller's promise; weights and biases are filled up to whole blocks.
        unsafe {
            let weights = depthwise
                .quads
                .as_slice()
                .as_ptr()
                .add(self.channel * 3 * QUAD);
            let rest = self.rest::<REST>(3);
            let held: [[__m512i; 4]; 3] = std::array::from_fn(|quad| {
                std::array::from_fn(|part| {
                    _mm512_load_si512(weights.add((quad * 4 + part) * BLOCK).cast())
                })
            });
            let bias = depthwise.bias.as_slice().as_ptr().add(self.channel);
            let bias: [__m512i; 4] =
                std::array::from_fn(|part| _mm512_load_si512(bias.add(part * 16).cast()));
            let block = self.block::<WHOLE>();
            let column = |step: usize, column: usize| {
                let row = |row: usize| self.row::<WHOLE>(step, row * 3 + column);
                interleave([row(0), row(1), row(2), _mm512_setzero_si512()])
            };
            let mut columns = [[_mm512_setzero_si512(); 4]; 3];
            for index in STEP..3 {
                columns[index] = column(0, index - STEP);
            }
            for step in 0..self.steps {
                for index in 0..3 {
                    columns[index] = if index + STEP < 3 {
                        columns[index + STEP]
                    } else {
                        column(step, index)
                    };
                }
                let mut sums = bias;
                for quad in 0..3 {
                    for part in 0..4 {
                        let operands = columns[quad][part];
                        sums[part] = _mm512_dpbusd_epi32(sums[part], operands, held[quad][part]);
                        if REST {
                            let rest =
                                _mm512_load_si512(rest.add((quad * 4 + part) * BLOCK).cast());
                            sums[part] = _mm512_dpbusd_epi32(sums[part], operands, rest);
                        }
                    }
                }
                self.write::<WHOLE>(&block, step, sums);
            }
        }
    }

    /// Computes filters of any size.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    unsafe fn quads<const WHOLE: bool, const REST: bool>(&self) {
        let depthwise = self.depthwise;
        let quads = depthwise.taps.div_ceil(QUAD);
        // SAFETY: the caller's promise; weights and biases are filled up to whole blocks.
        unsafe {
            let weights = depthwise
                .quads
                .as_slice()
                .as_ptr()
                .add(self.channel * quads * QUAD);
            let rest = self.rest::<REST>(quads);
            let bias = depthwise.bias.as_slice().as_ptr().add(self.channel);
            let block = self.block::<WHOLE>();
            for step in 0..self.steps {
                let mut sums: [__m512i; 4] =
                    std::array::from_fn(|part| _mm512_load_si512(bias.add(part * 16).cast()));
                for quad in 0..quads {
                    // The weights of taps that are missing are zero.
                    let row = |tap: usize| {
                        self.row::<WHOLE>(step, (quad * QUAD + tap).min(depthwise.taps - 1))
                    };
                    let operands = interleave(std::array::from_fn(row));
                    for part in 0..4 {
                        let weight =
                            _mm512_load_si512(weights.add((quad * 4 + part) * BLOCK).cast());
                        sums[part] = _mm512_dpbusd_epi32(sums[part], operands[part], weight);
                        if REST {
                            let rest =
                                _mm512_load_si512(rest.add((quad * 4 + part) * BLOCK).cast());
                            sums[part] = _mm512_dpbusd_epi32(sums[part], operands[part], rest);
                        }
                    }
                }
                self.write::<WHOLE>(&block, step, sums);
            }
        }
    }
}

/// The bytes of four rows side by side, channel by channel; within vectors the quarters of 16 channels are apart.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn interleave(rows: [__m512i; 4]) -> [__m512i; 4] {
    let low = [
        _mm512_unpacklo_epi8(rows[0], rows[1]),
        _mm512_unpacklo_epi8(rows[2], rows[3]),
    ];
    let high = [
        _mm512_unpackhi_epi8(rows[0], rows[1]),
        _mm512_unpackhi_epi8(rows[2], rows[3]),
    ];
    [
        _mm512_unpacklo_epi16(low[0], low[1]),
        _mm512_unpackhi_epi16(low[0], low[1]),
        _mm512_unpacklo_epi16(high[0], high[1]),
        _mm512_unpackhi_epi16(high[0], high[1]),
    ]
}
