//! CONV_2D: a window of weights slides over an image.

use super::version::{are, is_per_axis};
use super::{Activation, Attributes, Padding, Window, nhwc, positive};
use crate::dtype::DataType;
use crate::error::{OpError, ShapeError};
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, Conv2DOptions};
use crate::shape::Shape;
use crate::work::output_elements;

/// Inputs: image `[N,H,W,C]`, filter `[O,KH,KW,C/groups]`, optional bias `[O]`.
/// Output: `[N,H',W',O]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conv2d {
    /// What lies around the image.
    pub padding: Padding,
    /// Rows from one window to the next.
    pub stride_h: usize,
    /// Columns from one window to the next.
    pub stride_w: usize,
    /// Rows from one tap to the next.
    pub dilation_h: usize,
    /// Columns from one tap to the next.
    pub dilation_w: usize,
    /// Applied to the sum and its bias.
    pub activation: Activation,
    /// Code of the bias type that the converter chose for 16-bit activations; 0 leaves it open.
    pub quantized_bias_type: i8,
}

impl Conv2d {
    /// The windows along height and width for a filter of shape `[O,KH,KW,I]`.
    pub fn windows(&self, filter: [usize; 4]) -> [Window; 2] {
        [
            Window {
                size: filter[1],
                stride: self.stride_h,
                dilation: self.dilation_h,
            },
            Window {
                size: filter[2],
                stride: self.stride_w,
                dilation: self.dilation_w,
            },
        ]
    }
}

impl Attributes for Conv2d {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, Conv2DOptions)?;
        Ok(Conv2d {
            padding: Padding::from_code(options.padding)?,
            stride_h: positive("stride_h", options.stride_h)?,
            stride_w: positive("stride_w", options.stride_w)?,
            dilation_h: positive("dilation_h_factor", options.dilation_h_factor)?,
            dilation_w: positive("dilation_w_factor", options.dilation_w_factor)?,
            activation: Activation::from_code(options.fused_activation_function)?,
            quantized_bias_type: options.quantized_bias_type,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = Conv2DOptions {
            padding: self.padding.code(),
            stride_w: self.stride_w as i32,
            stride_h: self.stride_h as i32,
            fused_activation_function: self.activation.code(),
            dilation_w_factor: self.dilation_w as i32,
            dilation_h_factor: self.dilation_h as i32,
            quantized_bias_type: self.quantized_bias_type,
        };
        (
            BuiltinOperator::Conv2d,
            BuiltinOptions::Conv2DOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=3, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        use DataType::{Float32, Int4, Int8, Int16};
        let depth = |index: usize| node.input(index).and_then(|tensor| tensor.shape.last());
        if are(node, &[Int16, Int8], Int16) && self.quantized_bias_type != 0 {
            8
        } else if depth(0) != depth(1) {
            6
        } else if are(node, &[Int16, Int16], Int16) {
            4
        } else if are(node, &[Int8, Int8], Int8) {
            3
        } else if are(node, &[Int8, Int4], Int8) {
            7
        } else if are(node, &[Float32, Int8], Float32) {
            if is_per_axis(node.input(1)) { 5 } else { 2 }
        } else {
            1
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let [batch, height, width, channels] = nhwc(node.shape(0)?, "image")?;
        let filter = nhwc(node.shape(1)?, "filter")?;
        let [outputs, _, _, group_channels] = filter;
        if group_channels == 0
            || !channels.is_multiple_of(group_channels)
            || !outputs.is_multiple_of((channels / group_channels).max(1))
        {
            return Err(OpError::rule(format!(
                "a filter for {group_channels} channels and {outputs} outputs does not divide a \
                 image of {channels} channels into groups"
            )));
        }
        expect_bias(node, 2, outputs)?;
        let [rows, columns] = self.windows(filter);
        Ok(vec![Shape::from([
            batch,
            rows.place(height, self.padding)?.output,
            columns.place(width, self.padding)?.output,
            outputs,
        ])])
    }

    fn multiply_adds(&self, node: &NodeContext<'_>) -> Result<u64, OpError> {
        let taps = nhwc(node.shape(1)?, "filter")?[1..]
            .iter()
            .product::<usize>();
        Ok(output_elements(node)?.saturating_mul(taps as u64))
    }
}

/// An absent bias, or one value for each output channel.
pub(super) fn expect_bias(
    node: &NodeContext<'_>,
    index: usize,
    outputs: usize,
) -> Result<(), OpError> {
    if node.input(index).is_none() {
        return Ok(());
    }
    let bias = node.shape(index)?;
    if bias.elements() == outputs {
        return Ok(());
    }
    Err(OpError::Shape(ShapeError::Rule {
        rule: format!(
            "a bias of shape {bias} does not give one value to each of {outputs} outputs"
        ),
    }))
}
