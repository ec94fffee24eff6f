//! Sixteen sums at a time, and the bytes of four times sixteen.

use std::arch::x86_64::*;

use super::{BoundedRescaling, CERTAIN, Products};
use crate::product::panels::PANEL;
use crate::product::{Sums, Tile};
use crate::target::Target;

/// The factors of sixteen channels.
#[derive(Clone, Copy)]
struct Panel {
    multiplier: __m512i,
    nudge: [__m512i; 2],
    left: __m512i,
    right: __m512i,
    /// The channels that are rounded twice.
    twice: __mmask16,
}

impl Panel {
    /// What sixteen sums come to, without the zero point.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn apply(&self, sums: __m512i) -> __m512i {
        let twice = _mm512_sllv_epi32(sums, self.left);
        let even = _mm512_mul_epi32(twice, self.multiplier);
        let odd = _mm512_mul_epi32(
            _mm512_srli_epi64::<32>(twice),
            _mm512_srli_epi64::<32>(self.multiplier),
        );
        let even = _mm512_add_epi64(even, self.nudge[0]);
        let odd = _mm512_add_epi64(odd, self.nudge[1]);
        // The high halves: those of odd channels are in place.
        let high = _mm512_mask_shuffle_epi32::<0b11_11_01_01>(odd, 0x5555, even);
        let below = _mm512_mask_cmplt_epi32_mask(self.twice, sums, _mm512_setzero_si512());
        let nudged = _mm512_mask_add_epi32(high, below, high, _mm512_set1_epi32(-1));
        _mm512_srav_epi32(nudged, self.right)
    }
}

/// The factors of sixteen channels whose results are products of floats.
#[derive(Clone, Copy)]
struct Estimate {
    factor: __m512,
    /// What is added to products on a line, or to the magnitude of others.
    offset: __m512,
}

impl Estimate {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn new(products: &Products) -> Self {
        // SAFETY: sixteen elements are there.
        unsafe {
            Estimate {
                factor: _mm512_load_ps(products.factor.as_ptr()),
                offset: _mm512_load_ps(products.offset.as_ptr()),
            }
        }
    }

    /// What sixteen sums come to on a line, the zero point with them.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn on_line(&self, sums: __m512i) -> __m512i {
        nearest(_mm512_fmadd_ps(
            _mm512_cvtepi32_ps(sums),
            self.factor,
            self.offset,
        ))
    }

    /// What sixteen sums come to, without the zero point, and how far that is from what was rounded.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn apply(&self, sums: __m512i) -> (__m512i, __m512) {
        const OR_OF_AND: i32 = 0xf8;
        let half = _mm512_ternarylogic_epi32::<OR_OF_AND>(
            _mm512_castps_si512(self.offset),
            sums,
            _mm512_set1_epi32(i32::MIN),
        );
        let real = _mm512_fmadd_ps(
            _mm512_cvtepi32_ps(sums),
            self.factor,
            _mm512_castsi512_ps(half),
        );
        let distance = _mm512_reduce_ps::<_MM_FROUND_TO_NEAREST_INT>(real);
        (nearest(real), distance)
    }
}

/// The nearest integers.
#[inline]
#[target_feature(enable = "avx512f")]
fn nearest(reals: __m512) -> __m512i {
    _mm512_cvt_roundps_epi32::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(reals)
}

/// The greater magnitude of each two floats.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn greater_magnitude(left: __m512, right: __m512) -> __m512 {
    const MAGNITUDE_WITHOUT_SIGN: i32 = 0b1011;
    _mm512_range_ps::<MAGNITUDE_WITHOUT_SIGN>(left, right)
}

/// The rescaling of 64 channels.
#[derive(Clone, Copy)]
pub(crate) struct Block {
    channels: [usize; 4],
    estimates: [Estimate; 4],
    bytes: Bytes,
}

/// How results become bytes: signed ones that are moved to where they belong at the end.
#[derive(Clone, Copy)]
struct Bytes {
    zero_point: __m512i,
    low: __m512i,
    high: __m512i,
    flip: __m512i,
}

impl Bytes {
    /// The bytes of four vectors, quarter by quarter: sixteen bytes hold the first quarter of each vector, and so on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn pack(&self, results: [__m512i; 4]) -> __m512i {
        let words =
            |left, right| _mm512_adds_epi16(_mm512_packs_epi32(left, right), self.zero_point);
        let bytes =
            _mm512_packs_epi16(words(results[0], results[1]), words(results[2], results[3]));
        let bytes = _mm512_min_epi8(_mm512_max_epi8(bytes, self.low), self.high);
        _mm512_xor_si512(bytes, self.flip)
    }
}

