//! AVERAGE_POOL_2D, L2_POOL_2D and MAX_POOL_2D. Filter elements outside the image are neither counted nor
//! compared, and quantized numbers are pooled as they are, without their zero point.

use std::iter::zip;

use demilite_core::geometry::{Extent, Window};
use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::{self, Activation, nhwc};
use demilite_core::quantization::layer::quantized_clamp;
use demilite_core::{DataType, Element, NodeContext};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared};

use crate::quantized::element::QuantizedElement;
use crate::quantized::tensor_parameters::float_clamp;

/// Averages of floats: the sum over rows and columns, divided by the number of elements inside the
/// image.
pub fn average_pool_2d_f32(
    window: &Window,
    channels: usize,
    input: &[f32],
    clamp: (f32, f32),
    output: &mut [f32],
) {
    pool(
        window,
        channels,
        input,
        output,
        0.0,
        |sum, value| sum + value,
        |sum, count| (sum / count as f32).clamp(clamp.0, clamp.1),
    );
}

/// Averages of integers, rounded half away from zero.
pub fn average_pool_2d_quantized<T: QuantizedElement>(
    window: &Window,
    channels: usize,
    input: &[T],
    clamp: (i32, i32),
    output: &mut [T],
) {
    pool(
        window,
        channels,
        input,
        output,
        0_i32,
        |sum, value| sum.wrapping_add(value.to_i32()),
        |sum, count| {
            let count = count as i32;
            let half = if sum > 0 { count / 2 } else { -(count / 2) };
            let average = (sum + half).checked_div(count).unwrap_or(0);
            T::saturate(average.clamp(clamp.0, clamp.1))
        },
    );
}

/// Roots of the mean of the squares of floats.
pub fn l2_pool_2d(
    window: &Window,
    channels: usize,
    input: &[f32],
    clamp: (f32, f32),
    output: &mut [f32],
) {
    pool(
        window,
        channels,
        input,
        output,
        0.0_f32,
        |sum, value| sum + value * value,
        |sum, count| (sum / count as f32).sqrt().clamp(clamp.0, clamp.1),
    );
}

/// Greatest floats; a NaN never replaces what was there before it.
pub fn max_pool_2d_f32(
    window: &Window,
    channels: usize,
    input: &[f32],
    clamp: (f32, f32),
    output: &mut [f32],
) {
    pool(
        window,
        channels,
        input,
        output,
        f32::MIN,
        |greatest, value| if greatest < value { value } else { greatest },
        |greatest, _| greatest.clamp(clamp.0, clamp.1),
    );
}

/// Greatest integers.
pub fn max_pool_2d_quantized<T: QuantizedElement>(
    window: &Window,
    channels: usize,
    input: &[T],
    clamp: (i32, i32),
    output: &mut [T],
) {
    pool(
        window,
        channels,
        input,
        output,
        T::RANGE.0,
        |greatest, value| greatest.max(value.to_i32()),
        |greatest, _| T::saturate(greatest.clamp(clamp.0, clamp.1)),
    );
}

/// Folds the elements under each filter and gives each result, with the number of elements, to
/// `finish`.
fn pool<T: Copy, A: Copy>(
    window: &Window,
    channels: usize,
    input: &[T],
    output: &mut [T],
    start: A,
    fold: impl Fn(A, T) -> A,
    finish: impl Fn(A, usize) -> T,
) {
    // Without channels there may be any number of places.
    if channels == 0 {
        return;
    }
    let mut results = vec![start; channels];
    window.for_each_output(|batch, row, column, index| {
        results.fill(start);
        let mut count = 0;
        for (_, input_row) in window.rows.taps(row) {
            for (_, input_column) in window.columns.taps(column) {
                let position = window.input_position(batch, input_row, input_column);
                let pixel = &input[position * channels..][..channels];
                for (result, &value) in zip(&mut results, pixel) {
                    *result = fold(*result, value);
                }
                count += 1;
            }
        }
        for (output, &result) in zip(&mut output[index * channels..], &results) {
            *output = finish(result, count);
        }
    });
}

