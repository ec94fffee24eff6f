//! Products on each set of instructions, against plain loops.

use demilite_core::geometry::{Extent, Window};
use demilite_core::quantization::QuantizedMultiplier;
use proptest::prelude::*;

use crate::instruction_set::InstructionSet;
use crate::layers::corrections::Corrections;
use crate::machine::Machine;
use crate::product::float::{FloatProduct, Rounding};
use crate::product::geometry::Geometry;
use crate::product::integer::{self, Activations, IntegerProduct, IntegerSums, Operand};
use crate::product::operands::{Operands, widen};
use crate::product::wide::{NarrowProduct, WideProduct, WideScaling, WideSums};
use crate::product::words;
use crate::rescaling::Rescaling;
use crate::threads::Threads;

/// The instruction sets of this processor, with threads to share their work.
fn machines() -> impl Iterator<Item = Machine> {
    let sets = InstructionSet::ALL
        .into_iter()
        .filter(|set| set.is_available());
    sets.map(|set| Machine {
        set,
        threads: Threads(2),
    })
}

/// Numbers that look random, the same ones each time.
fn numbers(count: usize, seed: u64) -> Vec<i32> {
    let mut state = seed | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as i32
    };
    (0..count).map(next).collect()
}

fn extent() -> impl Strategy<Value = Extent> {
    (1..9_usize, 1..4_usize, 1..3_usize, 1..3_usize, 0..3_usize).prop_map(
        |(input, filter, stride, dilation, padding)| {
            let reach = (filter - 1) * dilation + 1;
            let padding = padding.min(reach - 1);
            let room = (input + 2 * padding).max(reach) - reach;
            Extent {
                input,
                output: room / stride + 1,
                filter,
                stride,
                dilation,
                padding,
            }
        },
    )
}

/// Convolutions, and matrices that meet a single row or many.
fn geometry() -> impl Strategy<Value = Geometry> {
    let row = (1..200_usize, 1..300_usize);
    let row = row.prop_map(|(depth, outputs)| Geometry::matrix(1, depth, outputs));
    // Few panels have the highest tiles.
    let depth = prop_oneof![4 => 1..200_usize, 1 => Just(16_usize)];
    let outputs = prop_oneof![1..150_usize, 1..33_usize];
    let rows = (2..80_usize, depth, outputs);
    let rows = rows.prop_map(|(rows, depth, outputs)| Geometry::matrix(rows, depth, outputs));
    prop_oneof![4 => convolution(), 1 => row, 1 => rows]
}

fn convolution() -> impl Strategy<Value = Geometry> {
    (
        1..3_usize,
        extent(),
        extent(),
        1..3_usize,
        prop_oneof![3 => 1..20_usize, 1 => (1..9_usize).prop_map(|sixteens| 16 * sixteens)],
        1..40_usize,
    )
        .prop_map(
            |(batches, rows, columns, groups, depth, outputs)| Geometry {
                window: Window {
                    batches,
                    rows,
                    columns,
                },
                input_channels: groups * depth,
                output_channels: groups * outputs,
                groups,
            },
        )
}

/// The sum of each output, in the order of memory. Activations are less their zero point.
fn sums(geometry: &Geometry, input: &[i32], weights: &[i8]) -> Vec<i64> {
    let (window, depth, taps) = (&geometry.window, geometry.depth(), geometry.window.taps());
    let mut place = window.place(0);
    let mut sums = Vec::new();
    for _ in 0..window.outputs() {
        for channel in 0..geometry.output_channels {
            let first = channel / geometry.outputs() * depth;
            let mut sum = 0;
            window.for_each_tap(place, |tap, position| {
                let Some(position) = position else { return };
                let pixel = &input[position * geometry.input_channels + first..][..depth];
                let filter = &weights[(channel * taps + tap) * depth..][..depth];
                let products = pixel
                    .iter()
                    .zip(filter)
                    .map(|(&x, &w)| i64::from(x) * i64::from(w));
                sum += products.sum::<i64>();
            });
            sums.push(sum);
        }
        place = window.next(place);
    }
    sums
}

fn weights_of(geometry: &Geometry, seed: u64) -> Vec<i8> {
    let count = geometry.output_channels * geometry.window.taps() * geometry.depth();
    numbers(count, seed)
        .into_iter()
        .map(|number| number as i8)
        .collect()
}

fn multipliers(count: usize, seed: u64) -> Vec<QuantizedMultiplier> {
    let factor = |number: i32| {
        QuantizedMultiplier::from_factor(2_f64.powf(f64::from(number % 24) / 2.0 - 9.0))
    };
    numbers(count, seed).into_iter().map(factor).collect()
}

