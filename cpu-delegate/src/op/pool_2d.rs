//! AVERAGE_POOL_2D and MAX_POOL_2D.

use demilite_core::geometry::{Extent, Window};
use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::{self, Activation, nhwc};
use demilite_core::{DataType, Element, NodeContext};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::layers::float_clamp;
use crate::machine::Machine;
use crate::target::Target;
use crate::vectors::dispatch;
use demilite_core::quantization::layer::quantized_clamp;

/// Folds the elements under each filter, and gives each result with the number of elements to `finish`.
fn pool<T: Element + Sync, A: Copy + Sync + Send>(
    (window, channels): (&Window, usize),
    input: &[T],
    output: &mut [T],
    start: A,
    fold: impl Fn(A, T) -> A + Sync,
    finish: impl Fn(A, i32) -> T + Sync,
    machine: Machine,
) {
    assert_eq!(
        output.len(),
        window.outputs() * channels,
        "the output has room"
    );
    if channels == 0 {
        return;
    }
    /// Channels that are folded in registers.
    const BLOCK: usize = 64;
    let target = Target {
        first: output.as_mut_ptr(),
        stride: channels,
    };
    machine.threads.split(window.outputs(), 1, |range| {
        // SAFETY: the output has room; ranges do not meet.
        let output = unsafe {
            std::slice::from_raw_parts_mut(
                target.first().add(range.start * channels),
                range.len() * channels,
            )
        };
        let mut place = window.place(range.start);
        for results in output.chunks_exact_mut(channels) {
            dispatch(
                machine.set,
                #[inline(always)]
                || {
                    for (block, results) in results.chunks_mut(BLOCK).enumerate() {
                        let mut sums = [start; BLOCK];
                        let mut count = 0;
                        window.for_each_tap(
                            place,
                            #[inline(always)]
                            |_, position| {
                                let Some(position) = position else { return };
                                let pixel =
                                    &input[position * channels + block * BLOCK..][..results.len()];
                                for (sum, &value) in sums.iter_mut().zip(pixel) {
                                    *sum = fold(*sum, value);
                                }
                                count += 1;
                            },
                        );
                        for (result, &sum) in results.iter_mut().zip(&sums) {
                            *result = finish(sum, count);
                        }
                    }
                },
            );
            place = window.next(place);
        }
    });
}

/// The integer mean, rounded half away from zero.
#[inline(always)]
fn mean(sum: i32, count: i32) -> i32 {
    let half = if sum > 0 { count / 2 } else { -(count / 2) };
    (sum + half).checked_div(count).unwrap_or(0)
}

/// [`mean`] of sums below 2^23, by floats, which have vectors: a quotient that is no integer lies further from the next one than the
/// rounding of the division reaches.
#[inline(always)]
fn mean_by_floats(sum: i32, count: i32) -> i32 {
    let half = if sum > 0 { count / 2 } else { -(count / 2) };
    ((sum + half) as f32 / count as f32) as i32
}

fn integers<T>(
    op: &op::Pool2d,
    node: &NodeContext<'_>,
    range: (i32, i32),
    machine: Machine,
) -> Prepared
where
    T: Element + Sync + Into<i32> + TryFrom<i32> + Default,
{
    let (window, channels) = geometry(op, node)?;
    // What nothing clamps is averaged and compared as it is.
    let (low, high) = match op.activation {
        Activation::None => range,
        activation => quantized_clamp(activation, node.output(0))?,
    };
    let kind = op.kind;
    let greatest = range.1.max(-range.0) as usize;
    let has_small_sums = window.taps().saturating_mul(greatest + 1) < 1 << 23;
    let element = move |value: i32| {
        T::try_from(value.clamp(low, high).clamp(range.0, range.1)).unwrap_or_default()
    };
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let (input, output) = (io.input::<T>(0)?, io.output::<T>()?);
        let places = (&window, channels);
        match kind {
            PoolKind::Max => pool(
                places,
                input,
                output,
                range.0,
                |greatest: i32, value| greatest.max(value.into()),
                |greatest, _| element(greatest),
                machine,
            ),
            PoolKind::Average | PoolKind::L2 if has_small_sums => pool(
                places,
                input,
                output,
                0_i32,
                |sum, value| sum.wrapping_add(value.into()),
                |sum, count| element(mean_by_floats(sum, count)),
                machine,
            ),
            PoolKind::Average | PoolKind::L2 => pool(
                places,
                input,
                output,
                0_i32,
                |sum, value| sum.wrapping_add(value.into()),
                |sum, count| element(mean(sum, count)),
                machine,
            ),
        }
        Ok(())
    }))
}

fn geometry(op: &op::Pool2d, node: &NodeContext<'_>) -> Result<(Window, usize), Unprepared> {
    let [batches, height, width, channels] = nhwc(node.shape(0)?, "image")?;
    let rows = Extent::new(height, op.rows, op.padding)?;
    let columns = Extent::new(width, op.columns, op.padding)?;
    Ok((
        Window {
            batches,
            rows,
            columns,
        },
        channels,
    ))
}

pub(crate) fn prepare(op: &op::Pool2d, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match (types, op.kind) {
        ([DataType::Float32, DataType::Float32], PoolKind::Average | PoolKind::Max) => {
            let (window, channels) = geometry(op, node)?;
            let (low, high) = float_clamp(op.activation)?;
            let kind = op.kind;
            Ok(Box::new(move |io: &mut KernelIo<'_>| {
                let (input, output) = (io.input::<f32>(0)?, io.output::<f32>()?);
                let places = (&window, channels);
                match kind {
                    PoolKind::Max => pool(
                        places,
                        input,
                        output,
                        f32::MIN,
                        // A NaN never replaces what was there before it.
                        |greatest, value| if greatest < value { value } else { greatest },
                        |greatest, _| greatest.clamp(low, high),
                        machine,
                    ),
                    PoolKind::Average | PoolKind::L2 => pool(
                        places,
                        input,
                        output,
                        0.0_f32,
                        |sum, value| sum + value,
                        |sum, count| (sum / count as f32).clamp(low, high),
                        machine,
                    ),
                }
                Ok(())
            }))
        }
        ([DataType::Int8, DataType::Int8], PoolKind::Average | PoolKind::Max) => {
            integers::<i8>(op, node, (-128, 127), machine)
        }
        ([DataType::Int16, DataType::Int16], PoolKind::Average | PoolKind::Max) => {
            integers::<i16>(op, node, (-32768, 32767), machine)
        }
        ([DataType::UInt8, DataType::UInt8], PoolKind::Average | PoolKind::Max) => {
            integers::<u8>(op, node, (0, 255), machine)
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::{mean, mean_by_floats};

    #[test]
    fn floats_give_the_same_means() {
        for count in (1..40).chain([121, 1024, 32_767]) {
            let most = (1 << 23) - 1 - count;
            let near = (-3000..3000).chain((-40..40).map(|step| step * count + count / 2));
            for sum in near.chain([most, -most, most - 1, 1 - most]) {
                assert_eq!(
                    mean_by_floats(sum, count),
                    mean(sum, count),
                    "{sum} {count}"
                );
            }
        }
        assert_eq!(mean_by_floats(0, 0), mean(0, 0));
    }
}
