//! SUM, REDUCE_PROD, REDUCE_MAX, REDUCE_MIN, REDUCE_ANY and REDUCE_ALL.

use demilite_core::op::mean::reduced_axes;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, Element, NodeContext, Reject, Shape, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::quantized::element::QuantizedElement;
use crate::reduction::reduce;

/// Folds elements in the order of the input.
///
/// A fold starts with `start`, but where every axis of a tensor goes it starts with the first
/// element, which shows in the sign of zeros and in NaNs.
pub fn fold_axes<T: Copy>(
    input: &[T],
    (shape, reduced): (&[usize], &[bool]),
    start: T,
    fold: impl Fn(T, T) -> T,
    output: &mut [T],
) {
    output.fill(start);
    match input.split_first() {
        Some((&first, rest)) if reduced.iter().all(|&reduced| reduced) => {
            output[0] = rest
                .iter()
                .fold(first, |result, &value| fold(result, value));
        }
        _ => reduce(input, shape, reduced, output, fold),
    }
}

/// Sums of quantized numbers; `factor` is input scale / output scale.
///
/// The arithmetic is that of MEAN without the division. LiteRT's reference reads int8 and int16
/// tensors as uint8 here, and its results for them are not sums; its uint8 results are these.
pub fn sum_quantized<T: QuantizedElement>(
    (input, zero_point): (&[T], i32),
    (shape, reduced): (&[usize], &[bool]),
    factor: QuantizedMultiplier,
    output_zero_point: i32,
    output: &mut [T],
) {
    if input.is_empty() {
        output.fill(T::saturate(0));
        return;
    }
    let mut sums = vec![0_i32; output.len()];
    reduce(input, shape, reduced, &mut sums, |sum, value| {
        sum.wrapping_add(value.to_i32())
    });
    let offset = (i64::from(zero_point) * (input.len() / output.len()) as i64) as i32;
    for (result, sum) in output.iter_mut().zip(sums) {
        let scaled = factor.apply(sum.wrapping_sub(offset));
        *result = T::saturate(scaled.wrapping_add(output_zero_point));
    }
}

/// Products of quantized numbers.
///
/// Each product of two, and the last one, is multiplied by `factor`: input scale / nth root of the
/// output scale for n numbers.
pub fn product_quantized<T: QuantizedElement>(
    (input, zero_point): (&[T], i32),
    (shape, reduced): (&[usize], &[bool]),
    factor: QuantizedMultiplier,
    output_zero_point: i32,
    output: &mut [T],
) {
    let mut products: Vec<Option<i32>> = vec![None; output.len()];
    reduce(input, shape, reduced, &mut products, |product, value| {
        let value = value.to_i32() - zero_point;
        Some(product.map_or(value, |product| {
            factor.apply_64(i64::from(product) * i64::from(value))
        }))
    });
    for (result, product) in output.iter_mut().zip(products) {
        let scaled = product.map_or(0, |product| factor.apply_64(product.into()));
        *result = T::saturate(scaled.wrapping_add(output_zero_point));
    }
}

fn axes(node: &NodeContext<'_>) -> Result<(Shape, Vec<bool>), Unprepared> {
    let shape = node.shape(0)?;
    Ok((shape.clone(), reduced_axes(shape, &node.indices(1)?)?))
}

fn plain<T: Element + Send + Sync>(
    node: &NodeContext<'_>,
    start: T,
    fold: fn(T, T) -> T,
) -> Prepared {
    let (shape, reduced) = axes(node)?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        fold_axes(io.input(0)?, (&shape, &reduced), start, fold, io.output()?);
        Ok(())
    }))
}

fn bools(node: &NodeContext<'_>, start: bool, fold: fn(bool, bool) -> bool) -> Prepared {
    let (shape, reduced) = axes(node)?;
    let fold = move |result: u8, value: u8| u8::from(fold(result != 0, value != 0));
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let output = io.outputs[0].bytes_mut();
        output.fill(start.into());
        reduce(
            io.inputs[0].map_or(&[], |view| view.bytes()),
            &shape,
            &reduced,
            output,
            fold,
        );
        Ok(())
    }))
}