proptest! {
    #[test]
    fn bytes_come_out_of_plain_loops_too(geometry in geometry(), seed: u64, zero_point in -128..128_i32) {
        let bytes: Vec<i8> = numbers(geometry.input_elements(), seed).into_iter().map(|number| number as i8).collect();
        let weights = weights_of(&geometry, seed ^ 1);
        let bias = numbers(geometry.output_channels, seed ^ 2);
        let bias: Vec<i32> = bias.into_iter().map(|bias| bias >> 14).collect();
        let factors = multipliers(geometry.output_channels, seed ^ 3);
        let offset: Vec<i32> = bytes.iter().map(|&byte| i32::from(byte) - zero_point).collect();
        let expected: Vec<i8> = sums(&geometry, &offset, &weights)
            .iter()
            .enumerate()
            .map(|(index, &sum)| {
                let channel = index % geometry.output_channels;
                let scaled = factors[channel].apply(sum as i32 + bias[channel]);
                scaled.wrapping_add(5).clamp(-100, 127) as i8
            })
            .collect();
        let (outputs, filters) = (geometry.outputs(), weights.len() / geometry.groups);
        for machine in machines() {
            let activations = Activations { signed: true, zero_point };
            let operand = Operand::of(machine.set);
            let flip = operand.flip(activations);
            let layout = geometry.layout(operand.size(), integer::group(machine.set), flip);
            let taps = layout.taps(&geometry.window);
            let group = |group: usize| {
                let bias = &bias[group * outputs..][..outputs];
                let sums = IntegerSums::new(&weights[group * filters..][..filters], taps, bias, activations, machine.set);
                (sums, Rescaling::new(&factors[group * outputs..][..outputs], 5, (-100, 127)))
            };
            let groups: Vec<_> = (0..geometry.groups).map(group).collect();
            let mut words = vec![0; bytes.len()];
            widen(bytemuck::cast_slice(&bytes), true, zero_point, &mut words, machine);
            let (input, outside): (&[u8], u8) = match operand {
                Operand::Bytes => (bytemuck::cast_slice(&bytes), zero_point as u8 ^ flip),
                Operand::Words => (bytemuck::cast_slice(&words), 0),
            };
            let border = vec![outside; geometry.depth() * operand.size()];
            let operands = Operands { bytes: input, border: &border, layout };
            let product = |group: usize| IntegerProduct {
                sums: &groups[group].0,
                epilogue: &groups[group].1,
                corrections: None,
            };
            let mut scratch = vec![0; layout.scratch(&geometry.window, geometry.depth())];
            let mut output = vec![0_i8; expected.len()];
            operands.multiply(&geometry, product, &mut scratch, bytemuck::cast_slice_mut(&mut output), machine);
            prop_assert_eq!(&output, &expected, "{:?}", machine.set);
        }
    }

    #[test]
    fn corrections_are_sums_of_what_each_result_reads(
        geometry in geometry(),
        seed: u64,
        signed: bool,
        zero_point in 0..128_i32,
        factor in -255..255_i32,
    ) {
        let input: Vec<u8> = numbers(geometry.input_elements(), seed).into_iter().map(|number| number as u8).collect();
        let activations = Activations { signed, zero_point };
        let values: Vec<i32> = input
            .iter()
            .map(|&byte| if signed { i32::from(byte as i8) } else { byte.into() } - zero_point)
            .collect();
        let corrections = Corrections { geometry: &geometry, activations, factor };
        let (window, depth) = (&geometry.window, geometry.depth());
        let mut expected = Vec::new();
        for group in 0..geometry.groups {
            let mut place = window.place(0);
            for _ in 0..window.outputs() {
                let mut sum = 0;
                window.for_each_tap(place, |_, position| {
                    let Some(position) = position else { return };
                    let pixel = &values[position * geometry.input_channels + group * depth..][..depth];
                    sum += pixel.iter().sum::<i32>();
                });
                expected.push(sum * factor);
                place = window.next(place);
            }
        }
        for machine in machines() {
            let mut found = vec![i32::MIN; corrections.count()];
            let mut scratch = vec![i32::MAX; corrections.scratch()];
            corrections.write(&input, &mut scratch, &mut found, machine.set);
            prop_assert_eq!(&found, &expected, "{:?}", machine.set);
        }
    }

    #[test]
    fn words_come_out_of_plain_loops_too(geometry in geometry(), seed: u64) {
        let input: Vec<i16> = numbers(geometry.input_elements(), seed).into_iter().map(|number| number as i16).collect();
        let weights = weights_of(&geometry, seed ^ 1);
        let bias: Vec<i64> = numbers(geometry.output_channels, seed ^ 2).into_iter().map(i64::from).collect();
        let factors = multipliers(geometry.output_channels, seed ^ 3);
        let wide: Vec<i32> = input.iter().map(|&word| word.into()).collect();
        let expected: Vec<i16> = sums(&geometry, &wide, &weights)
            .iter()
            .enumerate()
            .map(|(index, &sum)| {
                let channel = index % geometry.output_channels;
                factors[channel].apply_64(sum + bias[channel]).clamp(-32768, 32767) as i16
            })
            .collect();
        let (outputs, filters) = (geometry.outputs(), weights.len() / geometry.groups);
        for machine in machines() {
            let layout = geometry.layout(size_of::<i16>(), words::group(machine.set), 0);
            let taps = layout.taps(&geometry.window);
            let group = |group: usize| {
                let all = group * outputs..(group + 1) * outputs;
                (
                    WideSums::new(&weights[group * filters..][..filters], taps, outputs, machine.set),
                    WideScaling::new(&factors[all.clone()], Some(&bias[all]), (-32768, 32767)),
                )
            };
            let groups: Vec<_> = (0..geometry.groups).map(group).collect();
            let border = vec![0; geometry.depth() * size_of::<i16>()];
            let operands = Operands { bytes: bytemuck::cast_slice(&input), border: &border, layout };
            let mut scratch = vec![0; layout.scratch(&geometry.window, geometry.depth())];
            let mut output = vec![0; expected.len()];
            let wide = |group: usize| {
                let (sums, scaling) = &groups[group];
                WideProduct { sums, scaling }
            };
            operands.multiply(&geometry, wide, &mut scratch, &mut output, machine);
            prop_assert_eq!(&output, &expected, "{:?}", machine.set);
            if groups.iter().all(|(sums, _)| sums.is_narrow()) {
                let narrow = |group: usize| {
                    let (sums, scaling) = &groups[group];
                    NarrowProduct { sums, scaling }
                };
                operands.multiply(&geometry, narrow, &mut scratch, &mut output, machine);
                prop_assert_eq!(&output, &expected, "{:?}", machine.set);
            }
        }
    }

    #[test]
    fn floats_that_are_rounded_twice_have_the_bits_of_plain_loops(geometry in geometry(), seed: u64) {
        let real = |number: i32| (number >> 12) as f32 / 4096.0;
        let input: Vec<f32> = numbers(geometry.input_elements(), seed).into_iter().map(real).collect();
        let count = geometry.output_channels * geometry.window.taps() * geometry.depth();
        let weights: Vec<f32> = numbers(count, seed ^ 1).into_iter().map(real).collect();
        let (window, depth, taps) = (&geometry.window, geometry.depth(), geometry.window.taps());
        let mut expected = Vec::new();
        let mut place = window.place(0);
        for _ in 0..window.outputs() {
            for channel in 0..geometry.output_channels {
                let first = channel / geometry.outputs() * depth;
                let (mut sum, mut magnitude) = (0.0_f32, 0.0_f32);
                window.for_each_tap(place, |tap, position| {
                    let Some(position) = position else { return };
                    for index in 0..depth {
                        let x = input[position * geometry.input_channels + first + index];
                        let product = x * weights[(channel * taps + tap) * depth + index];
                        sum += product;
                        magnitude += product.abs();
                    }
                });
                // Either way each product and each sum rounds by half a unit in the last place of the magnitude at most.
                let bound = 2.0 * (taps * depth) as f32 * f32::EPSILON * magnitude;
                expected.push(((sum + 0.0).clamp(-50.0, f32::MAX), bound));
            }
            place = window.next(place);
        }
        let (outputs, filters) = (geometry.outputs(), weights.len() / geometry.groups);
        let border = vec![0; depth * size_of::<f32>()];
        let layout = geometry.layout(size_of::<f32>(), 1, 0);
        for machine in machines() {
            for rounding in [Rounding::Twice, Rounding::Once] {
                let group = |group: usize| {
                    let weights = &weights[group * filters..][..filters];
                    FloatProduct::new(weights, layout.taps(window), outputs, None, (-50.0, f32::MAX), rounding, machine.set)
                };
                let groups: Vec<_> = (0..geometry.groups).map(group).collect();
                let operands = Operands { bytes: bytemuck::cast_slice(&input), border: &border, layout };
                let mut output = vec![0.0; expected.len()];
                let mut scratch = vec![0; layout.scratch(&geometry.window, geometry.depth())];
                operands.multiply(&geometry, |group| &groups[group], &mut scratch, &mut output, machine);
                for (output, (expected, bound)) in output.iter().zip(&expected) {
                    match rounding {
                        Rounding::Twice => prop_assert_eq!(output.to_bits(), expected.to_bits(), "{:?}", machine.set),
                        Rounding::Once => prop_assert!((output - expected).abs() <= *bound, "{:?}", machine.set),
                    }
                }
            }
        }
    }
}
