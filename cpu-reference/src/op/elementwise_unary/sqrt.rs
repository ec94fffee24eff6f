//! SQRT.

use demilite_core::quantization::layer::per_tensor;
use demilite_core::quantization::square_root;
use demilite_core::{DataType, NodeContext};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::domain::checked;
use crate::elementwise::half_precision::halves;
use crate::elementwise::types::same_type;
use crate::elementwise::unary::elementwise;
use crate::quantized::element::QuantizedElement;

fn quantized<T: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    let (input, output) = (per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    checked(
        move |x: T| x.to_i32() >= input.1,
        "its input holds a negative number",
        elementwise(move |x: T| T::saturate(square_root(x.to_i32(), input, output))),
    )
}

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(f32::sqrt)),
        DataType::Float16 => Ok(halves(f32::sqrt)),
        DataType::Int8 => quantized::<i8>(node),
        DataType::Int16 => quantized::<i16>(node),
        _ => Err(Unprepared::types(node)),
    }
}
