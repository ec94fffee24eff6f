//! DEQUANTIZE of tensors with one scale, and of halves.

use demilite_core::{DataType, Element, NodeContext};
use demilite_executor::{KernelIo, Prepared, Unprepared};
use half::f16;

use crate::machine::Machine;
use crate::vectors;
use demilite_core::quantization::layer::affine;

fn each<T: Element + Sync>(
    machine: Machine,
    real: impl Fn(T) -> f32 + Send + Sync + Copy + 'static,
) -> Prepared {
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let input = io.input::<T>(0)?;
        vectors::map(machine, input, io.output::<f32>()?, real);
        Ok(())
    }))
}

pub(crate) fn prepare(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let input = node.required(0)?;
    if input.dtype == DataType::Float16 {
        return each::<f16>(machine, f16::to_f32);
    }
    if input
        .quantization
        .as_ref()
        .is_some_and(|quantization| quantization.is_per_axis())
    {
        return Err(Unprepared::types(node));
    }
    // Multiplied in double precision and rounded once.
    match input.dtype {
        DataType::Int8 => {
            let (scale, zero_point) = affine(input)?;
            each::<i8>(machine, move |q| {
                (f64::from(scale) * f64::from(i32::from(q) - zero_point)) as f32
            })
        }
        DataType::Int16 => {
            let (scale, zero_point) = affine(input)?;
            each::<i16>(machine, move |q| {
                (f64::from(scale) * f64::from(i32::from(q) - zero_point)) as f32
            })
        }
        DataType::UInt8 => {
            let (scale, zero_point) = affine(input)?;
            each::<u8>(machine, move |q| {
                (f64::from(scale) * f64::from(i32::from(q) - zero_point)) as f32
            })
        }
        _ => Err(Unprepared::types(node)),
    }
}
