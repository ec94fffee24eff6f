//! What becomes of the elements under a filter.

use crate::elementwise::clamp::{clamp, clamp_integer};
use crate::elementwise::integer::Integer;

/// How many elements become one.
pub(super) trait Pooling<T>: Copy + Sync {
    /// What elements are folded into.
    type Fold: Copy;

    /// What no elements are folded into.
    fn start(self) -> Self::Fold;

    /// Folds one element more.
    fn fold(self, folded: Self::Fold, value: T) -> Self::Fold;

    /// What a fold of `count` elements comes to.
    fn finish(self, count: u32) -> impl Fn(Self::Fold) -> T;
}

/// The greatest integer, within bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Greatest<T>(pub(super) (T, T));

impl<T: Integer + Ord> Pooling<T> for Greatest<T> {
    type Fold = T;

    #[inline(always)]
    fn start(self) -> T {
        T::truncate(T::RANGE.0)
    }

    #[inline(always)]
    fn fold(self, folded: T, value: T) -> T {
        folded.max(value)
    }

    #[inline(always)]
    fn finish(self, _count: u32) -> impl Fn(T) -> T {
        let (lower, upper) = self.0;
        move |greatest: T| greatest.max(lower).min(upper)
    }
}

/// The greatest float, within bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct GreatestFloat(pub(super) (f32, f32));

impl Pooling<f32> for GreatestFloat {
    type Fold = f32;

    #[inline(always)]
    fn start(self) -> f32 {
        f32::MIN
    }

    /// A NaN never replaces what was there before it.
    #[inline(always)]
    fn fold(self, folded: f32, value: f32) -> f32 {
        if folded < value { value } else { folded }
    }

    #[inline(always)]
    fn finish(self, _count: u32) -> impl Fn(f32) -> f32 {
        move |greatest| clamp(greatest, self.0)
    }
}

/// The mean of floats, within bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct FloatMean(pub(super) (f32, f32));

impl Pooling<f32> for FloatMean {
    type Fold = f32;

    #[inline(always)]
    fn start(self) -> f32 {
        0.0
    }

    #[inline(always)]
    fn fold(self, folded: f32, value: f32) -> f32 {
        folded + value
    }

    #[inline(always)]
    fn finish(self, count: u32) -> impl Fn(f32) -> f32 {
        let count = count as f32;
        move |sum: f32| clamp(sum / count, self.0)
    }
}

/// The mean of integers, rounded half away from zero, within bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mean(pub(super) (i32, i32));

impl<T: Integer> Pooling<T> for Mean {
    type Fold = i32;

    #[inline(always)]
    fn start(self) -> i32 {
        0
    }

    #[inline(always)]
    fn fold(self, folded: i32, value: T) -> i32 {
        folded.wrapping_add(value.widen())
    }

    /// Doubles, which have vectors, divide 32-bit integers exactly enough to be rounded towards zero.
    #[inline(always)]
    fn finish(self, count: u32) -> impl Fn(i32) -> T {
        let (half, count) = ((count / 2) as i32, f64::from(count.max(1)));
        move |sum: i32| {
            let nudged = f64::from(sum) + f64::from(if sum > 0 { half } else { -half });
            T::truncate(clamp_integer((nudged / count) as i32, self.0))
        }
    }
}

/// [`Mean`] of so few bytes that their sums are words.
#[derive(Debug, Clone, Copy)]
pub(super) struct MeanOfFew((i16, i16));

impl MeanOfFew {
    /// Bits of the magnitude of a sum with half of the count added.
    const BITS: u32 = 15;

    /// The mean of at most `count` integers of type `T`, if the sums are words.
    pub(super) fn new<T: Integer>((lower, upper): (i32, i32), count: usize) -> Option<Self> {
        let most = T::RANGE.1.max(-T::RANGE.0) as usize;
        let fits = count.saturating_mul(most).saturating_add(count / 2) < 1 << Self::BITS;
        fits.then_some(MeanOfFew((lower as i16, upper as i16)))
    }
}

impl<T: Integer> Pooling<T> for MeanOfFew {
    type Fold = i16;

    #[inline(always)]
    fn start(self) -> i16 {
        0
    }

    #[inline(always)]
    fn fold(self, folded: i16, value: T) -> i16 {
        folded.wrapping_add(value.widen() as i16)
    }

    /// The count is divided by as a product: `2^(BITS + shift) / count`, rounded up, errs by less than `count`, which is at most
    /// `2^shift`, so that the product with a magnitude below `2^BITS` errs by less than one step of the quotient.
    #[inline(always)]
    fn finish(self, count: u32) -> impl Fn(i16) -> T {
        let shift = count.max(1).next_power_of_two().trailing_zeros();
        let reciprocal = (1_u32 << (Self::BITS + shift)).div_ceil(count.max(1)) as u16;
        let (half, (lower, upper)) = ((count / 2) as u16, self.0);
        move |sum: i16| {
            let sign = sum >> 15;
            let nudged = sum.unsigned_abs().wrapping_add(half);
            // The upper half of the product of twice the magnitude.
            let product = (u32::from(nudged << 1) * u32::from(reciprocal)) >> 16;
            let quotient = (product as u16 >> shift) as i16;
            let mean = (quotient ^ sign).wrapping_sub(sign);
            T::truncate(i32::from(mean.max(lower).min(upper)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Mean, MeanOfFew, Pooling};

    /// The mean as the specification has it.
    fn mean(sum: i32, count: i32) -> i32 {
        let half = if sum > 0 { count / 2 } else { -(count / 2) };
        (sum + half).checked_div(count).unwrap_or(0)
    }

    const RANGE: (i32, i32) = (-32_768, 32_767);

    #[test]
    fn the_mean_of_nothing_is_zero() {
        let few = MeanOfFew::new::<i8>(RANGE, 9).unwrap();
        assert_eq!(Pooling::<i8>::finish(few, 0)(0), 0);
        assert_eq!(Pooling::<i8>::finish(Mean(RANGE), 0)(0), 0);
    }

    #[test]
    fn quotients_of_doubles_are_those_of_integers() {
        for count in (1..40).chain([121, 1024, 32_767, 65_535]) {
            let finish = Pooling::<i16>::finish(Mean(RANGE), count);
            let count = count as i32;
            let most = i32::MAX - count;
            let near = (-3000..3000).chain((-40..40).map(|step| step * count + count / 2));
            for sum in near.chain([most, -most, most - 1, 1 - most]) {
                let expected = mean(sum, count).clamp(RANGE.0, RANGE.1);
                assert_eq!(i32::from(finish(sum)), expected, "{sum} / {count}");
            }
        }
    }

    #[test]
    fn products_divide_all_words() {
        for count in 1..=255 {
            let pooling = MeanOfFew::new::<i8>(RANGE, count as usize);
            let finish = Pooling::<i16>::finish(pooling.unwrap(), count);
            let most = (1 << MeanOfFew::BITS) - 1 - (count / 2) as i32;
            for sum in -most..=most {
                let expected = mean(sum, count as i32);
                assert_eq!(i32::from(finish(sum as i16)), expected, "{sum} / {count}");
            }
        }
        assert!(MeanOfFew::new::<i8>(RANGE, 256).is_none());
        assert!(MeanOfFew::new::<u8>(RANGE, 129).is_none());
    }
}
