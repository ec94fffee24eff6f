//! Functions of one quantized number as tables, as LiteRT's `LUTPopulate` in
//! `kernels/internal/common.h` builds them.

/// A function from 8-bit numbers to 8-bit numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupTable8 {
    entries: Vec<i32>,
    smallest: i32,
}

impl LookupTable8 {
    /// The table of `function` between the integers of `type_range` on both sides.
    ///
    /// `input` and `output` are scale and zero point; every step is in single precision and
    /// multiplies by the inverse of the output's scale.
    pub fn new(
        input: (f32, i32),
        output: (f32, i32),
        type_range: (i32, i32),
        function: impl Fn(f32) -> f32,
    ) -> Self {
        let (smallest, largest) = type_range;
        let inverse_scale = 1.0 / output.0;
        let entries = (smallest..=largest)
            .map(|value| {
                let real = input.0 * (value - input.1) as f32;
                let rescaled = (function(real) * inverse_scale).round();
                ((rescaled + output.1 as f32) as i32).clamp(smallest, largest)
            })
            .collect();
        LookupTable8 { entries, smallest }
    }

    /// The value of the function at `value`, which lies in the type's range.
    pub fn get(&self, value: i32) -> i32 {
        self.entries[(value - self.smallest) as usize]
    }
}

/// A function from 16-bit numbers to 16-bit numbers: 513 samples, interpolated linearly with the
/// low seven bits of the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupTable16 {
    samples: Vec<i16>,
}

macro_rules! sampled_in {
    ($name:ident, $float:ty, $doc:literal) => {
        #[doc = $doc]
        ///
        /// `input` and `output` are scale and zero point. Each sample but the last is moved by half
        /// of the error that interpolation makes in the middle of its segment.
        pub fn $name(
            input: ($float, i32),
            output: ($float, i32),
            function: impl Fn($float) -> $float,
        ) -> Self {
            const SEGMENTS: i32 = 512;
            let real = |(scale, zero_point): ($float, i32), value: i16| {
                scale * (i32::from(value) - zero_point) as $float
            };
            let first = real(input, i16::MIN);
            let step = (real(input, i16::MAX) - first) / SEGMENTS as $float;
            let half_step = step / 2.0;
            let inverse_scale = 65536.0 / (real(output, i16::MAX) - real(output, i16::MIN));
            let saturate = |sample: $float| {
                sample.clamp(<$float>::from(i16::MIN), <$float>::from(i16::MAX)) as i16
            };
            let mut samples: Vec<i16> = (0..SEGMENTS)
                .map(|segment| {
                    let start = first + segment as $float * step;
                    let here = (function(start) * inverse_scale).round();
                    let next = function(first + (segment + 1) as $float * step) * inverse_scale;
                    let interpolated = ((next + here) / 2.0).round();
                    let middle = (function(start + half_step) * inverse_scale).round();
                    saturate(here - ((interpolated - middle) / 2.0).round())
                })
                .collect();
            let last = function(real(input, i16::MAX)) * inverse_scale;
            samples.push(saturate(last.round()));
            LookupTable16 { samples }
        }
    };
}

impl LookupTable16 {
    sampled_in!(
        new,
        f32,
        "The table of `function`, sampled in single precision."
    );
    sampled_in!(
        in_double_precision,
        f64,
        "The table of `function`, sampled in double precision."
    );

    /// The value of the function at `value`.
    pub fn get(&self, value: i16) -> i16 {
        let index = (256 + (value >> 7)) as usize;
        let base = i32::from(self.samples[index]);
        let slope = i32::from(self.samples[index + 1].wrapping_sub(self.samples[index]));
        (base + ((slope * i32::from(value & 0x7f) + 64) >> 7)) as i16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bit_entries_round_and_saturate() {
        let table = LookupTable8::new((0.5, 1), (0.25, -3), (-128, 127), |x| x * x);
        assert_eq!(table.get(1), -3);
        assert_eq!(table.get(2), 1 - 3);
        assert_eq!(table.get(4), 9 - 3);
        assert_eq!(table.get(-128), 127);
        let unsigned = LookupTable8::new((1.0, 0), (1.0, 0), (0, 255), |x| 255.0 - x);
        assert_eq!((unsigned.get(0), unsigned.get(255)), (255, 0));
    }

    #[test]
    fn sixteen_bit_interpolation_meets_the_samples() {
        let identity = LookupTable16::new((1.0, 0), (1.0, 0), |x| x);
        for value in [-32768, -32767, -129, -1, 0, 1, 64, 127, 12345] {
            assert!((i32::from(identity.get(value)) - i32::from(value)).abs() <= 1);
        }
    }
}
