//! Functions of single integers that come from functions of reals.

use demilite_core::quantization::layer::{per_tensor, range};
use demilite_core::quantization::{LookupTable8, LookupTable16};
use demilite_core::{NodeContext, Reject};
use demilite_shaders::Element;

use crate::node::quantized::of_input;

/// What becomes of each quantized integer; what it gives still has to saturate to the output's type.
pub(crate) type Function = Box<dyn Fn(i32) -> i32>;

/// A function of reals: bytes are looked up, 16-bit integers interpolated.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the integers are of the element's type"
)]
pub(crate) fn of_reals(
    element: Element,
    node: &NodeContext<'_>,
    function: impl Fn(f32) -> f32,
) -> Result<Function, Reject> {
    let (input, output) = (of_input(node, 0)?, per_tensor(node.output(0))?);
    if element == Element::I16 {
        let table = LookupTable16::new(input, output, function);
        return Ok(Box::new(move |value| table.get(value as i16).into()));
    }
    let table = LookupTable8::new(input, output, range(node.output(0))?, function);
    Ok(Box::new(move |value| table.get(value)))
}