pub(crate) fn prepare(op: &op::Pool2d, node: &NodeContext<'_>) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [DataType::Float32, DataType::Float32] => {
            let (window, channels) = geometry(op, node)?;
            let clamp = float_clamp(op.activation)?;
            Ok(match op.kind {
                PoolKind::Average => kernel(window, channels, clamp, average_pool_2d_f32),
                PoolKind::L2 => kernel(window, channels, clamp, l2_pool_2d),
                PoolKind::Max => kernel(window, channels, clamp, max_pool_2d_f32),
            })
        }
        [DataType::Int8, DataType::Int8] => quantized::<i8>(op, node),
        [DataType::UInt8, DataType::UInt8] => quantized::<u8>(op, node),
        [DataType::Int16, DataType::Int16] => quantized::<i16>(op, node),
        _ => Err(Unprepared::types(node)),
    }
}

fn quantized<T: QuantizedElement>(op: &op::Pool2d, node: &NodeContext<'_>) -> Prepared {
    let (window, channels) = geometry(op, node)?;
    // What nothing clamps is averaged and compared as it is, whether it stands for reals or not.
    let clamp = match op.activation {
        Activation::None => T::RANGE,
        activation => quantized_clamp(activation, node.output(0))?,
    };
    Ok(match op.kind {
        PoolKind::Average => kernel(window, channels, clamp, average_pool_2d_quantized::<T>),
        PoolKind::L2 => return Err(Unprepared::types(node)),
        PoolKind::Max => kernel(window, channels, clamp, max_pool_2d_quantized::<T>),
    })
}

fn kernel<T: Element, C: Copy + Send + Sync + 'static>(
    window: Window,
    channels: usize,
    clamp: C,
    pool: fn(&Window, usize, &[T], C, &mut [T]),
) -> Box<dyn Kernel> {
    Box::new(move |io: &mut KernelIo<'_>| {
        pool(&window, channels, io.input(0)?, clamp, io.output()?);
        Ok(())
    })
}

fn geometry(op: &op::Pool2d, node: &NodeContext<'_>) -> Result<(Window, usize), Unprepared> {
    let [batches, height, width, channels] = nhwc(node.shape(0)?, "image")?;
    let window = Window {
        batches,
        rows: Extent::new(height, op.rows, op.padding)?,
        columns: Extent::new(width, op.columns, op.padding)?,
    };
    Ok((window, channels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window() -> Window {
        let extent = Extent {
            filter: 2,
            stride: 2,
            output: 2,
            ..Extent::pointwise(3)
        };
        Window {
            batches: 1,
            rows: Extent::pointwise(1),
            columns: extent,
        }
    }

    #[test]
    fn only_elements_inside_count() {
        let mut output = [0.0; 4];
        let input = [1.0, 10.0, 2.0, 20.0, 5.0, 50.0];
        average_pool_2d_f32(&window(), 2, &input, (f32::MIN, f32::MAX), &mut output);
        assert_eq!(output, [1.5, 15.0, 5.0, 50.0]);
        max_pool_2d_f32(&window(), 2, &input, (0.0, 6.0), &mut output);
        assert_eq!(output, [2.0, 6.0, 5.0, 6.0]);
    }

    #[test]
    fn no_place_of_an_image_without_channels_is_walked_to() {
        let endless = Window {
            rows: Extent::pointwise(usize::MAX),
            ..window()
        };
        max_pool_2d_f32(&endless, 0, &[], (f32::MIN, f32::MAX), &mut []);
        average_pool_2d_f32(&endless, 0, &[], (f32::MIN, f32::MAX), &mut []);
    }

    #[test]
    fn roots_are_of_the_mean_square() {
        let mut output = [0.0; 2];
        l2_pool_2d(&window(), 1, &[1.0, -7.0, -2.0], (0.0, 4.5), &mut output);
        assert_eq!(output, [4.5, 2.0]);
    }

    #[test]
    fn integer_averages_round_half_away_from_zero() {
        let mut output = [0_i8; 2];
        average_pool_2d_quantized(&window(), 1, &[-3, -4, 7], (-128, 127), &mut output);
        assert_eq!(output, [-4, 7]);
        average_pool_2d_quantized(&window(), 1, &[3, 4, -7], (-5, 127), &mut output);
        assert_eq!(output, [4, -5]);
        let mut output = [0_u8; 2];
        average_pool_2d_quantized(&window(), 1, &[200, 255, 1], (0, 255), &mut output);
        assert_eq!(output, [228, 1]);
        max_pool_2d_quantized(&window(), 1, &[200, 255, 1], (2, 250), &mut output);
        assert_eq!(output, [250, 2]);
    }
}