impl BoundedRescaling {
    /// The factors of the sixteen channels from `channel` on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn panel(&self, channel: usize) -> Panel {
        let factors = &self.panels[channel / PANEL];
        // SAFETY: sixteen elements are there, or twice eight.
        unsafe {
            let right = _mm512_load_epi32(factors.right.as_ptr());
            Panel {
                multiplier: _mm512_load_epi32(factors.multiplier.as_ptr()),
                nudge: [
                    _mm512_load_epi64(factors.nudge.as_ptr()),
                    _mm512_load_epi64(factors.nudge.as_ptr().add(PANEL / 2)),
                ],
                left: _mm512_load_epi32(factors.left.as_ptr()),
                right,
                twice: _mm512_test_epi32_mask(right, right),
            }
        }
    }

    /// What four vectors of sums come to, each of the sixteen channels from one on.
    #[cold]
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn exact(&self, channels: [usize; 4], sums: [__m512i; 4]) -> [__m512i; 4] {
        std::array::from_fn(|part| self.panel(channels[part]).apply(sums[part]))
    }

    /// The rescaling of vectors of sums, each of the sixteen channels from one on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn four(&self, channels: [usize; 4]) -> Block {
        let mut bytes = self.to_bytes();
        if self.are_lines {
            bytes.zero_point = _mm512_setzero_si512();
        }
        Block {
            channels,
            estimates: channels.map(|channel| Estimate::new(&self.products[channel / PANEL])),
            bytes,
        }
    }

    /// The rescaling of the 64 channels from `channel` on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    pub(crate) fn block(&self, channel: usize) -> Block {
        self.four(std::array::from_fn(|part| channel + part * PANEL))
    }

    /// The bytes of four vectors of sums, quarter by quarter.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    pub(crate) fn bytes(&self, block: &Block, sums: [__m512i; 4]) -> __m512i {
        if self.are_lines {
            let results = std::array::from_fn(|part| block.estimates[part].on_line(sums[part]));
            return block.bytes.pack(results);
        }
        let all: [(__m512i, __m512); 4] =
            std::array::from_fn(|part| block.estimates[part].apply(sums[part]));
        let distance = greater_magnitude(
            greater_magnitude(all[0].1, all[1].1),
            greater_magnitude(all[2].1, all[3].1),
        );
        let certain = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(distance, _mm512_set1_ps(CERTAIN));
        block.bytes.pack(if certain == 0xffff {
            all.map(|(result, _)| result)
        } else {
            self.exact(block.channels, sums)
        })
    }

    /// How results become bytes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn to_bytes(&self) -> Bytes {
        let (down, low, high) = self.rescaling.signed_clamp();
        Bytes {
            zero_point: _mm512_set1_epi16((self.rescaling.zero_point - down) as i16),
            low: _mm512_set1_epi8(low),
            high: _mm512_set1_epi8(high),
            flip: _mm512_set1_epi8(down as i8),
        }
    }

    /// Writes the bytes that the sums of a tile come to.
    ///
    /// # Safety
    /// `target` has room for the tile.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    pub(super) unsafe fn finish_avx512(
        &self,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<u8>,
    ) {
        assert!(
            tile.panels <= 4 || tile.rows == 1,
            "rows of sums lie side by side"
        );
        for first in (0..tile.panels).step_by(4) {
            let part = Tile {
                panel: tile.panel + first,
                panels: (tile.panels - first).min(4),
                ..tile
            };
            let sums = &sums.0[first..];
            // SAFETY: the caller's promise.
            unsafe {
                match part.panels {
                    1 => self.rows::<1>(part, channels, sums, target),
                    2 => self.rows::<2>(part, channels, sums, target),
                    3 => self.rows::<3>(part, channels, sums, target),
                    _ => self.rows::<4>(part, channels, sums, target),
                }
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn rows<const PANELS: usize>(
        &self,
        tile: Tile,
        channels: usize,
        sums: &[[i32; PANEL]],
        target: Target<u8>,
    ) {
        let first = tile.panel * PANEL;
        let block = self.four(std::array::from_fn(|part| first + part % PANELS * PANEL));
        let quarters = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        let left = (channels - first).min(PANELS * PANEL);
        let mask = u64::MAX >> (64 - left);
        // Rows whose bytes fill a vector.
        let together = 4 / PANELS;
        for row in (0..tile.rows).step_by(together) {
            let mut vectors = [_mm512_setzero_si512(); 4];
            for (index, vector) in vectors[..together * PANELS].iter_mut().enumerate() {
                let sums = &sums[row * PANELS + index];
                // SAFETY: sixteen sums are there.
                *vector = unsafe { _mm512_loadu_epi32(sums.as_ptr()) };
            }
            let all = _mm512_permutexvar_epi32(quarters, self.bytes(&block, vectors));
            let place = |index: usize| {
                target
                    .first
                    .wrapping_add((tile.row + row + index) * target.stride + first)
                    .cast()
            };
            // SAFETY: the target has room for the rows and channels that there are; masks leave others alone.
            unsafe {
                match PANELS {
                    1 => {
                        let rows = [
                            _mm512_castsi512_si128(all),
                            _mm512_extracti32x4_epi32::<1>(all),
                            _mm512_extracti32x4_epi32::<2>(all),
                            _mm512_extracti32x4_epi32::<3>(all),
                        ];
                        for (index, bytes) in rows.into_iter().take(tile.rows - row).enumerate() {
                            _mm_mask_storeu_epi8(place(index), mask as __mmask16, bytes);
                        }
                    }
                    2 => {
                        let rows = [
                            _mm512_castsi512_si256(all),
                            _mm512_extracti64x4_epi64::<1>(all),
                        ];
                        for (index, bytes) in rows.into_iter().take(tile.rows - row).enumerate() {
                            _mm256_mask_storeu_epi8(place(index), mask as __mmask32, bytes);
                        }
                    }
                    _ => _mm512_mask_storeu_epi8(place(0), mask, all),
                }
            }
        }
    }
}
