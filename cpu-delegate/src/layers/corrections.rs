//! What the zero point of weights adds to sums.

use std::iter::zip;

use crate::instruction_set::InstructionSet;
use crate::product::geometry::Geometry;
use crate::product::integer::Activations;
use crate::vectors::dispatch;

/// The sum of the activations that each result reads, less their own zero point, times what weights lack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Corrections<'a> {
    /// How the filter lies.
    pub(crate) geometry: &'a Geometry,
    /// What the activations are.
    pub(crate) activations: Activations,
    /// What each sum is multiplied with.
    pub(crate) factor: i32,
}

impl Corrections<'_> {
    /// Corrections, one for each group and result.
    pub(crate) fn count(&self) -> usize {
        self.geometry.groups * self.geometry.window.outputs()
    }

    /// Numbers that are needed on the way.
    pub(crate) fn scratch(&self) -> usize {
        match self.geometry.window.is_pointwise() {
            true => 0,
            false => self.geometry.window.columns.input,
        }
    }

    /// Writes [`Corrections::count`] corrections. `scratch` has room for [`Corrections::scratch`] numbers.
    pub(crate) fn write(
        &self,
        input: &[u8],
        scratch: &mut [i32],
        corrections: &mut [i32],
        set: InstructionSet,
    ) {
        let outputs = self.geometry.window.outputs();
        if outputs == 0 {
            return;
        }
        for group in 0..self.geometry.groups {
            let corrections = &mut corrections[group * outputs..][..outputs];
            dispatch(
                set,
                #[inline(always)]
                || {
                    if self.geometry.window.is_pointwise() {
                        corrections.fill(0);
                        self.add(input, group, corrections);
                    } else {
                        self.slide(input, group, scratch, corrections);
                    }
                    for correction in corrections {
                        *correction = correction.wrapping_mul(self.factor);
                    }
                },
            );
        }
    }

    /// Adds the activations of each position to a sum of its own.
    #[inline(always)]
    fn add(&self, input: &[u8], group: usize, sums: &mut [i32]) {
        let depth = self.geometry.depth();
        let all = depth as i32 * self.activations.zero_point;
        let positions = input.chunks_exact(self.geometry.input_channels);
        for (sum, position) in zip(sums, positions) {
            let bytes = &position[group * depth..][..depth];
            let total: i32 = if self.activations.signed {
                bytes.iter().map(|&byte| i32::from(byte as i8)).sum()
            } else {
                bytes.iter().map(|&byte| i32::from(byte)).sum()
            };
            *sum += total - all;
        }
    }

    /// Sums the columns that each row of results reads, then the columns of each result.
    #[inline(always)]
    fn slide(&self, input: &[u8], group: usize, columns: &mut [i32], sums: &mut [i32]) {
        let window = &self.geometry.window;
        let columns = &mut columns[..window.columns.input];
        let row = columns.len() * self.geometry.input_channels;
        let rows = sums.chunks_exact_mut(window.columns.output);
        for (index, sums) in rows.enumerate() {
            let (batch, place) = (index / window.rows.output, index % window.rows.output);
            columns.fill(0);
            for (_, position) in window.rows.taps(place) {
                let first = (batch * window.rows.input + position) * row;
                self.add(&input[first..][..row], group, columns);
            }
            for (place, sum) in sums.iter_mut().enumerate() {
                let read = window.columns.taps(place);
                *sum = read.map(|(_, position)| columns[position]).sum();
            }
        }
    }
}
