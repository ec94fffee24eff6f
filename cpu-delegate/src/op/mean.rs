//! MEAN along axes that lie together.

use demilite_core::op::mean::reduced_axes;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, Reject};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::elementwise::common_type;
use crate::elementwise::integer::Integer;
use crate::layers::float::expect_own_order;
use crate::machine::Machine;
use crate::reduction::Reduction;

/// The reduction along the axes that input 1 names.
pub(super) fn reduction(node: &NodeContext<'_>) -> Result<Reduction, Unprepared> {
    let shape = node.shape(0)?;
    let reduced = reduced_axes(shape, &node.indices(1)?)?;
    Reduction::new(shape, &reduced).ok_or_else(|| {
        Reject::unsupported("no fast kernel for axes between which others lie").into()
    })
}

fn quantized<T: Integer>(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let reduction = reduction(node)?;
    let (input_scale, zero_point) = per_tensor(node.required(0)?)?;
    let (output_scale, output_zero_point) = per_tensor(node.output(0))?;
    let factor = QuantizedMultiplier::from_factor(f64::from(input_scale) / f64::from(output_scale));
    let count = reduction.folded as i64;
    if count == 0 {
        return Err(Reject::unsupported("no fast kernel for means of nothing").into());
    }
    let factor = factor.divided_by(count);
    let offset = (i64::from(zero_point) * count) as i32;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let tensors = (io.input::<T>(0)?, io.output::<T>()?);
        let sums = (
            |sum: i32, value: T| sum.wrapping_add(value.widen()),
            i32::wrapping_add,
        );
        reduction.fold(machine, tensors, 0, sums, |sum: i32| {
            let mean = factor.apply(sum.wrapping_sub(offset));
            T::saturate(mean.wrapping_add(output_zero_point))
        });
        Ok(())
    }))
}

/// Sums of floats, each of which `finish` makes a result of from the number of its terms.
pub(super) fn floats(
    node: &NodeContext<'_>,
    machine: Machine,
    finish: impl Fn(f32, f32) -> f32 + Send + Sync + Copy + 'static,
) -> Prepared {
    let reduction = reduction(node)?;
    if reduction.folds_rows() {
        expect_own_order(node)?;
    }
    let count = reduction.folded as f32;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let tensors = (io.input::<f32>(0)?, io.output::<f32>()?);
        let sums = (|sum: f32, value: f32| sum + value, |a, b| a + b);
        reduction.fold(machine, tensors, 0.0, sums, |sum| finish(sum, count));
        Ok(())
    }))
}

pub(crate) fn prepare(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    match common_type(node, 1)? {
        DataType::Float32 => floats(node, machine, |sum, count| sum / count),
        DataType::Int8 => quantized::<i8>(node, machine),
        DataType::UInt8 => quantized::<u8>(node, machine),
        DataType::Int16 => quantized::<i16>(node, machine),
        _ => Err(Unprepared::types(node)),
    }
}
