//! Functions of one tensor, element by element: one file for each or for each family.

mod abs;
mod elu;
mod exp;
mod log;
mod logical_not;
mod neg;
mod rounding;
mod rsqrt;
mod sign;
mod sqrt;

pub use elu::elu_f32;
pub use log::log_or_floor;
pub use rounding::round_f32;
pub use sign::sign;

use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::quantization::{LookupTable8, LookupTable16};
use demilite_core::{DataType, Element, NodeContext, OpError, op};

use crate::elementwise::half_precision::halves;
use crate::kernel::{Kernel, KernelIo, Prepared, Unprepared, elementwise};
use crate::quantized::element::QuantizedElement;
use crate::quantized::tensor_parameters::per_tensor;

pub(crate) fn prepare(op: &op::ElementwiseUnary, node: &NodeContext<'_>) -> Prepared {
    match op.kind {
        UnaryKind::Abs => abs::prepare(node),
        UnaryKind::Ceil => rounding::prepare(node, f32::ceil),
        UnaryKind::Cos => float(node, f32::cos),
        UnaryKind::Elu => elu::prepare(node),
        UnaryKind::Exp => exp::prepare(node),
        UnaryKind::Floor => rounding::prepare(node, f32::floor),
        UnaryKind::Log => log::prepare(node),
        UnaryKind::LogicalNot => logical_not::prepare(node),
        UnaryKind::Neg => neg::prepare(node),
        UnaryKind::Round => rounding::prepare(node, round_f32),
        UnaryKind::Rsqrt => rsqrt::prepare(node),
        UnaryKind::Sign => sign::prepare(node),
        UnaryKind::Sin => float(node, f32::sin),
        UnaryKind::Sqrt => sqrt::prepare(node),
        UnaryKind::Square => float(node, |x| x * x),
    }
}

/// The type that input and output share.
pub(crate) fn same_type(node: &NodeContext<'_>) -> Result<DataType, Unprepared> {
    let dtype = node.output(0).dtype;
    if node.required(0)?.dtype == dtype {
        Ok(dtype)
    } else {
        Err(Unprepared::types(node))
    }
}

/// A kernel of floats alone.
fn float(node: &NodeContext<'_>, function: fn(f32) -> f32) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(function)),
        DataType::Float16 => Ok(halves(function)),
        _ => Err(Unprepared::types(node)),
    }
}

/// A kernel of 8-bit numbers that looks a function of reals up.
pub(crate) fn table<T: QuantizedElement>(
    node: &NodeContext<'_>,
    function: impl Fn(f32) -> f32,
) -> Prepared {
    let (input, output) = (per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    let table = LookupTable8::new(input, output, T::RANGE, function);
    Ok(elementwise(move |x: T| T::saturate(table.get(x.to_i32()))))
}

/// A kernel of 16-bit numbers that looks a function of reals up and interpolates.
pub(crate) fn table_16(node: &NodeContext<'_>, function: impl Fn(f32) -> f32) -> Prepared {
    let (input, output) = (per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    let table = LookupTable16::new(input, output, function);
    Ok(elementwise(move |x: i16| table.get(x)))
}

/// The same kernel, with an error where an input does not pass.
fn checked<T: Element>(
    passes: impl Fn(T) -> bool + Send + 'static,
    rule: &'static str,
    kernel: Box<dyn Kernel>,
) -> Prepared {
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        if io.input::<T>(0)?.iter().all(|&x| passes(x)) {
            kernel.run(io)
        } else {
            Err(OpError::rule(rule))
        }
    }))
}
