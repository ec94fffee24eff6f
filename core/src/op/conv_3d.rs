//! CONV_3D and CONV_3D_TRANSPOSE: a window of weights slides over a volume, or is spread over one.

use super::conv_2d::expect_bias;
use super::{Activation, Attributes, Padding, Window, positive};
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, Conv3DOptions};
use crate::shape::Shape;

operator_kinds! {
    /// What the window does.
    Conv3dKind {
        /// It slides over the input. Inputs: volume `[N,D,H,W,C]`, filter `[KD,KH,KW,C,O]`, optional
        /// bias `[O]`.
        Conv3d,
        /// It is spread over the output. Inputs: the output's shape (int32 `[5]`), filter
        /// `[KD,KH,KW,O,C]`, volume `[N,D,H,W,C]`, optional bias `[O]`.
        Conv3dTranspose,
    }
}

/// Output: `[N,D',H',W',O]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conv3d {
    /// What the window does.
    pub kind: Conv3dKind,
    /// What lies around the volume that the window slides over.
    pub padding: Padding,
    /// Elements from one window to the next along depth, height and width.
    pub strides: [usize; 3],
    /// Elements from one tap to the next along depth, height and width.
    pub dilations: [usize; 3],
    /// Applied to the sum and its bias.
    pub activation: Activation,
}

/// The extents of a convolution of volumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conv3dExtents {
    /// Number of volumes.
    pub batches: usize,
    /// Depth, height and width of the input.
    pub input: [usize; 3],
    /// Channels of the input.
    pub input_channels: usize,
    /// Depth, height and width of the output.
    pub output: [usize; 3],
    /// Channels of the output.
    pub output_channels: usize,
    /// The windows along depth, height and width.
    pub windows: [Window; 3],
}

impl Conv3d {
    /// The place of the volume among the inputs.
    pub fn volume(&self) -> usize {
        match self.kind {
            Conv3dKind::Conv3d => 0,
            Conv3dKind::Conv3dTranspose => 2,
        }
    }

    /// The place of the bias among the inputs.
    pub fn bias(&self) -> usize {
        match self.kind {
            Conv3dKind::Conv3d => 2,
            Conv3dKind::Conv3dTranspose => 3,
        }
    }

    /// The extents of a node of this op.
    ///
    /// # Errors
    /// [`OpError::Unknown`] where only an invocation shows them, [`OpError::Shape`] where the
    /// shapes do not fit.
    pub fn extents(&self, node: &NodeContext<'_>) -> Result<Conv3dExtents, OpError> {
        let volume = node.shape(self.volume())?;
        let filter = node.shape(1)?;
        let [batches, depth, height, width, input_channels] = five(volume, "volume")?;
        let [taps_d, taps_h, taps_w, first, second] = five(filter, "filter")?;
        let (weighed_channels, output_channels) = match self.kind {
            Conv3dKind::Conv3d => (first, second),
            Conv3dKind::Conv3dTranspose => (second, first),
        };
        let sizes = [taps_d, taps_h, taps_w];
        if weighed_channels != input_channels || sizes.contains(&0) {
            return Err(OpError::rule(format!(
                "a filter of shape {filter} for a volume of shape {volume}"
            )));
        }
        let window = |axis: usize| Window {
            size: sizes[axis],
            stride: self.strides[axis],
            dilation: self.dilations[axis],
        };
        let windows = [window(0), window(1), window(2)];
        let input = [depth, height, width];
        let mut extents = Conv3dExtents {
            batches,
            input,
            input_channels,
            output: [0; 3],
            output_channels,
            windows,
        };
        match self.kind {
            Conv3dKind::Conv3d => {
                for axis in 0..3 {
                    let placement = windows[axis].place(input[axis], self.padding)?;
                    extents.output[axis] = placement.output;
                }
            }
            Conv3dKind::Conv3dTranspose => {
                let shape = node.extents(0)?;
                let [output_batches, depth, height, width, outputs] = five(&shape, "output")?;
                extents.output = [depth, height, width];
                let mut fits = output_batches == batches && outputs == output_channels;
                for axis in 0..3 {
                    let placement = windows[axis].place(extents.output[axis], self.padding)?;
                    fits &= placement.output == input[axis];
                }
                if !fits {
                    return Err(OpError::rule(format!(
                        "a filter of shape {filter} does not spread a volume of shape {volume} \
                         over an output of shape {shape}"
                    )));
                }
            }
        }
        Ok(extents)
    }
}

/// The extents of a volume or a filter.
fn five(shape: &Shape, what: &str) -> Result<[usize; 5], OpError> {
    <[usize; 5]>::try_from(&shape[..]).map_err(|_| {
        OpError::rule(format!(
            "the {what} has shape {shape}, and five dimensions are needed"
        ))
    })
}

impl Attributes for Conv3d {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let kind = Conv3dKind::of(operator)?;
        let options = options_of!(options, Conv3DOptions)?;
        Ok(Conv3d {
            kind,
            padding: Padding::from_code(options.padding)?,
            strides: [
                positive("stride_d", options.stride_d)?,
                positive("stride_h", options.stride_h)?,
                positive("stride_w", options.stride_w)?,
            ],
            dilations: [
                positive("dilation_d_factor", options.dilation_d_factor)?,
                positive("dilation_h_factor", options.dilation_h_factor)?,
                positive("dilation_w_factor", options.dilation_w_factor)?,
            ],
            activation: Activation::from_code(options.fused_activation_function)?,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let [stride_d, stride_h, stride_w] = self.strides.map(|stride| stride as i32);
        let dilations = self.dilations.map(|dilation| dilation as i32);
        let [dilation_d_factor, dilation_h_factor, dilation_w_factor] = dilations;
        let options = Conv3DOptions {
            padding: self.padding.code(),
            stride_d,
            stride_w,
            stride_h,
            fused_activation_function: self.activation.code(),
            dilation_d_factor,
            dilation_w_factor,
            dilation_h_factor,
        };
        (self.kind.operator(), options.into())
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        match self.kind {
            Conv3dKind::Conv3d => node.expect_counts(2..=3, 1..=1),
            Conv3dKind::Conv3dTranspose => {
                node.expect_counts(3..=4, 1..=1)?;
                node.expect_indices(0, "output shape")
            }
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let extents = self.extents(node)?;
        expect_bias(node, self.bias(), extents.output_channels)?;
        let [depth, height, width] = extents.output;
        let shape = [
            extents.batches,
            depth,
            height,
            width,
            extents.output_channels,
        ];
        Ok(vec![Shape::from(shape)])
    }
}
