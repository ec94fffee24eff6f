//! Rescaling as one product of floats.
//!
//! The two roundings of the specification divide a channel's sums among at most 256 bytes. Where the sum at which each of them begins
//! lies on a line of floats, to the nearest integer, that line gives the same bytes with a third of the instructions. Sums below zero
//! have a line of their own with the same slope: halves are rounded away from zero.

use std::ops::RangeInclusive;

use demilite_core::quantization::multiply_by_quantized_multiplier;

use crate::product::panels::PANEL;
use crate::rescaling::Rescaling;

/// How far results may be shifted to the right: sums at which bytes begin are exact as floats, and products of theirs as doubles.
const SHIFT: i32 = 11;

/// Steps of the slope, in units of its last place, with which lines are tried.
const STEPS: [i32; 5] = [0, 1, -1, 2, -2];

/// The lines of sixteen channels. Their bytes are signed, as those of [`Rescaling::signed_clamp`].
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Lines {
    pub(super) factor: [f32; PANEL],
    /// What is added to the products of sums from 0 up.
    pub(super) offset: [f32; PANEL],
    /// What is added to those of sums below.
    pub(super) below: [f32; PANEL],
    /// Whether both are the same.
    pub(super) are_straight: bool,
}

impl Lines {
    /// The lines of the channels from `first` on, if each has one. `reaches` has the least and the greatest sum of each channel.
    #[inline(always)]
    pub(super) fn new(rescaling: &Rescaling, first: usize, reaches: &[(i32, i32)]) -> Option<Self> {
        let (down, low, high) = rescaling.signed_clamp();
        let mut lines = Lines {
            factor: [0.0; PANEL],
            offset: [0.0; PANEL],
            below: [0.0; PANEL],
            are_straight: true,
        };
        for index in 0..PANEL {
            let steps = Steps {
                multiplier: rescaling.multiplier.as_slice()[first + index],
                shift: rescaling.shift.as_slice()[first + index],
                zero_point: rescaling.zero_point - down,
                clamp: (low.into(), high.into()),
            };
            let [factor, offset, below] =
                steps.line(*reaches.get(first + index).unwrap_or(&(0, 0)))?;
            lines.factor[index] = factor;
            lines.offset[index] = offset;
            lines.below[index] = below;
            lines.are_straight &= offset == below;
        }
        Some(lines)
    }
}

/// The rescaling of one channel, which takes it from byte to byte.
struct Steps {
    multiplier: i32,
    shift: i32,
    zero_point: i32,
    clamp: (i32, i32),
}

impl Steps {
    /// The byte of a sum.
    #[inline(always)]
    fn byte(&self, sum: i32) -> i32 {
        let scaled = multiply_by_quantized_multiplier(sum, self.multiplier, self.shift);
        (scaled + self.zero_point).clamp(self.clamp.0, self.clamp.1)
    }

    /// The least sum whose byte is `byte` or more, where nothing is shifted to the left.
    #[inline(always)]
    fn begin(&self, byte: f64) -> f64 {
        let result = byte - f64::from(self.zero_point);
        let down = -self.shift;
        let half = if down > 0 { power(down - 1) } else { 0.0 };
        // Halves below zero are rounded down.
        let further = if down > 0 { 1.0 } else { 0.0 };
        let further = if result <= 0.0 { further } else { 0.0 };
        let least = (result * power(down) - half + further) * power(31) - power(30);
        let factor = f64::from(self.multiplier);
        // All of these numbers are exact, but for the quotient.
        let begin = (least / factor).ceil();
        let begin = if begin * factor < least {
            begin + 1.0
        } else {
            begin
        };
        if (begin - 1.0) * factor >= least {
            begin - 1.0
        } else {
            begin
        }
    }

    /// The slope of a line and its offsets for sums from 0 up and for those below, if it gives the bytes of all sums that are reached.
    #[inline(always)]
    fn line(&self, (least, greatest): (i32, i32)) -> Option<[f32; 3]> {
        let (low, high) = (self.byte(least), self.byte(greatest));
        if low == high {
            return Some([0.0, low as f32, low as f32]);
        }
        if !(-SHIFT..=0).contains(&self.shift) {
            return None;
        }
        let real = f64::from(self.multiplier) * power(self.shift) / power(31);
        // The first byte that begins among sums from 0 up.
        let middle = (self.zero_point + 1).clamp(low + 1, high + 1);
        let from_zero = Side::new(self, middle..=high, least.max(0)..=greatest);
        let below = Side::new(self, low + 1..=middle - 1, least..=greatest.min(-1));
        STEPS.into_iter().find_map(|step| {
            let factor = f32::from_bits((real as f32).to_bits().wrapping_add_signed(step));
            let offset = self.offset(factor, &from_zero)?;
            // One line for all sums is better than two.
            let below = match self.holds(factor, offset, &below) {
                true => offset,
                false => self.offset(factor, &below)?,
            };
            Some([factor, offset, below])
        })
    }

