//! From sums to quantized outputs, with the two roundings of the specification.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
pub(crate) mod bounded;

use demilite_core::quantization::{QuantizedMultiplier, multiply_by_quantized_multiplier};

use crate::instruction_set::InstructionSet;
#[cfg(target_arch = "x86_64")]
use crate::instruction_set::Vectors;
use crate::memory::Aligned;
use crate::product::integer::Epilogue;
use crate::product::panels::PANEL;
use crate::product::{Sums, Tile, for_each_sum};
use crate::target::Target;

/// What becomes of the sum of each output channel; channels are filled up to a whole panel.
#[derive(Debug, Clone)]
pub(crate) struct Rescaling {
    /// Mantissas.
    multiplier: Aligned<i32>,
    /// Exponents; positive ones shift left, before the product.
    shift: Aligned<i32>,
    /// Zero point of the output.
    zero_point: i32,
    /// The bounds of the activation.
    clamp: (i32, i32),
}

impl Rescaling {
    /// The rescaling of channels with these factors.
    pub(crate) fn new(
        multipliers: &[QuantizedMultiplier],
        zero_point: i32,
        clamp: (i32, i32),
    ) -> Self {
        let padded = multipliers.len().div_ceil(PANEL) * PANEL;
        let column = |of: fn(&QuantizedMultiplier) -> i32| {
            let mut column = Aligned::zeroed(padded);
            for (target, multiplier) in column.as_mut_slice().iter_mut().zip(multipliers) {
                *target = of(multiplier);
            }
            column
        };
        Rescaling {
            multiplier: column(|multiplier| multiplier.multiplier),
            shift: column(|multiplier| multiplier.shift),
            zero_point,
            clamp,
        }
    }

    /// The same rescaling of channels in another order: place `index` gets channel `order(index)`, if there is one.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(dead_code, reason = "only VNNI interleaves channels")
    )]
    pub(crate) fn reordered(&self, places: usize, order: impl Fn(usize) -> Option<usize>) -> Self {
        let reorder = |column: &Aligned<i32>| {
            let mut reordered = Aligned::zeroed(places);
            for (index, target) in reordered.as_mut_slice().iter_mut().enumerate() {
                *target = order(index).map_or(0, |channel| column.as_slice()[channel]);
            }
            reordered
        };
        Rescaling {
            multiplier: reorder(&self.multiplier),
            shift: reorder(&self.shift),
            ..*self
        }
    }

    /// What makes outputs signed bytes when it is subtracted, and the bounds of those.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(dead_code, reason = "only vectors clamp bytes")
    )]
    fn signed_clamp(&self) -> (i32, i8, i8) {
        let down = if self.clamp.1 > 127 { 128 } else { 0 };
        let bound = |bound: i32| (bound - down) as i8;
        (down, bound(self.clamp.0), bound(self.clamp.1))
    }

    /// The low byte of the output of `channel`.
    pub(crate) fn byte(&self, channel: usize, sum: i32) -> u8 {
        let [multiplier, shift] =
            [&self.multiplier, &self.shift].map(|column| column.as_slice()[channel]);
        let scaled =
            multiply_by_quantized_multiplier(sum, multiplier, shift).wrapping_add(self.zero_point);
        scaled.clamp(self.clamp.0, self.clamp.1) as u8
    }
}

impl Epilogue for Rescaling {
    type Output = u8;

