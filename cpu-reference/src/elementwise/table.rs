//! Functions of reals that are looked up in tables.

use demilite_core::NodeContext;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::quantization::{LookupTable8, LookupTable16};
use demilite_executor::Prepared;

use crate::elementwise::unary::elementwise;
use crate::quantized::element::QuantizedElement;

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
