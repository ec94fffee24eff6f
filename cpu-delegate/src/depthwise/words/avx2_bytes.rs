//! Bytes as they are, two taps of sixteen channels at a time, by `vpmaddwd` or `vpdpwssd`.

use std::arch::x86_64::*;
use std::ops::Range;

use super::{Reads, Step, WordsDepthwise};
use crate::depthwise::Taps;
use crate::product::panels::PANEL;

/// Sums the sixteen channels from `channel` on, or those that there are.
///
/// # Safety
/// As [`Depthwise::positions`](crate::depthwise::Depthwise::positions); the processor has AVX2.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn sum(
    depthwise: &WordsDepthwise,
    taps: Taps<'_>,
    run: Range<usize>,
    channel: usize,
    sums: &mut [[i32; PANEL]],
) {
    // SAFETY: the caller's promise.
    unsafe { choose::<false>(depthwise, taps, run, channel, sums) };
}

/// The same with VNNI.
///
/// # Safety
/// As [`sum`]; the processor has AVX-VNNI.
#[target_feature(enable = "avx2,avxvnni")]
pub(super) unsafe fn sum_vnni(
    depthwise: &WordsDepthwise,
    taps: Taps<'_>,
    run: Range<usize>,
    channel: usize,
    sums: &mut [[i32; PANEL]],
) {
    // SAFETY: the caller's promise.
    unsafe { choose::<true>(depthwise, taps, run, channel, sums) };
}

/// Part of the two functions above, as all below that does not name its instructions: only so are those of VNNI part of it.
#[inline(always)]
unsafe fn choose<const VNNI: bool>(
    depthwise: &WordsDepthwise,
    taps: Taps<'_>,
    run: Range<usize>,
    channel: usize,
    sums: &mut [[i32; PANEL]],
) {
    let Reads::Bytes { signed, step } = depthwise.reads else {
        unreachable!("words are summed by another kernel");
    };
    let all = (channel, PANEL);
    let some = (channel, PANEL.min(depthwise.channels - channel));
    // SAFETY: the caller's promise. How many bytes are loaded is a constant where they fill a panel.
    unsafe {
        match (signed, some == all) {
            (true, true) => of_step::<true, VNNI>(depthwise, taps, run, all, step, sums),
            (true, false) => of_step::<true, VNNI>(depthwise, taps, run, some, step, sums),
            (false, true) => of_step::<false, VNNI>(depthwise, taps, run, all, step, sums),
            (false, false) => of_step::<false, VNNI>(depthwise, taps, run, some, step, sums),
        }
    }
}

#[inline(always)]
unsafe fn of_step<const SIGNED: bool, const VNNI: bool>(
    depthwise: &WordsDepthwise,
    taps: Taps<'_>,
    run: Range<usize>,
    channels: (usize, usize),
    step: Step,
    sums: &mut [[i32; PANEL]],
) {
    // SAFETY: the caller's promise.
    unsafe {
        match step {
            Step::One => three::<1, SIGNED, VNNI>(depthwise, taps, run, channels, sums),
            Step::Two => three::<2, SIGNED, VNNI>(depthwise, taps, run, channels, sums),
            Step::Other => any::<SIGNED, VNNI>(depthwise, taps, run, channels, sums),
        }
    }
}

/// Sixteen bytes of two taps side by side, as words: those of eight channels, and of eight more.
#[inline]
#[target_feature(enable = "avx2")]
fn pairs<const SIGNED: bool>(first: __m128i, second: __m128i) -> [__m256i; 2] {
    let near = _mm_unpacklo_epi8(first, second);
    let far = _mm_unpackhi_epi8(first, second);
    if SIGNED {
        [_mm256_cvtepi8_epi16(near), _mm256_cvtepi8_epi16(far)]
    } else {
        [_mm256_cvtepu8_epi16(near), _mm256_cvtepu8_epi16(far)]
    }
}

/// `count` bytes, at most sixteen.
///
/// # Safety
/// They are there.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load(pointer: *const u8, count: usize) -> __m128i {
    // SAFETY: the caller's promise.
    unsafe {
        match count {
            PANEL => _mm_loadu_si128(pointer.cast()),
            8 => _mm_loadl_epi64(pointer.cast()),
            _ => {
                let mut bytes = [0_u8; PANEL];
                std::ptr::copy_nonoverlapping(pointer, bytes.as_mut_ptr(), count);
                _mm_loadu_si128(bytes.as_ptr().cast())
            }
        }
    }
}

/// The sums of sixteen channels of one position.
struct Total {
    sums: [__m256i; 2],
    weights: *const i16,
    stride: usize,
}

