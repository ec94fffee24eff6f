//! Depthwise convolutions on each set of instructions, against plain loops.

use demilite_core::geometry::{Extent, Window};
use demilite_core::quantization::QuantizedMultiplier;
use proptest::prelude::*;

use super::float::FloatDepthwise;
use super::words::{self, WordsDepthwise, WordsProduct};
use super::{Depthwise, convolve};
use crate::instruction_set::{InstructionSet, Vectors};
use crate::product::float::Rounding;
use crate::product::integer::{Activations, Operand};
use crate::product::reads::Image;
use crate::rescaling::Rescaling;
use crate::target::Target;

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
    let filter = prop_oneof![Just(3_usize), 1..6_usize];
    (1..12_usize, filter, 1..4_usize, 1..3_usize, 0..3_usize).prop_map(
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

fn window() -> impl Strategy<Value = Window> {
    (1..3_usize, extent(), extent()).prop_map(|(batches, rows, columns)| Window {
        batches,
        rows,
        columns,
    })
}

fn elements(window: &Window, channels: usize) -> usize {
    window.batches * window.rows.input * window.columns.input * channels
}

/// Calls `visit` with the index of each output, its channel, and the positions that its taps meet.
fn for_each_output(
    window: &Window,
    channels: usize,
    mut visit: impl FnMut(usize, &[Option<usize>]),
) {
    let mut place = window.place(0);
    for _ in 0..window.outputs() {
        let mut positions = Vec::new();
        window.for_each_tap(place, |_, position| positions.push(position));
        for channel in 0..channels {
            visit(channel, &positions);
        }
        place = window.next(place);
    }
}

/// The outputs of a convolution of images of elements as large as those of `border`.
fn outputs<D: Depthwise<Output: Default>>(
    depthwise: &D,
    window: &Window,
    bytes: &[u8],
    border: &[u8],
    channels: usize,
) -> Vec<D::Output> {
    let mut output = vec![D::Output::default(); window.outputs() * channels];
    let image = Image {
        bytes,
        stride: border.len(),
        depth: border.len(),
        border,
        flip: 0,
    };
    let target = Target {
        first: output.as_mut_ptr(),
        stride: channels,
    };
    // SAFETY: the output has room.
    unsafe {
        convolve(
            depthwise,
            window,
            (image, window.batches * window.rows.input),
            0..window.batches * window.rows.output,
            target,
        )
    };
    output
}

fn sets() -> impl Iterator<Item = InstructionSet> {
    let all = InstructionSet::ALL.into_iter();
    all.filter(|set| set.is_available())
}

proptest! {
    #[test]
    fn integers_come_out_of_plain_loops_too(
        window in window(),
        channels in 1..150_usize,
        signed: bool,
        shift in -14..2_i32,
        (seed, filter_zero_point) in (any::<u64>(), prop_oneof![Just(0_i16), -127..128_i16]),
    ) {
        let zero_point = if signed { -11 } else { 117 };
        let bytes: Vec<u8> = numbers(elements(&window, channels), seed).into_iter().map(|number| number as u8).collect();
        let value = |byte: u8| if signed { i32::from(byte as i8) } else { i32::from(byte) };
        let weights: Vec<i16> = numbers(window.taps() * channels, seed ^ 1)
            .into_iter()
            .map(|number| i16::from(number as i8) - filter_zero_point)
            .collect();
        let bias: Vec<i32> = numbers(channels, seed ^ 2).into_iter().map(|number| number >> 16).collect();
        let factor = |number: i32| QuantizedMultiplier { multiplier: number | (1 << 30), shift };
        let multipliers: Vec<_> = numbers(channels, seed ^ 3).into_iter().map(|number| factor(number & i32::MAX)).collect();
        let clamp = if signed { (-128, 100) } else { (3, 255) };
        let rescaling = Rescaling::new(&multipliers, 7, clamp);
        let mut expected = Vec::new();
        for_each_output(&window, channels, |channel, positions| {
            let mut sum = bias[channel];
            for (tap, position) in positions.iter().enumerate() {
                let Some(position) = position else { continue };
                sum += (value(bytes[position * channels + channel]) - zero_point) * i32::from(weights[tap * channels + channel]);
            }
            expected.push(rescaling.byte(channel, sum));
        });
        let words: Vec<i16> = bytes.iter().map(|&byte| (value(byte) - zero_point) as i16).collect();
        let activations = Activations { signed, zero_point };
        for set in sets() {
            let of_words = WordsDepthwise::new(&weights, &bias, set);
            let mut forms = vec![(of_words, bytemuck::cast_slice(&words), vec![0; channels * 2])];
            if words::operand(set) == Operand::Bytes {
                let of_bytes = WordsDepthwise::of_bytes(&weights, &bias, activations, &window, set);
                forms.push((of_bytes, &bytes[..], vec![zero_point as u8; channels]));
            }
            for (sums, input, border) in &forms {
                let any = WordsProduct { sums, epilogue: &rescaling };
                prop_assert_eq!(&outputs(&any, &window, input, border, channels), &expected, "{:?}", set);
                let bounded = rescaling.bounded(sums.largest(255)).unwrap();
                let bounded = WordsProduct { sums, epilogue: &bounded };
                prop_assert_eq!(&outputs(&bounded, &window, input, border, channels), &expected, "{:?}", set);
            }
        }
        #[cfg(target_arch = "x86_64")]
        if InstructionSet::Avx512Vnni.is_available() {
            use super::bytes::{BytesDepthwise, BytesProduct, channel_at, places};
            let sums = BytesDepthwise::new(&weights, &bias, activations, &window);
            let rescaling = rescaling.reordered(places(channels), |place| channel_at(place, channels));
            let border = vec![zero_point as u8; channels];
            let any = BytesProduct { sums: &sums, outputs: &rescaling };
            prop_assert_eq!(&outputs(&any, &window, &bytes, &border, channels), &expected);
            let bounded = rescaling.bounded(sums.largest()).unwrap();
            let bounded = BytesProduct { sums: &sums, outputs: &bounded };
            prop_assert_eq!(&outputs(&bounded, &window, &bytes, &border, channels), &expected);
        }
    }

    #[test]
    fn floats_have_the_bits_of_plain_loops(window in window(), channels in 1..70_usize, seed: u64) {
        let real = |number: i32| (number >> 12) as f32 / 4096.0;
        let input: Vec<f32> = numbers(elements(&window, channels), seed).into_iter().map(real).collect();
        let weights: Vec<f32> = numbers(window.taps() * channels, seed ^ 1).into_iter().map(real).collect();
        let bias: Vec<f32> = numbers(channels, seed ^ 2).into_iter().map(real).collect();
        let mut expected = [Vec::new(), Vec::new()];
        for_each_output(&window, channels, |channel, positions| {
            let mut sums = [0.0_f32; 2];
            for (tap, position) in positions.iter().enumerate() {
                let Some(position) = position else { continue };
                let (operand, weight) = (input[position * channels + channel], weights[tap * channels + channel]);
                sums = [sums[0] + operand * weight, operand.mul_add(weight, sums[1])];
            }
            for (expected, sum) in expected.iter_mut().zip(sums) {
                expected.push((sum + bias[channel]).clamp(-50.0, f32::MAX).to_bits());
            }
        });
        for (set, rounding) in sets().flat_map(|set| [Rounding::Twice, Rounding::Once].map(|rounding| (set, rounding))) {
            let kind = ((-50.0, f32::MAX), rounding);
            let depthwise = FloatDepthwise::new(&weights, channels, Some(&bias), kind, (&window, set));
            let border = vec![0; channels * 4];
            let output = outputs(&depthwise, &window, bytemuck::cast_slice(&input), &border, channels);
            for (index, output) in output.iter().enumerate() {
                // Plain loops, which take what vectors leave over, always round twice.
                let is_plain = set == InstructionSet::Portable
                    || set.vectors() == Vectors::Bits256 && index % channels >= channels / 8 * 8;
                let expected = &expected[usize::from(rounding == Rounding::Once && !is_plain)];
                prop_assert_eq!(output.to_bits(), expected[index], "{:?} {:?}", set, rounding);
            }
        }
    }
}
