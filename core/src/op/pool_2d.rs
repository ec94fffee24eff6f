//! AVERAGE_POOL_2D, L2_POOL_2D and MAX_POOL_2D: one value for each window and channel.

use super::{Activation, Attributes, Padding, Window, nhwc, positive};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, Pool2DOptions};
use crate::shape::Shape;

/// What a window's elements become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PoolKind {
    /// Their mean; taps outside the image do not count.
    Average,
    /// The root of the mean of their squares; floats alone have it.
    L2,
    /// The largest.
    Max,
}

/// Input: image `[N,H,W,C]`. Output: `[N,H',W',C]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool2d {
    /// What a window's elements become.
    pub kind: PoolKind,
    /// What lies around the image.
    pub padding: Padding,
    /// The window along height.
    pub rows: Window,
    /// The window along width.
    pub columns: Window,
    /// Applied to the result.
    pub activation: Activation,
}

impl Attributes for Pool2d {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let kind = match operator {
            BuiltinOperator::MaxPool2d => PoolKind::Max,
            BuiltinOperator::L2Pool2d => PoolKind::L2,
            _ => PoolKind::Average,
        };
        let options = options_of!(options, Pool2DOptions)?;
        Ok(Pool2d {
            kind,
            padding: Padding::from_code(options.padding)?,
            rows: Window {
                size: positive("filter_height", options.filter_height)?,
                stride: positive("stride_h", options.stride_h)?,
                dilation: 1,
            },
            columns: Window {
                size: positive("filter_width", options.filter_width)?,
                stride: positive("stride_w", options.stride_w)?,
                dilation: 1,
            },
            activation: Activation::from_code(options.fused_activation_function)?,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let operator = match self.kind {
            PoolKind::Average => BuiltinOperator::AveragePool2d,
            PoolKind::L2 => BuiltinOperator::L2Pool2d,
            PoolKind::Max => BuiltinOperator::MaxPool2d,
        };
        let options = Pool2DOptions {
            padding: self.padding.code(),
            stride_w: self.columns.stride as i32,
            stride_h: self.rows.stride as i32,
            filter_width: self.columns.size as i32,
            filter_height: self.rows.size as i32,
            fused_activation_function: self.activation.code(),
        };
        (operator, BuiltinOptions::Pool2DOptions(options))
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match (self.kind, node.input_type(0)) {
            (PoolKind::L2, _) => 1,
            (PoolKind::Average | PoolKind::Max, Some(DataType::Int16)) => 3,
            (PoolKind::Average | PoolKind::Max, Some(DataType::Int8)) => 2,
            (PoolKind::Average | PoolKind::Max, _) => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let [batch, height, width, channels] = nhwc(node.shape(0)?, "image")?;
        Ok(vec![Shape::from([
            batch,
            self.rows.place(height, self.padding)?.output,
            self.columns.place(width, self.padding)?.output,
            channels,
        ])])
    }
}
