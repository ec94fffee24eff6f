//! MUL.

use demilite_core::NodeContext;

use super::{Prepared, Unprepared};
use crate::training::broadcast::Broadcast;
use crate::training::differentiable::{Differentiable, Met, Scratch};

struct Mul(Broadcast);

pub(super) fn prepare(node: &NodeContext<'_>) -> Result<Prepared, Unprepared> {
    Ok(Box::new(Mul(Broadcast::of(node)?)))
}

impl Differentiable for Mul {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], _: &mut Scratch) {
        self.0.forward(inputs, output, |left, right| left * right);
    }

    fn backward(&self, index: usize, met: &Met<'_>, sums: &mut [f32], _: &mut Scratch) {
        let met = (met.inputs, met.gradient);
        let other = |left, right| if index == 0 { right } else { left };
        self.0.backward(index, met, sums, other);
    }
}
