//! Ways to spoil a tensor that was computed well.

use demilite_core::{DataType, Value};
use half::f16;

/// When an output is spoiled.
pub(crate) struct Moment<'a> {
    /// How many invocations came before.
    pub(crate) invocation: usize,
    /// The bytes of the output before the invocation.
    pub(crate) before: &'a [u8],
    /// The bytes that the first invocation gave, from the second on.
    pub(crate) first: Option<&'a [u8]>,
    /// Whether the first node of the partition gives the output.
    pub(crate) is_of_first_node: bool,
}

/// What a wrong delegate does to an output that the reference computed.
pub(crate) type Spoil = fn(&mut Value, &Moment<'_>);

/// The elements of a tensor of integers, changed one by one; `place` tells where each is, with the extent of its row.
fn integers(value: &mut Value, change: impl Fn(i64, Place) -> i64) {
    let places = Places::of(value);
    macro_rules! change {
        ($($element:ty),+) => {
            $(if let Ok(elements) = value.as_mut_slice::<$element>() {
                for (index, element) in elements.iter_mut().enumerate() {
                    *element = change(i64::from(*element), places.at(index)) as $element;
                }
            })+
        };
    }
    change!(i8, u8, i16, i32, i64);
}

/// The same for floats.
fn floats(value: &mut Value, change: impl Fn(f32, Place) -> f32) {
    let places = Places::of(value);
    if let Ok(elements) = value.as_mut_slice::<f32>() {
        for (index, element) in elements.iter_mut().enumerate() {
            *element = change(*element, places.at(index));
        }
    }
}

/// Where an element is.
#[derive(Clone, Copy)]
struct Place {
    /// In the order of memory.
    index: usize,
    /// How many there are.
    elements: usize,
    /// In its row.
    channel: usize,
    /// The length of a row.
    channels: usize,
}

impl Place {
    fn is_last(self) -> bool {
        self.index + 1 == self.elements
    }

    fn is_last_channel(self) -> bool {
        self.channel + 1 == self.channels
    }

    /// Whether it lies behind the last whole vector of its row.
    fn is_in_tail(self, vector: usize) -> bool {
        self.channel >= self.channels / vector * vector
    }
}

struct Places {
    elements: usize,
    channels: usize,
}

impl Places {
    fn of(value: &Value) -> Self {
        Places {
            elements: value.shape().elements(),
            channels: value.shape().last().copied().unwrap_or(1).max(1),
        }
    }

    fn at(&self, index: usize) -> Place {
        Place {
            index,
            elements: self.elements,
            channel: index % self.channels,
            channels: self.channels,
        }
    }
}

fn width(value: &Value) -> usize {
    value.dtype().bits().map_or(1, |bits| bits.div_ceil(8))
}

pub(crate) fn zeros(value: &mut Value, _: &Moment<'_>) {
    value.bytes_mut().fill(0);
}

pub(crate) fn sevens(value: &mut Value, _: &Moment<'_>) {
    floats(value, |_, _| 7.0);
    integers(value, |_, _| 7);
}

pub(crate) fn one_step_up(value: &mut Value, _: &Moment<'_>) {
    integers(value, |x, _| x + 1);
}

pub(crate) fn one_step_of_the_last(value: &mut Value, _: &Moment<'_>) {
    integers(value, |x, place| x ^ i64::from(place.is_last()));
}

/// Of float16 tensors.
pub(crate) fn one_step_of_float16(value: &mut Value, _: &Moment<'_>) {
    let halves = value.as_mut_slice::<f16>().unwrap_or_default();
    for half in halves.iter_mut().filter(|half| half.is_finite()) {
        *half = f16::from_bits(half.to_bits() + 1);
    }
}

pub(crate) fn one_step_for_negatives(value: &mut Value, _: &Moment<'_>) {
    integers(value, |x, _| x - i64::from(x < 0));
}

pub(crate) fn one_step_of_the_last_channel(value: &mut Value, _: &Moment<'_>) {
    integers(value, |x, place| x ^ i64::from(place.is_last_channel()));
}

pub(crate) fn integers_clipped_short(value: &mut Value, _: &Moment<'_>) {
    let Some((low, high)) = value.dtype().quantized_range() else {
        return;
    };
    let (low, high) = (i64::from(low) + 1, i64::from(high) - 1);
    integers(value, move |x, _| x.clamp(low, high));
}

pub(crate) fn integers_negated(value: &mut Value, _: &Moment<'_>) {
    integers(value, |x, _| -x);
}

pub(crate) fn integers_halved(value: &mut Value, _: &Moment<'_>) {
    integers(value, |x, _| x >> 1);
}

/// Elements behind the last whole vector of four of a row are zero.
pub(crate) fn tail_of_four(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, place| if place.is_in_tail(4) { 0.0 } else { x });
    integers(value, |x, place| if place.is_in_tail(4) { 0 } else { x });
}

