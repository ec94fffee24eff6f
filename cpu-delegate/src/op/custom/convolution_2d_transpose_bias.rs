//! Convolution2DTransposeBias: MediaPipe's transposed convolution with a bias.
//!
//! Inputs, float32: an image `[N,H,W,C]`, a filter `[O,KH,KW,C]`, a bias `[O]`. Output: `[N,H',W',O]`.
//! Options: a `TfLiteTransposeConvParams`, of 32-bit integers: padding, stride along the width, along the height. Of what the windows
//! reach beyond the output, half is cut off before it.

use demilite_core::op::{Window, nhwc};
use demilite_core::quantization::layer::expect_bias;
use demilite_core::{DataType, NodeContext, OpError, Reject};
use demilite_executor::{Prepared, Unprepared, output_shape};

use crate::machine::Machine;
use crate::op::transpose_conv::{Axis, FloatTransposeConv, Inputs};

/// The places of the inputs.
const INPUTS: Inputs = Inputs { image: 0, bias: 2 };

fn stride(bytes: [u8; 4]) -> Result<usize, Reject> {
    match i32::from_le_bytes(bytes) {
        stride @ 1.. => Ok(stride as usize),
        stride => Err(Reject::invalid(format!("a stride of {stride}"))),
    }
}

fn axis(input: usize, output: usize, filter: usize, stride: usize) -> Result<Axis, OpError> {
    let reach = input.saturating_sub(1).checked_mul(stride);
    let reach = reach.and_then(|reach| reach.checked_add(filter));
    let beyond = reach.and_then(|reach| reach.checked_sub(output));
    let beyond = beyond.ok_or_else(|| {
        OpError::rule(format!(
            "{input} windows of {filter} do not reach over {output} elements"
        ))
    })?;
    Ok(Axis {
        input,
        output,
        window: Window {
            size: filter,
            stride,
            dilation: 1,
        },
        before: beyond / 2,
    })
}

pub(super) fn prepare(options: &[u8], node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let (fields, _) = options.as_chunks();
    let &[_, stride_width, stride_height, ..] = fields else {
        return Err(Reject::invalid("its options are too short").into());
    };
    let types = [
        node.required(0)?.dtype,
        node.required(1)?.dtype,
        node.output(0).dtype,
    ];
    if types != [DataType::Float32; 3] {
        return Err(Unprepared::types(node));
    }
    expect_bias(node, INPUTS.bias, DataType::Float32)?;
    let [outputs, filter_height, filter_width, _] = nhwc(node.shape(1)?, "filter")?;
    let bias = node.shape(INPUTS.bias)?;
    if bias[..] != [outputs] {
        let rule = format!("a bias of shape {bias} for {outputs} output channels");
        return Err(Reject::invalid(rule).into());
    }
    let [_, height, width, _] = nhwc(node.shape(INPUTS.image)?, "image")?;
    let [_, rows, columns, _] = nhwc(output_shape(node, 0)?, "output")?;
    let rows = axis(height, rows, filter_height, stride(stride_height)?)?;
    let columns = axis(width, columns, filter_width, stride(stride_width)?)?;
    let clamp = (f32::MIN, f32::MAX);
    FloatTransposeConv::prepare(INPUTS, [rows, columns], clamp, node, machine)
}
