//! FAKE_QUANT whose range is trained: numbers as integers would leave them, with the gradient of what lies within.

use demilite_core::op;
use demilite_core::quantization::Grid;

use super::{Prepared, Unprepared};
use crate::training::differentiable::{Differentiable, Met, Scratch};

/// Inputs: numbers, and the least and the greatest of their range.
struct FakeQuant {
    /// Steps between the first and the last integer.
    steps: u32,
}

pub(super) fn prepare(op: &op::FakeQuant) -> Result<Prepared, Unprepared> {
    let all = (1_u32 << op.num_bits.clamp(1, 16)) - 1;
    Ok(Box::new(FakeQuant {
        // A narrow range of one bit has no step.
        steps: (all - u32::from(op.narrow_range)).max(1),
    }))
}

impl FakeQuant {
    fn grid(&self, range: &[f32]) -> Grid {
        Grid::of_steps(range[0], range[1], self.steps)
    }
}

impl Differentiable for FakeQuant {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], _: &mut Scratch) {
        let grid = self.grid(inputs[1]);
        for (output, &number) in std::iter::zip(output, inputs[0]) {
            *output = match number.is_nan() {
                true => number,
                false => grid.nearest(number),
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
        for (place, (&number, gradient)) in pairs.enumerate() {
            if number < least {
                sums[0] += gradient;
            } else if number > greatest {
                sums[1] += gradient;
            } else {
                let steps = (met.output[place] - number) / scale / self.steps as f32;
                sums[0] -= gradient * steps;
                sums[1] += gradient * steps;
            }
        }
    }
}
