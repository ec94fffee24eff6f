//! HARD_SWISH: `x · relu6(x + 3) / 6`.

use demilite_core::NodeContext;

use super::{Prepared, Unprepared};
use crate::training::differentiable::{Differentiable, Met, Scratch};

struct HardSwish;

pub(super) fn prepare(_: &NodeContext<'_>) -> Result<Prepared, Unprepared> {
    Ok(Box::new(HardSwish))
}

impl Differentiable for HardSwish {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], _: &mut Scratch) {
        for (output, &x) in std::iter::zip(output, inputs[0]) {
            *output = x * (x + 3.0).clamp(0.0, 6.0) / 6.0;
        }
    }

    fn backward(&self, _: usize, met: &Met<'_>, sums: &mut [f32], _: &mut Scratch) {
        let met = std::iter::zip(met.inputs[0], met.gradient);
        for (sum, (&x, gradient)) in std::iter::zip(sums, met) {
            let slope = if x <= -3.0 {
                0.0
            } else if x >= 3.0 {
                1.0
            } else {
                (2.0 * x + 3.0) / 6.0
            };
            *sum += gradient * slope;
        }
    }
}
