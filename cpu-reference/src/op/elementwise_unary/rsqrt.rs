//! RSQRT.

use demilite_core::quantization::RsqrtScale;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::domain::checked;
use crate::elementwise::half_precision::halves;
use crate::elementwise::table::table_16;
use crate::elementwise::types::same_type;
use crate::elementwise::unary::elementwise;
use crate::quantized::element::QuantizedElement;

const RULE: &str = "its input holds a negative number";

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(|x: f32| 1.0 / x.sqrt())),
        DataType::Float16 => Ok(halves(|x| 1.0 / x.sqrt())),
        DataType::Int8 => {
            let input = per_tensor(node.required(0)?)?;
            let scale = RsqrtScale::new(input, per_tensor(node.output(0))?);
            let kernel = elementwise(move |x: i8| i8::saturate(scale.apply(x.into())));
            checked(move |x: i8| i32::from(x) >= input.1, RULE, kernel)
        }
        DataType::Int16 => {
            let (scale, _) = per_tensor(node.output(0))?;
            let greatest = f32::from(i16::MAX) * scale;
            let root = |x: f32| if x <= 0.0 { greatest } else { 1.0 / x.sqrt() };
            checked(|x: i16| x >= 0, RULE, table_16(node, root)?)
        }
        _ => Err(Unprepared::types(node)),
    }
}