type QuantizedReduction<T> =
    fn((&[T], i32), (&[usize], &[bool]), QuantizedMultiplier, i32, &mut [T]);

fn quantized<T: QuantizedElement>(
    node: &NodeContext<'_>,
    factor: impl Fn(f64, f64, usize) -> f64,
    reduction: QuantizedReduction<T>,
) -> Prepared {
    let (shape, reduced) = axes(node)?;
    let (input_scale, zero_point) = per_tensor(node.required(0)?)?;
    let (output_scale, output_zero_point) = per_tensor(node.output(0))?;
    let together = std::iter::zip(shape.iter(), &reduced)
        .filter_map(|(&extent, &reduced)| reduced.then_some(extent))
        .product();
    let factor = factor(input_scale.into(), output_scale.into(), together);
    let factor = QuantizedMultiplier::from_factor(factor);
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let input = (io.input::<T>(0)?, zero_point);
        reduction(
            input,
            (&shape, &reduced),
            factor,
            output_zero_point,
            io.output()?,
        );
        Ok(())
    }))
}

fn sum(dtype: DataType, node: &NodeContext<'_>) -> Prepared {
    let factor = |input: f64, output: f64, _: usize| input / output;
    match dtype {
        DataType::Bool => bools(node, false, |a, b| a || b),
        DataType::Float32 => plain(node, 0.0_f32, |a, b| a + b),
        DataType::Int32 => plain(node, 0, i32::wrapping_add),
        DataType::Int64 => plain(node, 0, i64::wrapping_add),
        DataType::Int8 => quantized::<i8>(node, factor, sum_quantized),
        DataType::UInt8 => quantized::<u8>(node, factor, sum_quantized),
        DataType::Int16 => quantized::<i16>(node, factor, sum_quantized),
        _ => Err(Unprepared::types(node)),
    }
}

fn product(dtype: DataType, node: &NodeContext<'_>) -> Prepared {
    let is_quantized = node.required(0)?.quantization.is_some();
    let factor = |input: f64, output: f64, together: usize| {
        input / output.powf(1.0 / together.max(1) as f64)
    };
    match dtype {
        DataType::Bool => bools(node, true, |a, b| a && b),
        DataType::Float32 => plain(node, 1.0_f32, |a, b| a * b),
        DataType::Int32 => plain(node, 1, i32::wrapping_mul),
        DataType::Int64 => plain(node, 1, i64::wrapping_mul),
        DataType::Int8 if is_quantized => quantized::<i8>(node, factor, product_quantized),
        DataType::Int16 if is_quantized => quantized::<i16>(node, factor, product_quantized),
        DataType::Int8 => plain(node, 1, i8::wrapping_mul),
        DataType::UInt8 if !is_quantized => plain(node, 1, u8::wrapping_mul),
        DataType::Int16 => plain(node, 1, i16::wrapping_mul),
        _ => Err(Unprepared::types(node)),
    }
}

/// A type with a least and a greatest number.
trait Bounded: Element + PartialOrd + Send + Sync {
    const LEAST: Self;
    const GREATEST: Self;
}

macro_rules! bounded {
    ($($element:ty),+) => {
        $(impl Bounded for $element {
            const LEAST: Self = <$element>::MIN;
            const GREATEST: Self = <$element>::MAX;
        })+
    };
}

bounded!(f32, i8, u8, i16, i32, i64);

/// The greatest elements as they are, or the least.
fn extremum<T: Bounded>(node: &NodeContext<'_>, is_greatest: bool) -> Prepared {
    if is_greatest {
        plain(
            node,
            T::LEAST,
            |best, value: T| {
                if value > best { value } else { best }
            },
        )
    } else {
        plain(
            node,
            T::GREATEST,
            |best, value: T| {
                if value < best { value } else { best }
            },
        )
    }
}

