//! Products of 32-bit floats. Weights of 16 bits stay so in memory and are widened in registers.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use half::f16;

use super::panels::{PANEL, Panels};
use super::{Product, Rows, Sums, Tile};
use crate::instruction_set::InstructionSet;
#[cfg(target_arch = "x86_64")]
use crate::instruction_set::Vectors;
use crate::memory::Aligned;
use crate::target::Target;

/// Weights of a product.
#[derive(Debug, Clone)]
enum Weights {
    /// 32 bits.
    Single(Panels<f32>),
    /// 16 bits.
    Half(Panels<f16>),
}

/// A weight that is widened in registers.
#[cfg(target_arch = "x86_64")]
trait Weight: avx2::Weight + avx512::Weight + Into<f32> {}
#[cfg(target_arch = "x86_64")]
impl<T: avx2::Weight + avx512::Weight + Into<f32>> Weight for T {}
/// A weight that is widened in registers.
#[cfg(not(target_arch = "x86_64"))]
trait Weight: bytemuck::Pod + Into<f32> {}
#[cfg(not(target_arch = "x86_64"))]
impl<T: bytemuck::Pod + Into<f32>> Weight for T {}

/// How a product and the sum that it is added to are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// Together.
    Once,
    /// Each for itself, as in the reference, whose bits this gives.
    Twice,
}

/// A product of floats.
#[derive(Debug, Clone)]
pub(crate) struct FloatProduct {
    weights: Weights,
    /// One for each output channel, up to a whole panel; zeros where the layer has none.
    bias: Aligned<f32>,
    clamp: (f32, f32),
    rounding: Rounding,
    set: InstructionSet,
}

impl FloatProduct {
    /// A product with weights that lie as `[output channel, tap, input channel]`. They are kept as 16-bit floats where all of
    /// them are such.
    pub(crate) fn new(
        weights: &[f32],
        taps: usize,
        channels: usize,
        bias: Option<&[f32]>,
        clamp: (f32, f32),
        rounding: Rounding,
        set: InstructionSet,
    ) -> Self {
        let are_halves =
            |&weight: &f32| f16::from_f32(weight).to_f32().to_bits() == weight.to_bits();
        let weights = if weights.iter().all(are_halves) {
            let halves: Vec<f16> = weights
                .iter()
                .map(|&weight| f16::from_f32(weight))
                .collect();
            Weights::Half(Panels::new(&halves, channels, taps, 1))
        } else {
            Weights::Single(Panels::new(weights, channels, taps, 1))
        };
        let mut product = FloatProduct {
            weights,
            bias: Aligned::zeroed(0),
            clamp,
            rounding,
            set,
        };
        product.bias = Aligned::zeroed(product.panels() * PANEL);
        if let Some(bias) = bias {
            product.bias.as_mut_slice()[..channels].copy_from_slice(bias);
        }
        product
    }

    /// Bytes of the weights.
    pub(crate) fn bytes(&self) -> usize {
        let weights = match &self.weights {
            Weights::Single(panels) => panels.bytes(),
            Weights::Half(panels) => panels.bytes(),
        };
        weights + size_of_val(self.bias.as_slice())
    }
}

// SAFETY: the kernels read one float for each input channel of the panels from each pointer.
unsafe impl Product for FloatProduct {
    type Output = f32;
    type Sum = f32;

    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(unused_variables, reason = "only tiles of vectors depend on the rows")
    )]
    fn tile(&self, rows: usize) -> (usize, usize) {
        match self.set.vectors() {
            #[cfg(target_arch = "x86_64")]
            Vectors::Bits512 => {
                let halves = matches!(self.weights, Weights::Half(_));
                avx512::tile(rows, self.panels(), halves)
            }
            #[cfg(target_arch = "x86_64")]
            Vectors::Bits256 => avx2::tile(rows, self.channels()),
            _ => portable::TILE,
        }
    }

    fn panels(&self) -> usize {
        match &self.weights {
            Weights::Single(panels) => panels.count(),
            Weights::Half(panels) => panels.count(),
        }
    }

    fn channels(&self) -> usize {
        match &self.weights {
            Weights::Single(panels) => panels.channels(),
            Weights::Half(panels) => panels.channels(),
        }
    }

    #[inline]
    unsafe fn compute(&self, rows: Rows, tile: Tile, sums: &mut Sums<f32>, target: Target<f32>) {
        // SAFETY: the caller's promise.
        unsafe {
            match &self.weights {
                Weights::Single(weights) => self.multiply(weights, rows, tile, sums, target),
                Weights::Half(weights) => self.multiply(weights, rows, tile, sums, target),
            }
        }
    }
}

impl FloatProduct {
    #[inline]
    unsafe fn multiply<T: Weight>(
        &self,
        weights: &Panels<T>,
        rows: Rows,
        tile: Tile,
        sums: &mut Sums<f32>,
        target: Target<f32>,
    ) {
        // SAFETY: the caller's promise; the instructions were found when the product was made.
        unsafe {
            match (self.set.vectors(), self.rounding) {
                #[cfg(target_arch = "x86_64")]
                (Vectors::Bits512, Rounding::Once) => {
                    avx512::compute::<T, true>((self, weights), rows, tile, target);
                }
                #[cfg(target_arch = "x86_64")]
                (Vectors::Bits512, Rounding::Twice) => {
                    avx512::compute::<T, false>((self, weights), rows, tile, target);
                }
                #[cfg(target_arch = "x86_64")]
                (Vectors::Bits256, Rounding::Once) => {
                    avx2::compute::<T, true>((self, weights), rows, tile, target);
                }
                #[cfg(target_arch = "x86_64")]
                (Vectors::Bits256, Rounding::Twice) => {
                    avx2::compute::<T, false>((self, weights), rows, tile, target);
                }
                _ => {
                    portable::accumulate(weights, rows, tile.panel, sums);
                    self.finish_in_order(tile, sums, target);
                }
            }
        }
    }

    unsafe fn finish_in_order(&self, tile: Tile, sums: &Sums<f32>, target: Target<f32>) {
        let (low, high) = self.clamp;
        for row in 0..tile.rows {
            for p in 0..tile.panels {
                let channel = (tile.panel + p) * PANEL;
                let bias = &self.bias.as_slice()[channel..][..PANEL];
                let mut all = sums.0[row * tile.panels + p];
                for (sum, &bias) in all.iter_mut().zip(bias) {
                    *sum = (*sum + bias).clamp(low, high);
                }
                let count = PANEL.min(self.channels() - channel);
                // SAFETY: the caller's promise.
                unsafe {
                    let first = target.first.add((tile.row + row) * target.stride + channel);
                    std::ptr::copy_nonoverlapping(all.as_ptr(), first, count);
                }
            }
        }
    }
}
