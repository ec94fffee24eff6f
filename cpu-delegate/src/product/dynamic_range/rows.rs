//! Rows of floats that are quantized to int8 at run time.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::machine::Machine;
use crate::product::integer::Operand;
use crate::target::Target;
use crate::vectors::dispatch;

/// Elements of a thread's part of a row.
const GRAIN: usize = 4096;

/// Where the zero of a row that is quantized at run time lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowQuantization {
    /// Zero point 0; the largest magnitude is 127.
    Symmetric,
    /// The range, widened to hold 0, goes from −128 to 127.
    Asymmetric,
}

/// How a row is quantized: `(x · inverse).round() + zero_point`, clamped.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Steps {
    scale: f32,
    inverse: f32,
    zero_point: f32,
    least: f32,
}

impl Steps {
    fn of((least, greatest): (f32, f32), quantization: RowQuantization) -> Self {
        let none = Steps {
            scale: 1.0,
            inverse: 0.0,
            zero_point: 0.0,
            least: -127.0,
        };
        match quantization {
            RowQuantization::Symmetric => {
                let range = least.abs().max(greatest.abs());
                if range == 0.0 {
                    return none;
                }
                Steps {
                    scale: range / 127.0,
                    inverse: 127.0 / range,
                    zero_point: 0.0,
                    least: -127.0,
                }
            }
            RowQuantization::Asymmetric => {
                let (least, greatest) = (least.min(0.0), greatest.max(0.0));
                if least == greatest {
                    return none;
                }
                // The range is a single-precision difference; the zero point follows from the double scale, the integers from
                // the single one.
                let scale = f64::from(greatest - least) / 255.0;
                let (below, above) = (f64::from(least) / scale, f64::from(greatest) / scale);
                let zero_point = if 128.0 + below.abs() < 127.0 + above.abs() {
                    -128.0 - below
                } else {
                    127.0 - above
                };
                let scale = scale as f32;
                Steps {
                    scale,
                    // A range too small for a scale has no steps.
                    inverse: if scale == 0.0 { 0.0 } else { 1.0 / scale },
                    zero_point: zero_point.round().clamp(-128.0, 127.0) as f32,
                    least: -128.0,
                }
            }
        }
    }

    /// The integer of a float. The zero point is added after rounding, so that no tie arises from the sum.
    #[inline(always)]
    fn apply(&self, value: f32) -> i32 {
        let quantized = (value * self.inverse).round() + self.zero_point;
        let quantized = if quantized < self.least {
            self.least
        } else {
            quantized
        };
        let quantized = if quantized > 127.0 { 127.0 } else { quantized };
        let quantized = if quantized.is_nan() {
            self.zero_point
        } else {
            quantized
        };
        // SAFETY: it lies between −128 and 127.
        unsafe { quantized.to_int_unchecked() }
    }

    /// Writes the operands of floats: their integers, or those less the zero point.
    #[inline(always)]
    fn write(&self, values: &[f32], operand: Operand, bytes: &mut [u8]) {
        match operand {
            Operand::Bytes => {
                for (byte, &value) in bytes.iter_mut().zip(values) {
                    *byte = self.apply(value) as u8;
                }
            }
            Operand::Words => {
                let words: &mut [i16] = bytemuck::cast_slice_mut(bytes);
                let zero_point = self.zero_point as i16;
                for (word, &value) in words.iter_mut().zip(values) {
                    *word = self.apply(value) as i16 - zero_point;
                }
            }
        }
    }

    /// The bits of the scale, and what is to be subtracted from a sum of products for each unit of the weights' sum.
    fn correction(&self, operand: Operand) -> [u32; 2] {
        let zero_point = match operand {
            // Sums are of bytes plus 128.
            Operand::Bytes => self.zero_point as i32 + 128,
            Operand::Words => 0,
        };
        [self.scale.to_bits(), zero_point as u32]
    }
}

/// No number.
const NOTHING: (f32, f32) = (f32::INFINITY, f32::NEG_INFINITY);

/// The least and the greatest value of some floats; NaN is passed over.
#[inline(always)]
fn bounds(values: &[f32]) -> (f32, f32) {
    /// Values that are compared side by side.
    const SIDE: usize = 64;
    let (mut least, mut greatest) = ([NOTHING.0; SIDE], [NOTHING.1; SIDE]);
    let mut compare = |values: &[f32]| {
        for ((least, greatest), &value) in least.iter_mut().zip(&mut greatest).zip(values) {
            *least = if value < *least { value } else { *least };
            *greatest = if value > *greatest { value } else { *greatest };
        }
    };
    let blocks = values.chunks_exact(SIDE);
    let rest = blocks.remainder();
    for block in blocks {
        compare(&block[..SIDE]);
    }
    compare(rest);
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
    let write = |steps: &Steps, range: Range<usize>| {
        // SAFETY: there is an operand for each float; ranges do not meet.
        let bytes = unsafe {
            let first = target.first().add(range.start * size);
            std::slice::from_raw_parts_mut(first, range.len() * size)
        };
        dispatch(
            machine.set,
            #[inline(always)]
            || steps.write(&values[range], operand, bytes),
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
                let steps = Steps::of(or_nan(within(range.clone())), quantization);
                write(&steps, range);
                // SAFETY: rows do not meet.
                unsafe { *corrections.first().add(row) = steps.correction(operand) };
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
    let steps = Steps::of(or_nan(found), quantization);
    machine
        .threads
        .split(length, GRAIN, |range| write(&steps, range));
    rows[0] = steps.correction(operand);
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

    /// The integer of a float, one step after the other.
    fn integer(steps: &Steps, value: f32) -> i32 {
        let quantized = (value * steps.inverse).round() + steps.zero_point;
        let less = quantized.clamp(steps.least, 127.0) - steps.zero_point;
        less as i32 + steps.zero_point as i32
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
                    let least = row.iter().copied().reduce(f32::min).unwrap_or(0.0);
                    let greatest = row.iter().copied().reduce(f32::max).unwrap_or(0.0);
                    let steps = Steps::of((least, greatest), quantization);
                    prop_assert_eq!(rows[index], steps.correction(Operand::Bytes), "{:?}", set);
                    for (at, &value) in row.iter().enumerate() {
                        let expected = integer(&steps, value);
                        prop_assert_eq!(i32::from(bytes[index * length + at] as i8), expected, "{:?} {}", set, value);
                        let zero_point = steps.zero_point as i32;
                        prop_assert_eq!(i32::from(words[index * length + at]), expected - zero_point, "{:?}", set);
                    }
                }
            }
        }
    }
}
