//! DEPTHWISE_CONV_2D: each channel has windows of its own.

use super::conv_2d::expect_bias;
use super::version::{are, is_per_axis};
use super::{Activation, Attributes, Padding, Window, nhwc, positive};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, DepthwiseConv2DOptions};
use crate::shape::Shape;
use crate::work::output_elements;

/// Inputs: image `[N,H,W,C]`, filter `[1,KH,KW,C·multiplier]`, optional bias `[C·multiplier]`.
/// Output: `[N,H',W',C·multiplier]`; output channel `c·multiplier + m` reads channel `c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepthwiseConv2d {
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
    /// The multiplier that the file states; the filter's shape decides, and a writer keeps this.
    pub depth_multiplier: i32,
    /// Applied to the sum and its bias.
    pub activation: Activation,
}

impl DepthwiseConv2d {
    /// The windows along height and width for a filter of shape `[1,KH,KW,O]`.
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

impl Attributes for DepthwiseConv2d {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, DepthwiseConv2DOptions)?;
        Ok(DepthwiseConv2d {
            padding: Padding::from_code(options.padding)?,
            stride_h: positive("stride_h", options.stride_h)?,
            stride_w: positive("stride_w", options.stride_w)?,
            dilation_h: positive("dilation_h_factor", options.dilation_h_factor)?,
            dilation_w: positive("dilation_w_factor", options.dilation_w_factor)?,
            depth_multiplier: options.depth_multiplier,
            activation: Activation::from_code(options.fused_activation_function)?,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = DepthwiseConv2DOptions {
            padding: self.padding.code(),
            stride_w: self.stride_w as i32,
            stride_h: self.stride_h as i32,
            depth_multiplier: self.depth_multiplier,
            fused_activation_function: self.activation.code(),
            dilation_w_factor: self.dilation_w as i32,
            dilation_h_factor: self.dilation_h as i32,
        };
        (
            BuiltinOperator::DepthwiseConv2d,
            BuiltinOptions::DepthwiseConv2DOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=3, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        use DataType::{Float32, Int4, Int8, Int16};
        if are(node, &[Int16, Int16], Int16) {
            5
        } else if are(node, &[Float32, Int8], Float32) {
            if is_per_axis(node.input(1)) { 6 } else { 4 }
        } else if are(node, &[Int8, Int8], Int8) {
            3
        } else if are(node, &[Int8, Int4], Int8) {
            7
        } else if self.dilation_h != 1 || self.dilation_w != 1 {
            2
        } else {
            1
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let [batch, height, width, channels] = nhwc(node.shape(0)?, "image")?;
        let filter = nhwc(node.shape(1)?, "filter")?;
        let [one, _, _, outputs] = filter;
        if one != 1 || channels == 0 || !outputs.is_multiple_of(channels) {
            return Err(OpError::rule(format!(
                "a depthwise filter of shape {} does not fit an image of {channels} channels",
                node.shape(1)?
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
        let [_, height, width, _] = nhwc(node.shape(1)?, "filter")?;
        Ok(output_elements(node)?.saturating_mul((height * width) as u64))
    }
}
