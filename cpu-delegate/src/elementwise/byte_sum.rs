//! Sums of two bytes of different scales, rounded once.

use demilite_core::quantization::{CommonScale, QuantizedMultiplier};

use super::clamp::clamp_integer;
use super::rescaling::CommonRescaling;

/// Bits of the lower part of a factor. Products of either part with a byte leave room for their sum.
const LOWER: u32 = 15;

/// Fraction bits of factors at most: a zero point shifted by those that are left of them fits into 32 bits.
const MOST_BITS: u32 = 37;

/// The sums of a [`CommonScale`] as one line: `(left · a + right · b + c) / 2^shift`, rounded down.
///
/// The scale rounds a sum several times, all but the last time in steps so small that hardly any two bytes come out on another side of a
/// half. With the real factors as `a` and `b`, each two bytes bound `c` by the byte that the scale gives for them; there is a line where
/// some `c` keeps to the bounds of all 65,536.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByteSum {
    /// `a` and `b`, in units of `2^LOWER`.
    upper: [i16; 2],
    /// What is left of them.
    lower: [i16; 2],
    /// `c`, likewise.
    offset: (i32, i32),
    shift: u32,
    clamp: (i32, i32),
}

impl ByteSum {
    /// The line for bytes of this type, if there is one.
    pub(crate) fn new(scale: &CommonScale, (first, last): (i32, i32)) -> Option<Self> {
        let real = |factor: QuantizedMultiplier| {
            f64::from(factor.multiplier) * 2_f64.powi(factor.shift - 31)
        };
        let shifted = 2_f64.powi(scale.left_shift as i32) * real(scale.output_multiplier);
        let factors = scale.multipliers.map(|factor| real(factor) * shifted);
        let with_bits =
            |bits: u32| factors.map(|factor| (factor * 2_f64.powi(bits as i32)).round());
        let fits = |factor: f64| factor < f64::from(1 << (2 * LOWER));
        let bits = (LOWER..=MOST_BITS).rev();
        let bits = bits
            .into_iter()
            .find(|&bits| with_bits(bits).into_iter().all(fits))?;
        let factors = with_bits(bits).map(|factor| factor as i64);

        let common = CommonRescaling::new(scale);
        let rescaled = |input: usize| -> Vec<(i64, i32)> {
            let values = (first..=last).map(|value| (value, common.rescale(input, value)));
            values
                .map(|(value, rescaled)| (i64::from(value) * factors[input], rescaled))
                .collect()
        };
        let (lefts, rights) = (rescaled(0), rescaled(1));
        let (mut least, mut limit) = (i64::MIN, i64::MAX);
        for &(left_product, left) in &lefts {
            for &(right_product, right) in &rights {
                let byte = common.to_output(left.wrapping_add(right));
                let line = left_product + right_product;
                if byte > scale.clamp.0 {
                    least = least.max((i64::from(byte) << bits) - line);
                }
                if byte < scale.clamp.1 {
                    limit = limit.min((i64::from(byte + 1) << bits) - line);
                }
            }
        }
        let offset = if least == i64::MIN { limit - 1 } else { least };
        let upper = i32::try_from(offset >> LOWER).ok()?;
        let mask = (1 << LOWER) - 1;
        (least < limit && upper.unsigned_abs() <= 1 << 30).then_some(ByteSum {
            upper: factors.map(|factor| (factor >> LOWER) as i16),
            lower: factors.map(|factor| (factor & mask) as i16),
            offset: (upper, (offset & mask) as i32),
            shift: bits - LOWER,
            clamp: scale.clamp,
        })
    }

    /// The quantized sum of two quantized numbers.
    #[inline(always)]
    pub(crate) fn add(&self, left: i32, right: i32) -> i32 {
        let [upper, lower] = [self.upper, self.lower]
            .map(|factors| left * i32::from(factors[0]) + right * i32::from(factors[1]));
        let carry = (lower + self.offset.1) >> LOWER;
        clamp_integer((upper + carry + self.offset.0) >> self.shift, self.clamp)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether there is a line; where there is one, it is checked for each two bytes of the type.
    fn has_line(scale: &CommonScale, range: (i32, i32)) -> bool {
        let Some(sum) = ByteSum::new(scale, range) else {
            return false;
        };
        for left in range.0..=range.1 {
            for right in range.0..=range.1 {
                assert_eq!(
                    sum.add(left, right),
                    scale.add(left, right),
                    "{left} + {right} in {scale:?}"
                );
            }
        }
        true
    }

    #[test]
    fn scales_of_networks_have_lines() {
        let signed = |inputs, output| CommonScale::new(20, inputs, output, (-128, 127));
        let near = signed([(0.0235, -14), (0.0317, 3)], (0.0361, -7));
        let far = signed([(0.5, -128), (0.0021, 127)], (0.25, 0));
        let narrow = signed([(0.002, 9), (0.003, -80)], (0.9, 100));
        for scale in [near, far, narrow] {
            assert!(has_line(&scale, (-128, 127)), "{scale:?}");
        }
        let unsigned = CommonScale::new(20, [(0.1013, 128), (0.0719, 3)], (0.1237, 117), (0, 255));
        assert!(has_line(&unsigned, (0, 255)));
        let clamped = CommonScale::new(20, [(0.1, 0), (0.07, 0)], (0.12, 0), (0, 0));
        assert!(!has_line(&clamped, (-128, 127)));
    }

    #[test]
    fn halves_on_both_sides_of_zero_have_no_line() {
        let scale = CommonScale::new(20, [(1.0, 0), (0.5, 0)], (1.0, 0), (-128, 127));
        assert!(!has_line(&scale, (-128, 127)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn lines_give_the_bytes_of_the_scale(
            inputs in ((1e-4..1.0_f32, -128..128_i32), (1e-4..1.0_f32, -128..128_i32)),
            output in (1e-4..1.0_f32, -128..128_i32),
            low in -128..0_i32,
        ) {
            let scale = CommonScale::new(20, [inputs.0, inputs.1], output, (low, 127));
            has_line(&scale, (-128, 127));
        }
    }
}