fn extremum_of(dtype: DataType, node: &NodeContext<'_>, is_greatest: bool) -> Prepared {
    expect_one_scale(node)?;
    match dtype {
        DataType::Bool if is_greatest => bools(node, false, |a, b| a || b),
        DataType::Bool => bools(node, true, |a, b| a && b),
        DataType::Float32 => extremum::<f32>(node, is_greatest),
        DataType::Int32 => extremum::<i32>(node, is_greatest),
        DataType::Int64 => extremum::<i64>(node, is_greatest),
        DataType::Int8 => extremum::<i8>(node, is_greatest),
        DataType::UInt8 => extremum::<u8>(node, is_greatest),
        DataType::Int16 => extremum::<i16>(node, is_greatest),
        _ => Err(Unprepared::types(node)),
    }
}

/// Checks that quantized elements mean the same in the output.
fn expect_one_scale(node: &NodeContext<'_>) -> Result<(), Unprepared> {
    let (input, output) = (node.required(0)?, node.output(0));
    let is_quantized = matches!(
        output.dtype,
        DataType::Int8 | DataType::UInt8 | DataType::Int16
    );
    if is_quantized && input.quantization != output.quantization {
        return Err(Reject::invalid("its input and output differ in scale or zero point").into());
    }
    Ok(())
}

pub(crate) fn prepare(op: &op::Reduction, node: &NodeContext<'_>) -> Prepared {
    let dtype = node.output(0).dtype;
    if node.required(0)?.dtype != dtype {
        return Err(Unprepared::types(node));
    }
    match op.kind {
        ReductionKind::Sum => sum(dtype, node),
        ReductionKind::ReduceProd => product(dtype, node),
        ReductionKind::ReduceMax => extremum_of(dtype, node, true),
        ReductionKind::ReduceMin => extremum_of(dtype, node, false),
        ReductionKind::ReduceAny if dtype == DataType::Bool => bools(node, false, |a, b| a || b),
        ReductionKind::ReduceAll if dtype == DataType::Bool => bools(node, true, |a, b| a && b),
        ReductionKind::ReduceAny | ReductionKind::ReduceAll => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: (&[usize], &[bool]) = (&[2, 3], &[false, true]);

    #[test]
    fn folds_start_with_the_first_element_where_all_axes_go() {
        let mut output = [9.0];
        let add = |a: f32, b: f32| a + b;
        fold_axes(&[-0.0, -0.0], (&[2], &[true]), 0.0, add, &mut output);
        assert!(output[0].is_sign_negative());
        fold_axes(&[-0.0], (&[1, 1], &[true, false]), 0.0, add, &mut output);
        assert!(output[0].is_sign_positive());
        fold_axes(&[], (&[0], &[true]), 7.0, add, &mut output);
        assert_eq!(output, [7.0]);
    }

    #[test]
    fn sums_are_rescaled() {
        let mut output = [0_i8; 2];
        let factor = QuantizedMultiplier::from_factor(0.5);
        let input = (&[10, 20, 31, -6, -9, -3][..], -2);
        sum_quantized(input, ROWS, factor, 7, &mut output);
        // (61 + 6)/2 + 7 = 40.5 and (−18 + 6)/2 + 7.
        assert_eq!(output, [41, 1]);
    }

    #[test]
    fn products_are_rescaled_at_each_step() {
        let mut output = [0_i8; 2];
        let factor = QuantizedMultiplier::from_factor(0.5);
        let input = (&[5, 7, 9, -3, 1, 5][..], 1);
        product_quantized(input, ROWS, factor, -1, &mut output);
        // 4·6/2 = 12, 12·8/2 = 48, 48/2 − 1; one factor of 0 leaves the zero point.
        assert_eq!(output, [23, -1]);
    }
}
