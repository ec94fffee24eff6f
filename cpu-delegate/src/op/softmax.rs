//! SOFTMAX along the innermost axis.

use std::iter::zip;

use demilite_core::quantization::layer::per_tensor;
use demilite_core::quantization::{
    SoftmaxScale, SoftmaxTables, reciprocal, rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
};
use demilite_core::{DataType, NodeContext, Reject, float, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::elementwise::exponential::exp;
use crate::elementwise::integer::Integer;
use crate::layers::float::may_differ;
use crate::machine::Machine;
use crate::target::Target;
use crate::vectors::dispatch;

/// Sums of exponentials that grow side by side.
const SUMS: usize = 16;

/// Elements of a thread's rows.
const GRAIN: usize = 4096;

/// Rows whose sums grow side by side.
const SIDE: usize = 8;

/// Calls `row` with each row of the input and of the output, some rows by each thread.
fn each_row<T: Sync, O: Send>(
    machine: Machine,
    tensors: (&[T], &mut [O]),
    depth: usize,
    row: impl Fn(&[T], &mut [O]) + Sync,
) {
    each_rows(machine, tensors, (depth, 1), row);
}

/// The same with up to `side` rows at a time.
fn each_rows<T: Sync, O: Send>(
    machine: Machine,
    (input, output): (&[T], &mut [O]),
    (depth, side): (usize, usize),
    rows_together: impl Fn(&[T], &mut [O]) + Sync,
) {
    assert_eq!(input.len(), output.len(), "one output for each input");
    let target = Target {
        first: output.as_mut_ptr(),
        stride: depth,
    };
    let rows = input.len() / depth;
    machine.threads.split(rows, GRAIN.div_ceil(depth), |rows| {
        let elements = rows.start * depth..rows.end * depth;
        // SAFETY: the output has as many rows as the input; ranges do not meet.
        let output = unsafe {
            std::slice::from_raw_parts_mut(target.first().add(elements.start), elements.len())
        };
        let rows = input[elements].chunks(side * depth);
        for (input, output) in zip(rows, output.chunks_mut(side * depth)) {
            rows_together(input, output);
        }
    });
}

/// The greatest float of a row; NaN is passed over.
#[inline(always)]
fn greatest(row: &[f32]) -> f32 {
    let greater = |greatest: f32, x: f32| if greatest < x { x } else { greatest };
    let mut side_by_side = [f32::MIN; SUMS];
    let (blocks, rest) = row.as_chunks::<SUMS>();
    for block in blocks {
        for (greatest, &x) in zip(&mut side_by_side, block) {
            *greatest = greater(*greatest, x);
        }
    }
    let greatest = side_by_side.into_iter().fold(f32::MIN, greater);
    rest.iter().copied().fold(greatest, greater)
}

/// `exp((x − max) · beta)`, divided by the sum over the row.
#[inline(always)]
fn floats(input: &[f32], beta: f32, output: &mut [f32]) {
    let max = greatest(input);
    for (output, &x) in zip(output.iter_mut(), input) {
        *output = exp((x - max) * beta);
    }
    let mut sums = [0.0_f32; SUMS];
    let (blocks, rest) = output.as_chunks::<SUMS>();
    for block in blocks {
        for (sum, &power) in zip(&mut sums, block) {
            *sum += power;
        }
    }
    let sum = sums.iter().chain(rest).sum::<f32>();
    for output in output {
        *output /= sum;
    }
}

/// The same of some rows with the reference's bits: by its exponential, summed in the order of each row.
#[inline(always)]
fn floats_in_order(input: &[f32], depth: usize, beta: f32, output: &mut [f32]) {
    let rows = input.chunks_exact(depth);
    for (input, output) in zip(rows, output.chunks_exact_mut(depth)) {
        let max = greatest(input);
        for (output, &x) in zip(output, input) {
            *output = float::exp((x - max) * beta);
        }
    }
    let mut sums = [0.0_f32; SIDE];
    if output.len() == SIDE * depth {
        // The sum of a row waits for each of its terms.
        let rows: [&[f32]; SIDE] = std::array::from_fn(|row| &output[row * depth..][..depth]);
        for column in 0..depth {
            for (sum, row) in zip(&mut sums, rows) {
                *sum += row[column];
            }
        }
    } else {
        for (sum, row) in zip(&mut sums, output.chunks_exact(depth)) {
            *sum = row.iter().fold(0.0, |sum, power| sum + power);
        }
    }
    for (sum, output) in zip(sums, output.chunks_exact_mut(depth)) {
        for output in output {
            *output /= sum;
        }
    }
}

/// Integer bits of the sum of exponentials.
const SUM_INTEGER_BITS: i32 = 12;

/// The exponentials of the differences of 8-bit numbers from their row's maximum, by the difference's size, and what they add to the
/// row's sum; both 0 where they count as nothing.
struct Exponentials {
    powers: [i32; 256],
    addends: [i32; 256],
}

impl Exponentials {
    fn new(scale: &SoftmaxScale) -> Self {
        let mut exponentials = Exponentials {
            powers: [0; 256],
            addends: [0; 256],
        };
        let places = zip(&mut exponentials.powers, &mut exponentials.addends);
        for (difference, (power, addend)) in (0..256).zip(places) {
            if let Some(exponential) = scale.exp(-difference) {
                *power = exponential;
                *addend = rounding_divide_by_pot(exponential, SUM_INTEGER_BITS);
            }
        }
        exponentials
    }

    #[inline(always)]
    fn row<T: Integer, O: Integer>(&self, input: &[T], output: &mut [O]) {
        let max = input.iter().map(|value| value.widen()).max().unwrap_or(0);
        let min = input.iter().map(|value| value.widen()).min().unwrap_or(0);
        let difference = |value: &T| (max - value.widen()) as u8;
        let addend = |value: &T| self.addends[usize::from(difference(value))];
        let sum = input.iter().map(addend).fold(0, i32::wrapping_add);
        let (reciprocal, bits_over_unit) = reciprocal(sum, SUM_INTEGER_BITS as u32);
        let exponent = bits_over_unit + 31 - 8 * size_of::<O>() as i32;
        let share = |difference: u8| {
            // Beyond 31 bits every share is below half a step.
            let share = match exponent {
                ..=31 => rounding_divide_by_pot(
                    saturating_rounding_doubling_high_mul(
                        reciprocal,
                        self.powers[usize::from(difference)],
                    ),
                    exponent,
                ),
                _ => 0,
            };
            O::saturate(share.saturating_add(O::RANGE.0))
        };
        // It pays to work out the share of each difference first where there are more elements.
        let differences = (max - min) as usize + 1;
        if input.len() < differences {
            for (output, value) in zip(output, input) {
                *output = share(difference(value));
            }
            return;
        }
        let mut shares = [O::saturate(0); 256];
        for (difference, place) in (0..=255).zip(&mut shares[..differences]) {
            *place = share(difference);
        }
        for (output, value) in zip(output, input) {
            *output = shares[usize::from(difference(value))];
        }
    }
}

/// Checks that a signed output has the scale that the arithmetic gives it, to 0.1 %.
fn expect_output(node: &NodeContext<'_>, scale: f32, zero_point: i32) -> Result<(), Reject> {
    let output = per_tensor(node.output(0))?;
    if (output.0 - scale).abs() <= 0.001 * scale && output.1 == zero_point {
        return Ok(());
    }
    Err(Reject::invalid(format!(
        "its output has scale {} and zero point {} where {scale} and {zero_point} are needed",
        output.0, output.1
    )))
}

/// 16-bit numbers: exponentials from a table, their sum in Q16.15, its reciprocal from a table.
fn words(input: &[i16], tables: &SoftmaxTables, output: &mut [i16]) {
    let max = input.iter().copied().max().map_or(0, i32::from);
    let mut sum = 0_i32;
    for (output, &value) in zip(output.iter_mut(), input) {
        *output = tables.exp(i32::from(value) - max);
        sum = sum.wrapping_add(i32::from(*output));
    }
    let headroom = (sum.leading_zeros() as i32 - 1).max(0);
    let normalized = (((i64::from(sum) << headroom) + (1 << 13)) >> 14) as i32;
    let fraction = i16::saturate(normalized - ((1 << 15) + (1 << 16)));
    let reciprocal = i64::from(tables.one_over_one_plus.get(fraction));
    let right_shift = 30 - headroom;
    for output in output {
        let product = i64::from(*output) * reciprocal;
        let share = (product + (1 << (right_shift - 1))) >> right_shift;
        *output = share.clamp(0, 32767) as i16;
    }
}

fn quantized<T: Integer, O: Integer>(
    op: &op::Softmax,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    let (input_scale, _) = per_tensor(node.required(0)?)?;
    let depth = depth(node)?;
    let scale = SoftmaxScale::new(input_scale, op.beta).ok_or_else(|| {
        Reject::invalid(format!(
            "an input scale of {input_scale} with beta {} is too small for its fixed point",
            op.beta
        ))
    })?;
    let exponentials = Box::new(Exponentials::new(&scale));
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let tensors = (io.input::<T>(0)?, io.output::<O>()?);
        each_row(machine, tensors, depth, |input, output| {
            dispatch(
                machine.set,
                #[inline(always)]
                || exponentials.row(input, output),
            );
        });
        Ok(())
    }))
}

