//! Rows of floats that are quantized to int8 at run time. Bytes are 128 more, so that they are unsigned.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use demilite_core::quantization::{RowQuantization, RowScale};

use crate::machine::Machine;
use crate::product::integer::Operand;
use crate::target::Target;
use crate::vectors::dispatch;

/// Elements of a thread's part of a row.
const GRAIN: usize = 4096;

/// The integer of a float, as [`RowScale::operand`] has it less the zero point, in steps that become vectors.
#[inline(always)]
fn apply(scale: &RowScale, value: f32) -> i32 {
    let quantized = (value * scale.inverse).round() + scale.zero_point;
    let quantized = if quantized < scale.least {
        scale.least
    } else {
        quantized
    };
    let quantized = if quantized > 127.0 { 127.0 } else { quantized };
    let quantized = if quantized.is_nan() {
        scale.zero_point
    } else {
        quantized
    };
    // SAFETY: it lies between −128 and 127, and so does the zero point.
    unsafe { quantized.to_int_unchecked() }
}

/// Writes the operands of floats: their integers, or those less the zero point.
#[inline(always)]
fn write_row(scale: &RowScale, values: &[f32], operand: Operand, bytes: &mut [u8]) {
    match operand {
        Operand::Bytes => {
            for (byte, &value) in bytes.iter_mut().zip(values) {
                *byte = (apply(scale, value) + 128) as u8;
            }
        }
        Operand::Words => {
            let words: &mut [i16] = bytemuck::cast_slice_mut(bytes);
            let zero_point = scale.zero_point as i16;
            for (word, &value) in words.iter_mut().zip(values) {
                *word = apply(scale, value) as i16 - zero_point;
            }
        }
    }
}

/// The bits of the scale, and what is to be subtracted from a sum of products for each unit of the weights' sum.
fn correction(scale: &RowScale, operand: Operand) -> [u32; 2] {
    let zero_point = match operand {
        Operand::Bytes => scale.zero_point as i32 + 128,
        Operand::Words => 0,
    };
    [scale.scale.to_bits(), zero_point as u32]
}

/// The byte of which the zero of a row consists; the first byte of its word, where it consists of words.
pub(crate) fn zero([_, zero_point]: [u32; 2]) -> u8 {
    zero_point as u8
}

/// No number.
const NOTHING: (f32, f32) = (f32::INFINITY, f32::NEG_INFINITY);

/// The least and the greatest value of some floats; NaN is passed over.
#[inline(always)]
fn bounds(values: &[f32]) -> (f32, f32) {
    /// Values that are compared side by side: their bounds stay in registers.
    const SIDE: usize = 32;
    let (mut least, mut greatest) = ([NOTHING.0; SIDE], [NOTHING.1; SIDE]);
    let (blocks, rest) = values.as_chunks::<SIDE>();
    for block in blocks {
        // As new arrays: of elements that are left as they are, masked stores would be made.
        least = std::array::from_fn(|index| match block[index] < least[index] {
            true => block[index],
            false => least[index],
        });
        greatest = std::array::from_fn(|index| match block[index] > greatest[index] {
            true => block[index],
            false => greatest[index],
        });
    }
    for (index, &value) in rest.iter().enumerate() {
        least[index] = least[index].min(value);
        greatest[index] = greatest[index].max(value);
    }
    least.into_iter().zip(greatest).fold(NOTHING, join)
}

/// The bounds of two ranges together.
#[inline(always)]
fn join(left: (f32, f32), right: (f32, f32)) -> (f32, f32) {
    (left.0.min(right.0), left.1.max(right.1))
}

/// The bounds of a row: NaN where it holds nothing else.
fn or_nan((least, greatest): (f32, f32)) -> (f32, f32) {
    if least > greatest {
        (f32::NAN, f32::NAN)
    } else {
        (least, greatest)
    }
}

