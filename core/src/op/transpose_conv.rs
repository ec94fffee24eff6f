//! TRANSPOSE_CONV: each pixel of an image is spread over a window of the output.

use super::conv_2d::expect_bias;
use super::version::gives;
use super::{Activation, Attributes, Padding, Window, WindowPlacement, nhwc, positive};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, TransposeConvOptions};
use crate::shape::Shape;

/// The largest stride that LiteRT takes.
const LARGEST_STRIDE: usize = i16::MAX as usize;

/// Inputs: the output's shape (int32 `[4]`), filter `[O,KH,KW,C]`, image `[N,H,W,C]`, optional bias
/// `[O]`. Output: `[N,H',W',O]`, of which a CONV_2D with the same window makes `H` times `W` pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransposeConv {
    /// What lies around the output.
    pub padding: Padding,
    /// Rows of the output from one row of the image to the next.
    pub stride_h: usize,
    /// Columns of the output from one column of the image to the next.
    pub stride_w: usize,
    /// Applied to the sum and its bias.
    pub activation: Activation,
    /// Code of the bias type that the converter chose for 16-bit activations; 0 leaves it open.
    pub quantized_bias_type: i8,
}

impl TransposeConv {
    /// The place of the image among the inputs.
    pub const IMAGE: usize = 2;

    /// The place of the bias among the inputs.
    pub const BIAS: usize = 3;

    /// The windows along height and width for a filter of shape `[O,KH,KW,C]`.
    pub fn windows(&self, filter: [usize; 4]) -> [Window; 2] {
        [(filter[1], self.stride_h), (filter[2], self.stride_w)].map(|(size, stride)| Window {
            size,
            stride,
            dilation: 1,
        })
    }
}

impl Attributes for TransposeConv {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, TransposeConvOptions)?;
        let stride = |name, value| match positive(name, value)? {
            stride if stride <= LARGEST_STRIDE => Ok(stride),
            _ => Err(OpError::Attribute {
                attribute: name,
                value: value.into(),
            }),
        };
        Ok(TransposeConv {
            padding: Padding::from_code(options.padding)?,
            stride_h: stride("stride_h", options.stride_h)?,
            stride_w: stride("stride_w", options.stride_w)?,
            activation: Activation::from_code(options.fused_activation_function)?,
            quantized_bias_type: options.quantized_bias_type,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = TransposeConvOptions {
            padding: self.padding.code(),
            stride_w: self.stride_w as i32,
            stride_h: self.stride_h as i32,
            fused_activation_function: self.activation.code(),
            quantized_bias_type: self.quantized_bias_type,
        };
        (
            BuiltinOperator::TransposeConv,
            BuiltinOptions::TransposeConvOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(3..=4, 1..=1)?;
        node.expect_indices(0, "output shape")
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        use DataType::{Int8, Int16};
        let is_int16 = node.input_type(2) == Some(Int16) && gives(node, Int16);
        if is_int16 && node.input_type(1) == Some(Int8) && self.quantized_bias_type != 0 {
            5
        } else if self.activation != Activation::None {
            4
        } else if node.input(Self::BIAS).is_some() {
            3
        } else if node.input_type(1) == Some(Int8) {
            2
        } else {
            1
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let filter = nhwc(node.shape(1)?, "filter")?;
        let [batch, height, width, channels] = nhwc(node.shape(Self::IMAGE)?, "image")?;
        expect_bias(node, Self::BIAS, filter[0])?;
        let output = node.extents(0)?;
        let [output_batch, rows, columns, outputs] = nhwc(&output, "output")?;
        if [output_batch, outputs, channels] != [batch, filter[0], filter[3]] {
            return Err(OpError::rule(format!(
                "a filter of shape {} does not spread an image of shape {} over an output of \
                 shape {output}",
                node.shape(1)?,
                node.shape(Self::IMAGE)?,
            )));
        }
        let windows = self.windows(filter);
        for (window, input, output) in [(windows[0], height, rows), (windows[1], width, columns)] {
            let WindowPlacement { output: fit, .. } = window.place(output, self.padding)?;
            if window.size == 0 || fit != input {
                return Err(OpError::rule(format!(
                    "windows of {} elements in steps of {} over an output of {output} are not \
                     those of {input} elements",
                    window.size, window.stride,
                )));
            }
        }
        Ok(vec![output])
    }
}