    /// The offset with which a line gives the bytes of a side.
    #[inline(always)]
    fn offset(&self, factor: f32, side: &Side) -> Option<f32> {
        let slope = f64::from(factor);
        let (mut least, mut limit) = (f64::NEG_INFINITY, f64::INFINITY);
        if !side.is_one_byte() {
            let (mut leasts, mut limits) = ([least; LANES], [limit; LANES]);
            for (begins, bytes) in side.begins() {
                let middle = |lane: usize| bytes[lane] - 0.5;
                let starts: [f64; LANES] =
                    std::array::from_fn(|lane| middle(lane) - begins[lane] * slope);
                let ends: [f64; LANES] =
                    std::array::from_fn(|lane| middle(lane) - (begins[lane] - 1.0) * slope);
                leasts = std::array::from_fn(|lane| match starts[lane] > leasts[lane] {
                    true => starts[lane],
                    false => leasts[lane],
                });
                limits = std::array::from_fn(|lane| match ends[lane] < limits[lane] {
                    true => ends[lane],
                    false => limits[lane],
                });
            }
            least = leasts.into_iter().fold(least, f64::max);
            limit = limits.into_iter().fold(limit, f64::min);
        } else if !side.sums.is_empty() {
            let byte = self.byte(*side.sums.start());
            let at = |sum: &i32| f64::from(*sum) * slope;
            if byte > self.clamp.0 {
                least = f64::from(byte) - 0.5 - at(side.sums.start());
            }
            if byte < self.clamp.1 {
                limit = f64::from(byte) + 0.5 - at(side.sums.end());
            }
        }
        let offset = match (least.is_finite(), limit.is_finite()) {
            (true, true) => (least + limit) / 2.0,
            (true, false) => least + 0.25,
            (false, true) => limit - 0.25,
            (false, false) => 0.0,
        } as f32;
        self.holds(factor, offset, side).then_some(offset)
    }

    /// Whether a line gives the bytes of a side: lines never fall, and so it is enough that each byte begins where it should.
    #[inline(always)]
    fn holds(&self, factor: f32, offset: f32, side: &Side) -> bool {
        let rounded = |sum: f64| f64::from((sum as f32).mul_add(factor, offset).round_ties_even());
        let is_byte = |&sum: &i32| {
            let byte = rounded(f64::from(sum)) as i32;
            byte.clamp(self.clamp.0, self.clamp.1) == self.byte(sum)
        };
        let ends = [side.sums.start(), side.sums.end()];
        if !side.sums.is_empty() && !ends.into_iter().all(is_byte) {
            return false;
        }
        let mut holds = true;
        for (begins, bytes) in side.begins() {
            for lane in 0..LANES {
                holds &= rounded(begins[lane]) >= bytes[lane];
                holds &= rounded(begins[lane] - 1.0) < bytes[lane];
            }
        }
        holds
    }
}

/// Numbers that are looked at side by side.
const LANES: usize = 8;

/// Sums on one side of zero.
struct Side {
    sums: RangeInclusive<i32>,
    /// The least sum of each byte but the first one, and that byte. The last one fills lanes up.
    begins: [[f64; LANES]; 256 / LANES],
    bytes: [[f64; LANES]; 256 / LANES],
    /// Lanes of either that are full.
    count: usize,
}

impl Side {
    #[inline(always)]
    fn new(steps: &Steps, bytes: RangeInclusive<i32>, sums: RangeInclusive<i32>) -> Self {
        let (first, last) = (f64::from(*bytes.start()), f64::from(*bytes.end()));
        let mut side = Side {
            sums,
            begins: [[0.0; LANES]; 256 / LANES],
            bytes: [[0.0; LANES]; 256 / LANES],
            count: bytes.count().div_ceil(LANES),
        };
        for block in 0..side.count {
            let byte = |lane: usize| first + (block * LANES + lane) as f64;
            let bytes = std::array::from_fn(|lane| match byte(lane) < last {
                true => byte(lane),
                false => last,
            });
            side.bytes[block] = bytes;
            side.begins[block] = std::array::from_fn(|lane| steps.begin(bytes[lane]));
        }
        side
    }

    /// Whether all of its sums have the same byte.
    fn is_one_byte(&self) -> bool {
        self.count == 0
    }

    #[inline(always)]
    fn begins(&self) -> impl Iterator<Item = (&[f64; LANES], &[f64; LANES])> {
        self.begins[..self.count].iter().zip(&self.bytes)
    }
}

/// A power of two.
#[inline(always)]
fn power(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use demilite_core::quantization::QuantizedMultiplier;

    use super::*;

    #[test]
    fn scales_of_networks_have_lines() {
        let factor = |scale: f64| QuantizedMultiplier::from_factor(scale);
        let scales: Vec<_> = (0..PANEL)
            .map(|index| factor(0.004 + 0.0007 * index as f64))
            .collect();
        let reaches = [(-300_000, 300_000); PANEL];
        let relu = Rescaling::new(&scales, -128, (-128, 127));
        assert!(Lines::new(&relu, 0, &reaches).unwrap().are_straight);
        let linear = Rescaling::new(&scales, 3, (-128, 127));
        assert!(!Lines::new(&linear, 0, &reaches).unwrap().are_straight);
        let coarse = Rescaling::new(&[factor(1e-5); PANEL], 3, (-128, 127));
        assert!(Lines::new(&coarse, 0, &[(-i32::MAX, i32::MAX); PANEL]).is_none());
        // Of sums that all come to one byte any scale will do.
        assert!(Lines::new(&coarse, 0, &[(20, 30); PANEL]).is_some());
    }
}