    unsafe fn finish(
        &self,
        set: InstructionSet,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<u8>,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            match set.vectors() {
                #[cfg(target_arch = "x86_64")]
                Vectors::Bits512 => {
                    self.finish_avx512(tile, channels, sums, target);
                }
                #[cfg(target_arch = "x86_64")]
                Vectors::Bits256 => {
                    self.finish_avx2(tile, channels, sums, target);
                }
                _ => for_each_sum(tile, channels, sums, target, |_, channel, sum| {
                    self.byte(channel, sum)
                }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::product::VECTORS;

    fn multiplier() -> impl Strategy<Value = QuantizedMultiplier> {
        (1 << 30..=i32::MAX, -31..=30_i32)
            .prop_map(|(multiplier, shift)| QuantizedMultiplier { multiplier, shift })
    }

    fn sum() -> impl Strategy<Value = i32> {
        prop_oneof![
            any::<i32>(),
            -70_000..70_000_i32,
            Just(i32::MIN),
            Just(i32::MAX),
            Just(0)
        ]
    }

    /// Rows of a tile: one alone has more than a few panels.
    fn rows_of(panels: usize) -> usize {
        if panels > 3 { 1 } else { 3 }
    }

    proptest! {
        #[test]
        fn sums_that_are_bounded_round_as_others_do(
            multipliers in prop::collection::vec((1 << 30..=i32::MAX, -31..=2_i32), 1..129),
            sums in prop::collection::vec(sum(), 3 * 48),
            zero_point in 0..256_i32,
            is_signed: bool,
        ) {
            let largest = (1 << 28) - 1;
            let factor = |(multiplier, shift)| QuantizedMultiplier { multiplier, shift };
            let mut multipliers: Vec<_> = multipliers.into_iter().map(factor).collect();
            multipliers[0] = QuantizedMultiplier { multiplier: 0, shift: 0 };
            let down = if is_signed { 128 } else { 0 };
            let clamp = (-down, 200 - down);
            let rescaling = Rescaling::new(&multipliers, zero_point - down, clamp);
            prop_assert!(rescaling.bounded(1 << 30).is_none());
            let bounded = rescaling.bounded(largest).unwrap();
            let (channels, panels) = (multipliers.len(), multipliers.len().div_ceil(PANEL));
            let mut tiles = Sums([[0; PANEL]; VECTORS]);
            for (vector, sums) in tiles.0.iter_mut().zip(sums.chunks_exact(PANEL)) {
                for (place, &sum) in vector.iter_mut().zip(sums) {
                    *place = sum.clamp(-(largest as i32), largest as i32);
                }
            }
            let rows = rows_of(panels);
            let tile = Tile { row: 0, rows, panel: 0, panels };
            for set in InstructionSet::ALL.into_iter().filter(|set| set.is_available()) {
                let mut output = vec![0_u8; rows * channels];
                let target = Target { first: output.as_mut_ptr(), stride: channels };
                // SAFETY: the output has room for the rows; the processor has the instructions.
                unsafe { bounded.finish(set, tile, channels, &tiles, target) };
                for (index, &byte) in output.iter().enumerate() {
                    let (row, channel) = (index / channels, index % channels);
                    let sum = tiles.0[row * panels + channel / PANEL][channel % PANEL];
                    prop_assert_eq!(byte, rescaling.byte(channel, sum), "{:?} {}", set, sum);
                }
            }
        }

        #[test]
        fn sums_at_which_bytes_begin_round_as_others_do(
            multipliers in (0..14_i32).prop_flat_map(|most| prop::collection::vec((1 << 30..=i32::MAX, -most..=0), 16..49)),
            steps in prop::collection::vec((-200..=200_i32, -2..=2_i32), 3 * 48),
            reach in prop_oneof![Just(1 << 20), 1..=1 << 20_i32],
            (zero_point, low) in (0..256_i32, 0..256_i32),
            is_signed: bool,
        ) {
            let factor = |(multiplier, shift)| QuantizedMultiplier { multiplier, shift };
            let multipliers: Vec<_> = multipliers.into_iter().map(factor).collect();
            let down = if is_signed { 128 } else { 0 };
            let rescaling = Rescaling::new(&multipliers, zero_point - down, (low - down, 255 - down));
            let (channels, panels) = (multipliers.len(), multipliers.len().div_ceil(PANEL));
            let mut tiles = Sums([[0; PANEL]; VECTORS]);
            for (index, &(step, near)) in steps.iter().enumerate().take(3 * panels * PANEL) {
                let channel = index / PANEL % panels * PANEL + index % PANEL;
                let Some(multiplier) = multipliers.get(channel) else { continue };
                let real = f64::from(multiplier.multiplier) * (f64::from(multiplier.shift) - 31.0).exp2();
                let sum = ((f64::from(step) - 0.5) / real).round() as i32 + near;
                tiles.0[index / PANEL][index % PANEL] = sum.clamp(-reach, reach);
            }
            let tile = Tile { row: 0, rows: 3, panel: 0, panels };
            for set in InstructionSet::ALL.into_iter().filter(|set| set.is_available()) {
                let bounded = rescaling.bounded(reach as u64).unwrap();
                let bounded = bounded.straightened(3, set, &vec![(-reach, reach); channels]);
                let mut output = vec![0_u8; 3 * channels];
                let target = Target { first: output.as_mut_ptr(), stride: channels };
                // SAFETY: the output has room for the rows; the processor has the instructions.
                unsafe { bounded.finish(set, tile, channels, &tiles, target) };
                for (index, &byte) in output.iter().enumerate() {
                    let (row, channel) = (index / channels, index % channels);
                    let sum = tiles.0[row * panels + channel / PANEL][channel % PANEL];
                    prop_assert_eq!(byte, rescaling.byte(channel, sum), "{:?} {}", set, sum);
                }
            }
        }

        #[test]
        fn vectors_round_as_scalars_do(
            multipliers in prop::collection::vec(multiplier(), 1..129),
            sums in prop::collection::vec(sum(), 3 * 48),
            zero_point in -128..128_i32,
        ) {
            let channels = multipliers.len();
            let rescaling = Rescaling::new(&multipliers, zero_point, (-128, 127));
            let panels = channels.div_ceil(PANEL);
            let rows = rows_of(panels);
            let tile = Tile { row: 0, rows, panel: 0, panels };
            let mut tiles = Sums([[0; PANEL]; VECTORS]);
            for (vector, sums) in tiles.0.iter_mut().zip(sums.chunks_exact(PANEL)) {
                vector.copy_from_slice(sums);
            }
            for set in InstructionSet::ALL.into_iter().filter(|set| set.is_available()) {
                let mut output = vec![0_u8; rows * channels];
                let target = Target { first: output.as_mut_ptr(), stride: channels };
                // SAFETY: the output has room for the rows; the processor has the instructions.
                unsafe { rescaling.finish(set, tile, channels, &tiles, target) };
                for (index, &byte) in output.iter().enumerate() {
                    let (row, channel) = (index / channels, index % channels);
                    let sum = tiles.0[row * panels + channel / PANEL][channel % PANEL];
                    let scaled = multipliers[channel].apply(sum).wrapping_add(zero_point);
                    prop_assert_eq!(byte as i8, scaled.clamp(-128, 127) as i8, "{:?} {}", set, sum);
                }
            }
        }
    }
}