impl Total {
    /// The biases of the channels from `channel` on, which are filled up to whole panels, as weights are.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn new(depthwise: &WordsDepthwise, channel: usize) -> Self {
        let bias = depthwise.bias.as_slice().as_ptr().wrapping_add(channel);
        let bias = bias.cast::<__m256i>();
        Total {
            // SAFETY: the caller's promise.
            sums: unsafe { [_mm256_loadu_si256(bias), _mm256_loadu_si256(bias.add(1))] },
            weights: depthwise
                .pairs
                .as_slice()
                .as_ptr()
                .wrapping_add(channel * 2),
            stride: depthwise.padded() * 2,
        }
    }

    /// Adds the products of a pair of taps.
    #[inline(always)]
    unsafe fn add<const VNNI: bool>(&mut self, pair: usize, words: [__m256i; 2]) {
        let weights = self.weights.wrapping_add(pair * self.stride);
        let weights = weights.cast::<__m256i>();
        let halves = self.sums.into_iter().zip(words).enumerate();
        for (half, (sum, words)) in halves {
            // SAFETY: the caller's promise; `VNNI` where the processor has it.
            self.sums[half] = unsafe {
                let weights = _mm256_loadu_si256(weights.add(half));
                if VNNI {
                    _mm256_dpwssd_avx_epi32(sum, words, weights)
                } else {
                    _mm256_add_epi32(sum, _mm256_madd_epi16(words, weights))
                }
            };
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn store(self, sums: &mut [i32; PANEL]) {
        let target = sums.as_mut_ptr().cast::<__m256i>();
        // SAFETY: there is room for sixteen sums.
        unsafe {
            _mm256_storeu_si256(target, self.sums[0]);
            _mm256_storeu_si256(target.add(1), self.sums[1]);
        }
    }
}

/// Sums the `count` channels from `channel` on, of any filter.
#[inline(always)]
unsafe fn any<const SIGNED: bool, const VNNI: bool>(
    depthwise: &WordsDepthwise,
    taps: Taps<'_>,
    run: Range<usize>,
    (channel, count): (usize, usize),
    sums: &mut [[i32; PANEL]],
) {
    let last = taps.count() - 1;
    for (position, sums) in run.zip(sums) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut total = Total::new(depthwise, channel);
            for pair in 0..taps.count().div_ceil(2) {
                // The weight of a tap that is missing is zero.
                let [first, second] = [pair * 2, (pair * 2 + 1).min(last)];
                let first = load(taps.at(position, first).add(channel), count);
                let second = load(taps.at(position, second).add(channel), count);
                total.add::<VNNI>(pair, pairs::<SIGNED>(first, second));
            }
            total.store(sums);
        }
    }
}

/// A column of three rows: the upper two side by side, and the last one.
struct Column {
    upper: [__m256i; 2],
    last: __m128i,
}

/// Sums the `count` channels from `channel` on, of filters of three rows and columns that move by `STEP` columns, one or two. What two
/// positions meet is interleaved once.
#[inline(always)]
unsafe fn three<const STEP: usize, const SIGNED: bool, const VNNI: bool>(
    depthwise: &WordsDepthwise,
    taps: Taps<'_>,
    run: Range<usize>,
    (channel, count): (usize, usize),
    sums: &mut [[i32; PANEL]],
) {
    // SAFETY: the caller's promise.
    let lower = |first: __m128i, second: __m128i| unsafe { pairs::<SIGNED>(first, second) };
    // SAFETY: the caller's promise.
    let column = |index: usize| unsafe {
        let rows = taps.pointers.as_ptr().add(index * 3);
        let row = |row: usize| load((*rows.add(row)).add(channel), count);
        Column {
            upper: pairs::<SIGNED>(row(0), row(1)),
            last: row(2),
        }
    };
    let mut index = run.start * STEP;
    let mut first = column(index);
    // What the next position meets again where the filter moves by one column.
    let mut second = (STEP == 1).then(|| {
        let second = column(index + 1);
        let lower = lower(first.last, second.last);
        (second, lower)
    });
    for sums in &mut sums[..run.len()] {
        let (middle, beside) = second.take().unwrap_or_else(|| {
            let middle = column(index + 1);
            let beside = lower(first.last, middle.last);
            (middle, beside)
        });
        let end = column(index + 2);
        let last = lower(middle.last, end.last);
        // SAFETY: the caller's promise; pairs of weights lie as `PLACES` says.
        unsafe {
            let mut total = Total::new(depthwise, channel);
            total.add::<VNNI>(0, first.upper);
            total.add::<VNNI>(1, middle.upper);
            total.add::<VNNI>(2, end.upper);
            total.add::<VNNI>(3, beside);
            total.add::<VNNI>(4, last);
            total.store(sums);
        }
        if STEP == 1 {
            first = middle;
            second = Some((end, last));
        } else {
            first = end;
        }
        index += STEP;
    }
}