/// The extent of the innermost dimension; an empty tensor has rows of one element, and none.
fn depth(node: &NodeContext<'_>) -> Result<usize, Unprepared> {
    Ok(node.shape(0)?.last().copied().unwrap_or(1).max(1))
}

pub(crate) fn prepare(op: &op::Softmax, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    use DataType::{Float32, Int8, Int16, UInt8};
    match [node.required(0)?.dtype, node.output(0).dtype] {
        [Float32, Float32] => {
            let (depth, beta) = (depth(node)?, op.beta);
            let may_differ = may_differ(node);
            Ok(Box::new(move |io: &mut KernelIo<'_>| {
                let tensors = (io.input::<f32>(0)?, io.output::<f32>()?);
                let side = if may_differ { 1 } else { SIDE };
                each_rows(machine, tensors, (depth, side), |input, output| {
                    dispatch(
                        machine.set,
                        #[inline(always)]
                        || match may_differ {
                            true => floats(input, beta, output),
                            false => floats_in_order(input, depth, beta, output),
                        },
                    );
                });
                Ok(())
            }))
        }
        [Int8, Int8] => {
            expect_output(node, 1.0 / 256.0, -128)?;
            quantized::<i8, i8>(op, node, machine)
        }
        [Int8, Int16] => quantized::<i8, i16>(op, node, machine),
        [Int16, Int16] => {
            expect_output(node, 1.0 / 32768.0, 0)?;
            let depth = depth(node)?;
            let tables = SoftmaxTables::new(per_tensor(node.required(0)?)?.0, op.beta);
            Ok(Box::new(move |io: &mut KernelIo<'_>| {
                let tensors = (io.input::<i16>(0)?, io.output::<i16>()?);
                each_row(machine, tensors, depth, |input, output| {
                    words(input, &tables, output);
                });
                Ok(())
            }))
        }
        [UInt8, UInt8] => quantized::<u8, u8>(op, node, machine),
        [UInt8, Int16] => quantized::<u8, i16>(op, node, machine),
        _ => Err(Unprepared::types(node)),
    }
}
