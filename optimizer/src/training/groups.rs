//! Convolutions whose filters see groups of channels: for each group one of its own.

use super::convolution::Convolution;
use super::differentiable::{Differentiable, Met, Scratch};

/// Inputs as those of a [`Convolution`], whose filters see as many channels as a group has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Groups {
    /// What each group is to itself.
    pub(super) each: Convolution,
    pub(super) count: usize,
}

impl Groups {
    /// The numbers of a group, among rows of all groups' channels.
    fn channels(&self, group: usize, rows: &[f32], channels: usize) -> Vec<f32> {
        let rows = rows.chunks_exact(self.count * channels);
        rows.flat_map(|row| &row[group * channels..][..channels])
            .copied()
            .collect()
    }

    /// Adds numbers of a group to rows of all groups' channels.
    fn add_channels(&self, group: usize, part: &[f32], channels: usize, rows: &mut [f32]) {
        let rows = rows.chunks_exact_mut(self.count * channels);
        for (row, part) in rows.zip(part.chunks_exact(channels)) {
            let own = &mut row[group * channels..][..channels];
            for (sum, number) in std::iter::zip(own, part) {
                *sum += number;
            }
        }
    }

    /// The image, the weights and the bias of a group.
    fn inputs<'a>(&self, group: usize, inputs: &[&'a [f32]]) -> (Vec<f32>, &'a [f32], &'a [f32]) {
        let image = self.channels(group, inputs[0], self.each.patches.depth);
        let part = |numbers: &'a [f32]| {
            let length = numbers.len() / self.count;
            &numbers[group * length..][..length]
        };
        let bias = inputs.get(2).copied().unwrap_or_default();
        (image, part(inputs[1]), part(bias))
    }
}

impl Differentiable for Groups {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], scratch: &mut Scratch) {
        let mut part = vec![0.0; output.len() / self.count];
        output.fill(0.0);
        for group in 0..self.count {
            let (image, weights, bias) = self.inputs(group, inputs);
            let inputs = [&image, weights, bias];
            self.each.forward(&inputs, &mut part, scratch);
            self.add_channels(group, &part, self.each.outputs, output);
        }
    }

    fn backward(&self, index: usize, met: &Met<'_>, sums: &mut [f32], scratch: &mut Scratch) {
        let length = sums.len() / self.count;
        for group in 0..self.count {
            let (image, weights, bias) = self.inputs(group, met.inputs);
            let outputs = |rows: &[f32]| self.channels(group, rows, self.each.outputs);
            let met = Met {
                inputs: &[&image, weights, bias],
                output: &outputs(met.output),
                gradient: &outputs(met.gradient),
            };
            if index == 0 {
                let mut part = vec![0.0; length];
                self.each.backward(index, &met, &mut part, scratch);
                self.add_channels(group, &part, self.each.patches.depth, sums);
            } else {
                let own = &mut sums[group * length..][..length];
                self.each.backward(index, &met, own, scratch);
            }
        }
    }
}
