//! Rows of floats that are quantized to int8 at run time.

use crate::machine::Machine;
use crate::product::integer::Operand;
use crate::target::Target;
use crate::vectors::dispatch;

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
    #[inline(always)]
    fn of(row: &[f32], quantization: RowQuantization) -> Self {
        let (least, greatest) = bounds(row);
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

    /// The integer of a float less the zero point. It is added after rounding, so that no tie arises from the sum.
    #[inline(always)]
    fn apply(&self, value: f32) -> i16 {
        let quantized = (value * self.inverse).round() + self.zero_point;
        (quantized.clamp(self.least, 127.0) - self.zero_point) as i16
    }
}

/// The least and the greatest value of a row; 0 of an empty one.
#[inline(always)]
fn bounds(row: &[f32]) -> (f32, f32) {
    let least = row.iter().copied().reduce(f32::min);
    let greatest = row.iter().copied().reduce(f32::max);
    (least.unwrap_or(0.0), greatest.unwrap_or(0.0))
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
    let (steps, target) = (
        Target {
            first: rows.as_mut_ptr(),
            stride: 1,
        },
        Target {
            first: bytes.as_mut_ptr(),
            stride: length * size,
        },
    );
    assert_eq!(
        bytes.len(),
        values.len() * size,
        "an operand for each float"
    );
    machine.threads.split(rows.len(), 1, |range| {
        for row in range {
            // SAFETY: rows do not meet, and there is an operand for each float.
            let (steps, bytes) = unsafe {
                let bytes = target.first().add(row * length * size);
                (
                    &mut *steps.first().add(row),
                    std::slice::from_raw_parts_mut(bytes, length * size),
                )
            };
            let row = &values[row * length..][..length];
            dispatch(machine.set, || {
                *steps = quantize_row(row, quantization, operand, bytes);
            });
        }
    });
}

#[inline(always)]
fn quantize_row(
    row: &[f32],
    quantization: RowQuantization,
    operand: Operand,
    bytes: &mut [u8],
) -> [u32; 2] {
    let steps = Steps::of(row, quantization);
    let scale = steps.scale.to_bits();
    match operand {
        Operand::Bytes => {
            let zero_point = steps.zero_point as i16;
            for (byte, &value) in bytes.iter_mut().zip(row) {
                *byte = (steps.apply(value) + zero_point) as u8;
            }
            // Sums are of bytes plus 128.
            [scale, (i32::from(zero_point) + 128) as u32]
        }
        Operand::Words => {
            let words: &mut [i16] = bytemuck::cast_slice_mut(bytes);
            for (word, &value) in words.iter_mut().zip(row) {
                *word = steps.apply(value);
            }
            [scale, 0]
        }
    }
}