/// The same of sixteen.
pub(crate) fn tail_of_sixteen(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, place| if place.is_in_tail(16) { 0.0 } else { x });
    integers(value, |x, place| if place.is_in_tail(16) { 0 } else { x });
}

pub(crate) fn last_channel_is_that_before(value: &mut Value, _: &Moment<'_>) {
    let channels = Places::of(value).channels;
    let width = width(value);
    if channels > 1 {
        for row in value.bytes_mut().chunks_exact_mut(channels * width) {
            row.copy_within(
                (channels - 2) * width..(channels - 1) * width,
                (channels - 1) * width,
            );
        }
    }
}

pub(crate) fn rotated(value: &mut Value, _: &Moment<'_>) {
    let width = width(value);
    value.bytes_mut().rotate_left(width);
}

pub(crate) fn reversed(value: &mut Value, _: &Moment<'_>) {
    let width = width(value);
    let bytes = value.bytes_mut();
    bytes.reverse();
    bytes.chunks_exact_mut(width).for_each(<[u8]>::reverse);
}

pub(crate) fn first_two_swapped(value: &mut Value, _: &Moment<'_>) {
    let width = width(value);
    if let [first, second, ..] = &mut value
        .bytes_mut()
        .chunks_exact_mut(width)
        .collect::<Vec<_>>()[..]
    {
        first.swap_with_slice(second);
    }
}

/// What is not of the outermost first slice stays as it was before.
pub(crate) fn only_the_first_batch(value: &mut Value, moment: &Moment<'_>) {
    let batches = value.shape().iter().next().copied().unwrap_or(1).max(1);
    let bytes = value.bytes_mut();
    let first = bytes.len() / batches;
    if let Some(before) = moment.before.get(first..bytes.len()) {
        bytes[first..].copy_from_slice(before);
    }
}

fn in_invocation(value: &mut Value, moment: &Moment<'_>, wrong: usize) {
    if moment.invocation + 1 == wrong {
        let last = value.bytes_mut().last_mut();
        last.into_iter().for_each(|byte| *byte ^= 1);
    }
}

pub(crate) fn wrong_in_the_second_invocation(value: &mut Value, moment: &Moment<'_>) {
    in_invocation(value, moment, 2);
}

pub(crate) fn wrong_in_the_third_invocation(value: &mut Value, moment: &Moment<'_>) {
    in_invocation(value, moment, 3);
}

pub(crate) fn wrong_in_the_fifth_invocation(value: &mut Value, moment: &Moment<'_>) {
    in_invocation(value, moment, 5);
}

pub(crate) fn wrong_in_the_fiftieth_invocation(value: &mut Value, moment: &Moment<'_>) {
    in_invocation(value, moment, 50);
}

/// Writes a float behind the end of the output.
pub(crate) fn one_beyond(value: &mut Value, _: &Moment<'_>) {
    let end = value.bytes().len();
    let start = value.as_mut_ptr();
    for byte in end..end + 4 {
        // SAFETY: the suite guards outputs, so that there are 64 bytes behind the elements that belong to the tensor.
        unsafe { start.add(byte).write(0x3f) };
    }
}

pub(crate) fn last_is_not_written(value: &mut Value, moment: &Moment<'_>) {
    let width = width(value);
    let bytes = value.bytes_mut();
    let last = bytes.len().saturating_sub(width);
    if let Some(before) = moment.before.get(last..bytes.len()) {
        bytes[last..].copy_from_slice(before);
    }
}

