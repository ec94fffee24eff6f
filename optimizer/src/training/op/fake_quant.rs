//! FAKE_QUANT whose range is trained: numbers as integers would leave them, with the gradient of what lies within.

use demilite_core::op;

use super::{Prepared, Unprepared};
use crate::training::differentiable::{Differentiable, Met, Scratch};

/// Inputs: numbers, and the least and the greatest of their range.
struct FakeQuant {
    /// The first and the last integer.
    ends: [f32; 2],
}

/// The reals that integers of a range stand for.
struct Grid {
    scale: f32,
    least: f32,
    greatest: f32,
}

pub(super) fn prepare(op: &op::FakeQuant) -> Result<Prepared, Unprepared> {
    let greatest = (1_u32 << op.num_bits.clamp(1, 16)) - 1;
    Ok(Box::new(FakeQuant {
        ends: [f32::from(u8::from(op.narrow_range)), greatest as f32],
    }))
}

impl FakeQuant {
    /// The range moved so that 0 is an integer.
    fn grid(&self, range: &[f32]) -> Grid {
        let [first, last] = self.ends;
        let scale = (range[1] - range[0]) / (last - first);
        let zero_point = (first - range[0] / scale).round().clamp(first, last);
        Grid {
            scale,
            least: (first - zero_point) * scale,
            greatest: (last - zero_point) * scale,
        }
    }
}

impl Differentiable for FakeQuant {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], _: &mut Scratch) {
        let Grid {
            scale,
            least,
            greatest,
        } = self.grid(inputs[1]);
        for (output, &number) in std::iter::zip(output, inputs[0]) {
            *output = match number.is_nan() {
                true => number,
                false => ((number.clamp(least, greatest) - least) / scale).round() * scale + least,
            };
        }
    }

    fn backward(&self, index: usize, met: &Met<'_>, sums: &mut [f32], _: &mut Scratch) {
        let Grid {
            scale,
            least,
            greatest,
        } = self.grid(met.inputs[1]);
        let pairs = std::iter::zip(met.inputs[0], met.gradient);
        if index == 0 {
            for (sum, (number, gradient)) in std::iter::zip(sums, pairs) {
                if (least..=greatest).contains(number) {
                    *sum += gradient;
                }
            }
            return;
        }
        // A number beyond the range moves with its end; within, with the step, by what rounding adds to it in steps.
        let [first, last] = self.ends;
        for (place, (&number, gradient)) in pairs.enumerate() {
            if number < least {
                sums[0] += gradient;
            } else if number > greatest {
                sums[1] += gradient;
            } else {
                let steps = (met.output[place] - number) / scale / (last - first);
                sums[0] -= gradient * steps;
                sums[1] += gradient * steps;
            }
        }
    }
}
