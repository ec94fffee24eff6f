//! MEAN along some axes.

use demilite_core::op::mean::reduced_axes;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, Element, NodeContext, Shape, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::quantized::element::QuantizedElement;
use crate::reduction::reduce;

/// Means of floats: sums in the order of the input, divided by the number of elements; NaN where
/// there are none.
pub fn mean_f32(input: &[f32], shape: &[usize], reduced: &[bool], output: &mut [f32]) {
    output.fill(0.0);
    reduce(input, shape, reduced, output, |sum, value| sum + value);
    let count = reduced_elements(shape, reduced) as f32;
    for result in output {
        *result /= count;
    }
}

/// Means of integers that stand for themselves: 64-bit sums, divided towards zero; 0 where there
/// is nothing to sum.
pub fn mean_integers<T>(input: &[T], shape: &[usize], reduced: &[bool], output: &mut [T])
where
    T: Copy + Into<i64> + TryFrom<i64> + Default,
{
    let mut sums = vec![0_i64; output.len()];
    reduce(input, shape, reduced, &mut sums, |sum, value| {
        sum.wrapping_add(value.into())
    });
    let count = reduced_elements(shape, reduced) as i64;
    for (result, sum) in output.iter_mut().zip(sums) {
        *result = T::try_from(sum.checked_div(count).unwrap_or(0)).unwrap_or_default();
    }
}

/// Means of quantized numbers.
///
/// `factor` is input scale / output scale. The division by the number of elements is part of the
/// multiplier: its mantissa is shifted left as far as the number has bits, then divided by it.
pub fn mean_quantized<T: QuantizedElement>(
    (input, zero_point): (&[T], i32),
    shape: &[usize],
    reduced: &[bool],
    factor: QuantizedMultiplier,
    output_zero_point: i32,
    output: &mut [T],
) {
    let count = reduced_elements(shape, reduced) as i64;
    if count == 0 {
        output.fill(T::saturate(0));
        return;
    }
    let mut sums = vec![0_i32; output.len()];
    reduce(input, shape, reduced, &mut sums, |sum, value| {
        sum.wrapping_add(value.to_i32())
    });
    let multiplier = factor.divided_by(count);
    let offset = (i64::from(zero_point) * count) as i32;
    for (result, sum) in output.iter_mut().zip(sums) {
        let mean = multiplier.apply(sum.wrapping_sub(offset));
        *result = T::saturate(mean.wrapping_add(output_zero_point));
    }
}

/// The number of elements that each result is made of.
fn reduced_elements(shape: &[usize], reduced: &[bool]) -> usize {
    shape
        .iter()
        .zip(reduced)
        .filter_map(|(&extent, &reduced)| reduced.then_some(extent))
        .product()
}

fn quantized<T: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    let (shape, reduced) = axes(node)?;
    let (input_scale, zero_point) = per_tensor(node.required(0)?)?;
    let (output_scale, output_zero_point) = per_tensor(node.output(0))?;
    let factor = QuantizedMultiplier::from_factor(f64::from(input_scale) / f64::from(output_scale));
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let input = (io.input::<T>(0)?, zero_point);
        mean_quantized(
            input,
            &shape,
            &reduced,
            factor,
            output_zero_point,
            io.output()?,
        );
        Ok(())
    }))
}

fn plain<T: Element>(
    node: &NodeContext<'_>,
    mean: impl Fn(&[T], &[usize], &[bool], &mut [T]) + Send + Sync + 'static,
) -> Prepared {
    let (shape, reduced) = axes(node)?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        mean(io.input(0)?, &shape, &reduced, io.output()?);
        Ok(())
    }))
}

fn axes(node: &NodeContext<'_>) -> Result<(Shape, Vec<bool>), Unprepared> {
    let shape = node.shape(0)?;
    Ok((shape.clone(), reduced_axes(shape, &node.indices(1)?)?))
}

pub(crate) fn prepare(_: &op::Mean, node: &NodeContext<'_>) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [DataType::Float32, DataType::Float32] => plain(node, mean_f32),
        [DataType::Int32, DataType::Int32] => plain(node, mean_integers::<i32>),
        [DataType::Int64, DataType::Int64] => plain(node, mean_integers::<i64>),
        [DataType::Int8, DataType::Int8] => quantized::<i8>(node),
        [DataType::UInt8, DataType::UInt8] => quantized::<u8>(node),
        [DataType::Int16, DataType::Int16] => quantized::<i16>(node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        let mut output = [9.0; 2];
        let input = [1.0, 2.0, 3.0, 4.0, 5.0, 7.0];
        mean_f32(&input, &[3, 2], &[true, false], &mut output);
        assert_eq!(output, [3.0, 13.0 / 3.0]);
        mean_f32(&[], &[0, 2], &[true, false], &mut output);
        assert!(output.iter().all(|mean| mean.is_nan()));
    }

    #[test]
    fn quantized_means_are_rescaled() {
        let mut output = [0_i8; 2];
        let factor = QuantizedMultiplier::from_factor(0.5);
        mean_quantized(
            (&[10_i8, 20, 31, -6, -9, -3], -2),
            &[2, 3],
            &[false, true],
            factor,
            7,
            &mut output,
        );
        // (61 + 6)/3/2 + 7 = 18.17 and (−18 + 6)/3/2 + 7 = 5.
        assert_eq!(output, [18, 5]);
    }

    #[test]
    fn integers_are_divided_towards_zero() {
        let mut output = [0_i32; 1];
        mean_integers(&[-3, -4], &[2], &[true], &mut output);
        assert_eq!(output, [-3]);
    }
}
