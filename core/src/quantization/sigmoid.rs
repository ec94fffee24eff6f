//! 16-bit LOGISTIC and TANH, as LiteRT's `kernels/internal/reference/integer_ops/logistic.h` and
//! `tanh.h` compute them with one table.

/// Samples of `65536 · sigmoid(i / 24)`, each moved by half of the error that linear interpolation
/// makes in the middle of the segment after it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SigmoidTable {
    samples: Vec<u16>,
}

impl SigmoidTable {
    fn new() -> Self {
        let sigmoid = |x: f64| 65536.0 / (1.0 + (-x / 24.0).exp());
        let mut samples: Vec<u16> = (0_u8..=255)
            .map(|index| {
                let x = f64::from(index);
                let middle = (sigmoid(x) + sigmoid(x + 1.0)) / 2.0;
                (sigmoid(x) - (middle - sigmoid(x + 0.5)) / 2.0).round() as u16
            })
            .collect();
        samples[255] = u16::MAX;
        SigmoidTable { samples }
    }

    /// The function at `magnitude / 2^fraction_bits`, with as many more bits; `None` beyond the
    /// last segment.
    fn interpolate(&self, magnitude: u32, fraction_bits: u32) -> Option<u32> {
        let index = (magnitude >> fraction_bits) as usize;
        if index >= 255 {
            return None;
        }
        let (here, next) = (self.samples[index], self.samples[index + 1]);
        let fraction = magnitude & ((1 << fraction_bits) - 1);
        Some((u32::from(here) << fraction_bits) + fraction * u32::from(next - here))
    }
}

/// How 16-bit inputs are brought to the grid of 1 / (3 · 4096) that the table is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct GridScale {
    multiplier: i32,
    right_shift: u32,
}

impl GridScale {
    /// Prepares the multiplier for an input scale; a scale within 0.1 % of 2^−12 times one of
    /// `powers` of two (given as exponents) takes the exact path.
    fn new(input_scale: f32, powers: std::ops::RangeInclusive<i32>) -> Self {
        let log2 = input_scale.ln() * (1.0 / 2_f32.ln());
        let exponent = 12 + log2.round() as i32;
        if (log2 - log2.round()).abs() < 1e-3 && powers.contains(&exponent) {
            return GridScale {
                multiplier: 3 << exponent,
                right_shift: 0,
            };
        }
        let mut multiplier = f64::from(input_scale) * 4096.0 * 3.0;
        let mut right_shift = 0;
        while multiplier <= 32767.0 / 2.0 && right_shift <= 30 {
            right_shift += 1;
            multiplier *= 2.0;
        }
        GridScale {
            multiplier: multiplier as i32,
            right_shift,
        }
    }

    /// The input on the table's grid.
    fn apply(&self, value: i16) -> i32 {
        let round = ((1_i64 << self.right_shift) >> 1) as i32;
        i32::from(value)
            .wrapping_mul(self.multiplier)
            .wrapping_add(round)
            >> self.right_shift
    }
}

/// The 16-bit logistic function: inputs of any scale and zero point 0, outputs of scale 2^−15.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logistic16 {
    scale: GridScale,
    table: SigmoidTable,
}

impl Logistic16 {
    /// Builds the table for an input scale.
    pub fn new(input_scale: f32) -> Self {
        Logistic16 {
            scale: GridScale::new(input_scale, 0..=0),
            table: SigmoidTable::new(),
        }
    }

    /// The function at one input.
    pub fn get(&self, value: i16) -> i16 {
        let x = self.scale.apply(value);
        let magnitude = self
            .table
            .interpolate(x.unsigned_abs(), 9)
            .unwrap_or(0x7fff << 10);
        let rounded = if x >= 0 {
            magnitude + (1 << 9)
        } else {
            (1 << 25) - magnitude + (1 << 9) - 1
        };
        (rounded >> 10) as i16
    }
}

/// The 16-bit hyperbolic tangent as `2 · sigmoid(2x) − 1`: inputs of any scale and zero point 0,
/// outputs of scale 2^−15.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tanh16 {
    scale: GridScale,
    table: SigmoidTable,
}

impl Tanh16 {
    /// Builds the table for an input scale.
    pub fn new(input_scale: f32) -> Self {
        Tanh16 {
            scale: GridScale::new(input_scale, 0..=1),
            table: SigmoidTable::new(),
        }
    }

    /// The function at one input.
    pub fn get(&self, value: i16) -> i16 {
        let x = self.scale.apply(value);
        let magnitude = self
            .table
            .interpolate(x.unsigned_abs(), 8)
            .unwrap_or(0xffff << 8) as i32;
        let rounded = if x >= 0 {
            magnitude - (1 << 23) + (1 << 7)
        } else {
            -magnitude + (1 << 23) + (1 << 7) - 1
        };
        (rounded >> 8) as i16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_start_in_the_middle_and_end_at_the_top() {
        let table = SigmoidTable::new();
        assert_eq!(table.samples[..4], [32768, 33451, 34133, 34813]);
        assert_eq!(table.samples[255], 65535);
        assert_eq!(table.interpolate(1 << 9, 9), Some(33451 << 9));
        assert_eq!(table.interpolate(255 << 9, 9), None);
    }

    #[test]
    fn near_powers_of_two_are_exact() {
        let exact = GridScale::new(1.0 / 4096.0, 0..=0);
        assert_eq!(exact.apply(-5), -15);
        let general = GridScale::new(1.0 / 1024.0, 0..=0);
        assert_eq!(general.apply(100), 1200);
    }
}
