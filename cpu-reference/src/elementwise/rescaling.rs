//! The rescaling of ADD and SUB.

use demilite_core::op::Activation;
use demilite_core::quantization::layer::{per_tensor, quantized_clamp};
pub use demilite_core::quantization::{CommonScale, PowerOfTwoScale};
use demilite_core::{DataType, NodeContext, Reject};
use demilite_executor::Unprepared;

/// The rescaling of 8-bit and 16-bit operands of any scale.
pub(crate) fn common_scale(
    activation: Activation,
    node: &NodeContext<'_>,
) -> Result<CommonScale, Unprepared> {
    let output = node.output(0);
    let left_shift = if output.dtype == DataType::Int16 {
        15
    } else {
        20
    };
    Ok(CommonScale::new(
        left_shift,
        [
            per_tensor(node.required(0)?)?,
            per_tensor(node.required(1)?)?,
        ],
        per_tensor(output)?,
        quantized_clamp(activation, output)?,
    ))
}

/// The rescaling of 16-bit operands whose scales are powers of two; `None` where one of them is
/// not, or where neither input has the output's scale.
pub(crate) fn power_of_two_scale(
    activation: Activation,
    node: &NodeContext<'_>,
) -> Result<Option<PowerOfTwoScale>, Unprepared> {
    let (left, right) = (node.required(0)?, node.required(1)?);
    let inputs = [per_tensor(left)?.0, per_tensor(right)?.0];
    let output = per_tensor(node.output(0))?.0;
    let Some(right_shifts) = PowerOfTwoScale::right_shifts(inputs, output) else {
        return Ok(None);
    };
    if !PowerOfTwoScale::allows(right_shifts) {
        return Err(Reject::invalid(
            "with scales that are powers of two, one 16-bit input needs the output's scale, and \
             the other one no greater",
        )
        .into());
    }
    Ok(Some(PowerOfTwoScale {
        right_shifts,
        clamp: quantized_clamp(activation, node.output(0))?,
    }))
}
