//! What becomes of the sums of a block, which come by quarters: each vector has four channels of every sixteen.

use std::arch::x86_64::*;

use crate::product::dynamic_range::{self, DynamicRange};
use crate::product::panels::{PANEL, lanes};
use crate::rescaling::Rescaling;
use crate::rescaling::avx512::Panel;
use crate::rescaling::bounded::{self, BoundedRescaling};

/// Where half of a block's outputs go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Half<T> {
    /// The first output.
    pub(super) first: *mut T,
    /// Outputs that there are, of up to 32.
    pub(super) count: usize,
}

/// What becomes of the sums of a block.
pub(crate) trait Outputs: Sync {
    /// An element of the output.
    type Element: Copy + Send;
    /// What all positions of a block have in common.
    type Block: Copy;

    /// What the block at a place has in common, whose vectors begin at these channels once quarters are brought together.
    ///
    /// # Safety
    /// The processor has AVX-512.
    unsafe fn block(&self, channels: [usize; 4], place: usize) -> Self::Block;

    /// Writes the outputs of the sums of a block.
    ///
    /// # Safety
    /// There is room for the outputs; the processor has AVX-512.
    unsafe fn write(
        &self,
        block: &Self::Block,
        sums: [__m512i; 4],
        halves: [Half<Self::Element>; 2],
    );
}

/// Writes bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
unsafe fn write_bytes(bytes: __m512i, [low, high]: [Half<u8>; 2]) {
    let mask = |count: usize| ((1_u64 << count) - 1) as __mmask32;
    let far = _mm512_extracti64x4_epi64::<1>(bytes);
    // SAFETY: the caller's promise.
    unsafe {
        _mm256_mask_storeu_epi8(
            low.first.cast(),
            mask(low.count),
            _mm512_castsi512_si256(bytes),
        );
        _mm256_mask_storeu_epi8(high.first.cast(), mask(high.count), far);
    }
}

/// Channels are in the order of places.
impl Outputs for &BoundedRescaling {
    type Element = u8;
    type Block = bounded::avx512::Block;

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn block(&self, _channels: [usize; 4], place: usize) -> Self::Block {
        BoundedRescaling::block(self, place)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn write(&self, block: &Self::Block, sums: [__m512i; 4], halves: [Half<u8>; 2]) {
        // SAFETY: the caller's promise. Packing brings the quarters together again.
        unsafe { write_bytes(BoundedRescaling::bytes(self, block, sums), halves) };
    }
}

/// Channels are in the order of places.
impl Outputs for &Rescaling {
    type Element = u8;
    type Block = [Panel; 4];

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn block(&self, _channels: [usize; 4], place: usize) -> Self::Block {
        std::array::from_fn(|part| self.panel_avx512(place + part * PANEL))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn write(&self, panels: &Self::Block, sums: [__m512i; 4], halves: [Half<u8>; 2]) {
        let byte = _mm512_set1_epi32(0xff);
        let results: [__m512i; 4] =
            std::array::from_fn(|part| _mm512_and_si512(panels[part].apply(sums[part]), byte));
        // Packing brings the quarters together again.
        let low = _mm512_packus_epi32(results[0], results[1]);
        let high = _mm512_packus_epi32(results[2], results[3]);
        // SAFETY: the caller's promise.
        unsafe { write_bytes(_mm512_packus_epi16(low, high), halves) };
    }
}

impl Outputs for DynamicRange<'_> {
    type Element = f32;
    type Block = [dynamic_range::avx512::Panel; 4];

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn block(&self, channels: [usize; 4], _place: usize) -> Self::Block {
        std::array::from_fn(|part| self.panel(channels[part], 0))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn write(&self, panels: &Self::Block, sums: [__m512i; 4], halves: [Half<f32>; 2]) {
        // Four by four quarters change rows and columns.
        let even = [
            _mm512_shuffle_i32x4::<0b01_00_01_00>(sums[0], sums[1]),
            _mm512_shuffle_i32x4::<0b11_10_11_10>(sums[0], sums[1]),
        ];
        let odd = [
            _mm512_shuffle_i32x4::<0b01_00_01_00>(sums[2], sums[3]),
            _mm512_shuffle_i32x4::<0b11_10_11_10>(sums[2], sums[3]),
        ];
        let whole = [
            _mm512_shuffle_i32x4::<0b10_00_10_00>(even[0], odd[0]),
            _mm512_shuffle_i32x4::<0b11_01_11_01>(even[0], odd[0]),
            _mm512_shuffle_i32x4::<0b10_00_10_00>(even[1], odd[1]),
            _mm512_shuffle_i32x4::<0b11_01_11_01>(even[1], odd[1]),
        ];
        for (part, (&sums, panel)) in whole.iter().zip(panels).enumerate() {
            let (half, place) = (halves[part / 2], part % 2 * PANEL);
            let left = half.count.saturating_sub(place);
            // SAFETY: the caller's promise; the mask leaves what lies beyond the count alone.
            unsafe {
                let first = half.first.wrapping_add(place);
                _mm512_mask_storeu_ps(first, lanes(left), panel.apply(sums));
            }
        }
    }
}