/// Quantizes rows of equal length, as many as `rows` holds. Each gets the bits of its scale, and what is to be subtracted from a
/// sum of products for each unit of the weights' sum.
pub(crate) fn quantize(
    values: &[f32],
    quantization: RowQuantization,
    operand: Operand,
    rows: &mut [[u32; 2]],
    bytes: &mut [u8],
    machine: Machine,
) {
    let Some(length) = values
        .len()
        .checked_div(rows.len())
        .filter(|&length| length > 0)
    else {
        return;
    };
    let size = operand.size();
    assert_eq!(
        bytes.len(),
        values.len() * size,
        "an operand for each float"
    );
    let (corrections, target) = (
        Target {
            first: rows.as_mut_ptr(),
            stride: 1,
        },
        Target {
            first: bytes.as_mut_ptr(),
            stride: length * size,
        },
    );
    let write = |scale: &RowScale, range: Range<usize>| {
        // SAFETY: there is an operand for each float; ranges do not meet.
        let bytes = unsafe {
            let first = target.first().add(range.start * size);
            std::slice::from_raw_parts_mut(first, range.len() * size)
        };
        dispatch(
            machine.set,
            #[inline(always)]
            || write_row(scale, &values[range], operand, bytes),
        );
    };
    let within = |range: Range<usize>| {
        let mut found = NOTHING;
        dispatch(
            machine.set,
            #[inline(always)]
            || found = bounds(&values[range]),
        );
        found
    };
    if rows.len() > 1 {
        machine.threads.split(rows.len(), 1, |range| {
            for row in range {
                let range = row * length..(row + 1) * length;
                let scale = RowScale::of_range(or_nan(within(range.clone())), quantization);
                write(&scale, range);
                // SAFETY: rows do not meet.
                unsafe { *corrections.first().add(row) = correction(&scale, operand) };
            }
        });
        return;
    }
    let found = Mutex::new(NOTHING);
    machine.threads.split(length, GRAIN, |range| {
        let part = within(range);
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        *found = join(*found, part);
    });
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let scale = RowScale::of_range(or_nan(found), quantization);
    machine
        .threads
        .split(length, GRAIN, |range| write(&scale, range));
    rows[0] = correction(&scale, operand);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::instruction_set::InstructionSet;
    use crate::threads::Threads;

    fn value() -> impl Strategy<Value = f32> {
        prop_oneof![
            20 => -8.0_f32..8.0,
            5 => Just(0.0_f32),
            3 => (-40..40_i32).prop_map(|number| number as f32 / 2.0),
            1 => Just(f32::NAN),
            1 => prop_oneof![Just(f32::INFINITY), Just(f32::MIN), Just(f32::from_bits(1))],
        ]
    }

    proptest! {
        #[test]
        fn rows_are_quantized_as_one_float_after_another_is(
            values in prop::collection::vec(value(), 1..400),
            count in 1..4_usize,
            asymmetric: bool,
        ) {
            let length = values.len().div_ceil(count);
            let mut values = values;
            values.resize(length * count, -0.0);
            let quantization = if asymmetric { RowQuantization::Asymmetric } else { RowQuantization::Symmetric };
            for set in InstructionSet::ALL.into_iter().filter(|set| set.is_available()) {
                let machine = Machine { set, threads: Threads(2) };
                let mut rows = vec![[0; 2]; count];
                let mut bytes = vec![0; values.len()];
                quantize(&values, quantization, Operand::Bytes, &mut rows, &mut bytes, machine);
                let mut words = vec![0_i16; values.len()];
                let target = bytemuck::cast_slice_mut(&mut words);
                quantize(&values, quantization, Operand::Words, &mut vec![[0; 2]; count], target, machine);
                for (index, row) in values.chunks(length).enumerate() {
                    let scale = RowScale::new(row, quantization);
                    prop_assert_eq!(rows[index], correction(&scale, Operand::Bytes), "{:?}", set);
                    for (at, &value) in row.iter().enumerate() {
                        let (byte, word) = (i16::from(bytes[index * length + at]) - 128, words[index * length + at]);
                        prop_assert_eq!(word, scale.operand(value), "{:?} {}", set, value);
                        prop_assert_eq!(byte, word + scale.zero_point as i16, "{:?} {}", set, value);
                    }
                }
            }
        }
    }
}
