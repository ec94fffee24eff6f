//! Elements that are moved, whatever they are.

pub(crate) mod places;

use demilite_core::{DataType, NodeContext, Reject, Tensor};
use demilite_executor::Unprepared;

/// Bytes of an element of some inputs and of every output, which all have one type whose elements take whole bytes.
pub(crate) fn element_bytes(
    node: &NodeContext<'_>,
    inputs: impl IntoIterator<Item = usize>,
) -> Result<usize, Unprepared> {
    let dtype = node.output(0).dtype;
    let mut outputs = 0..node.node().outputs.len();
    let mut is_one_type = outputs.all(|index| node.output(index).dtype == dtype);
    for index in inputs {
        is_one_type &= node.required(index)?.dtype == dtype;
    }
    match dtype.bits() {
        Some(bits) if bits % 8 == 0 && is_one_type => Ok(bits / 8),
        _ => Err(Unprepared::types(node)),
    }
}

/// Checks that an input and every output share their scale and zero point, where their type is one of quantized activations.
pub(crate) fn expect_same_quantization(
    node: &NodeContext<'_>,
    input: usize,
) -> Result<(), Unprepared> {
    if !matches!(
        node.output(0).dtype,
        DataType::Int8 | DataType::UInt8 | DataType::Int16
    ) {
        return Ok(());
    }
    let parameters = |tensor: &Tensor| {
        let quantization = tensor.quantization.as_ref();
        quantization.and_then(|quantization| quantization.as_per_tensor())
    };
    let expected = parameters(node.required(input)?);
    let mut outputs = 0..node.node().outputs.len();
    if outputs.all(|index| parameters(node.output(index)) == expected) {
        return Ok(());
    }
    let rule = format!("its input {input} needs the scale and zero point of its output");
    Err(Reject::invalid(rule).into())
}