/// The answer of the first invocation, ever after.
pub(crate) fn stale(value: &mut Value, moment: &Moment<'_>) {
    if let Some(first) = moment.first
        && first.len() == value.bytes().len()
    {
        value.bytes_mut().copy_from_slice(first);
    }
}

/// 7.0 for what any node but the first of a group gives.
pub(crate) fn sevens_after_the_first_node(value: &mut Value, moment: &Moment<'_>) {
    if !moment.is_of_first_node {
        sevens(value, moment);
    }
}

pub(crate) fn one_step_of_a_float(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, place| match place.is_last() && x.is_finite() {
        true => f32::from_bits(x.to_bits() ^ 1),
        false => x,
    });
}

/// The next float16 of all that are none of the simplest.
pub(crate) fn one_step_of_a_half(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| {
        let half = f16::from_f32(x);
        match x.is_finite() && half.to_bits() & 0x3ff != 0 {
            true => f16::from_bits(half.to_bits() ^ 1).to_f32(),
            false => x,
        }
    });
}

pub(crate) fn plain_zero_for_negative_zero(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| x + 0.0);
}

pub(crate) fn nan_is_swallowed(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| if x.is_nan() { 0.0 } else { x });
}

pub(crate) fn nan_is_a_large_number(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| if x.is_nan() { f32::MAX } else { x });
}

pub(crate) fn infinities_are_clipped(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| match x.is_nan() {
        true => x,
        false => x.clamp(-f32::MAX, f32::MAX),
    });
}

pub(crate) fn only_minus_infinity_is_clipped(value: &mut Value, _: &Moment<'_>) {
    floats(
        value,
        |x, _| if x == f32::NEG_INFINITY { -f32::MAX } else { x },
    );
}

pub(crate) fn infinities_are_nan(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| if x.is_infinite() { f32::NAN } else { x });
}

pub(crate) fn negatives_are_doubled(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| if x < 0.0 { 2.0 * x } else { x });
}

pub(crate) fn a_thousandth_too_large(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| x * 1.001);
}

pub(crate) fn a_hundredth_too_small(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| x * 0.99);
}

pub(crate) fn a_hundredth_is_added(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| x + 0.01);
}

pub(crate) fn small_numbers_are_zero(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| if x.abs() < 1.5 { 0.0 } else { x });
}

pub(crate) fn tiny_numbers_are_zero(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| if x.abs() < 1.0 / 256.0 { 0.0 } else { x });
}

pub(crate) fn rounded_to_bfloat16(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| half::bf16::from_f32(x).to_f32());
}

pub(crate) fn rounded_to_float16(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| f16::from_f32(x).to_f32());
}

/// To the next float16 above.
pub(crate) fn rounded_up_to_float16(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| {
        let half = f16::from_f32(x);
        match half.to_f32() < x {
            true if half.to_bits() == 0x8000 => f16::from_bits(1).to_f32(),
            true if half.is_sign_negative() => f16::from_bits(half.to_bits() - 1).to_f32(),
            true => f16::from_bits(half.to_bits() + 1).to_f32(),
            false => half.to_f32(),
        }
    });
}

/// To the next float16 towards zero.
pub(crate) fn cut_off_to_float16(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| {
        let half = f16::from_f32(x);
        match half.to_f32().abs() > x.abs() {
            true => f16::from_bits(half.to_bits() - 1).to_f32(),
            false => half.to_f32(),
        }
    });
}

pub(crate) fn sizes(value: &mut Value, _: &Moment<'_>) {
    floats(value, |x, _| x.abs());
}

pub(crate) fn bools_inverted(value: &mut Value, _: &Moment<'_>) {
    if value.dtype() == DataType::Bool {
        value.bytes_mut().iter_mut().for_each(|byte| *byte ^= 1);
    }
}

pub(crate) fn last_bool_inverted(value: &mut Value, _: &Moment<'_>) {
    if value.dtype() == DataType::Bool {
        let last = value.bytes_mut().last_mut();
        last.into_iter().for_each(|byte| *byte ^= 1);
    }
}
