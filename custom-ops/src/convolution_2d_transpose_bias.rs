//! Convolution2DTransposeBias: MediaPipe's transposed convolution with a bias.
//!
//! Inputs, float32: an image `[N,H,W,C]`, a filter `[O,KH,KW,C]`, a bias `[O]`. Output: `[N,H',W',O]`.
//! Options: a `TfLiteTransposeConvParams`: padding, stride along the width, along the height.
//!
//! The arithmetic is that of [`transpose_conv`](demilite_cpu_reference::op::transpose_conv), which adds the bias last. Where the
//! padding is SAME, what exceeds the stride of the last window is cut off, as in MediaPipe's
//! `transpose_conv_bias.cc`.

use demilite_core::op::{Padding, nhwc};
use demilite_core::{DataType, NodeContext, OpError, Shape, View};
use demilite_executor::{KernelIo, Layer, Prepacked, Prepared, Unprepared};

use super::CustomKernel;
use super::c_struct::Fields;
use demilite_cpu_reference::op::transpose_conv::transpose_conv_f32;
use demilite_cpu_reference::product::output_stage::FloatOutputStage;
use demilite_cpu_reference::product::packed_filter::PackedFilter;
use demilite_cpu_reference::product::spread::{Spread, SpreadExtent};

/// See [the module](self).
#[derive(Debug)]
pub struct Convolution2dTransposeBias;

struct TransposeConvolution {
    spread: Spread,
    output_channels: usize,
}

impl TransposeConvolution {
    fn new(options: &[u8], node: &NodeContext<'_>) -> Result<Self, OpError> {
        node.expect_counts(3..=3, 1..=1)?;
        let fields = Fields::new(options, 3)?;
        let padding = fields.padding(0)?;
        let strides = [
            fields.length(2, "stride_height")?,
            fields.length(1, "stride_width")?,
        ];
        let [batches, height, width, channels] = nhwc(node.shape(0)?, "image")?;
        let filter = nhwc(node.shape(1)?, "filter")?;
        let bias = node.shape(2)?;
        if channels != filter[3] || bias[..] != [filter[0]] {
            return Err(OpError::rule(format!(
                "a filter of shape {} does not spread an image of shape {} with a bias of shape {bias}",
                node.shape(1)?,
                node.shape(0)?
            )));
        }
        Ok(TransposeConvolution {
            spread: Spread {
                batches,
                rows: extent(height, filter[1], strides[0], padding)?,
                columns: extent(width, filter[2], strides[1], padding)?,
                input_channels: channels,
            },
            output_channels: filter[0],
        })
    }
}

/// How `input` elements are spread.
fn extent(
    input: usize,
    filter: usize,
    stride: usize,
    padding: Padding,
) -> Result<SpreadExtent, OpError> {
    let steps = input.checked_sub(1).filter(|_| filter > 0);
    let steps = steps.ok_or_else(|| OpError::rule("an image or a filter without elements"))?;
    let padding = match padding {
        Padding::Same => filter.saturating_sub(steps % stride + 1),
        Padding::Valid => 0,
    };
    let reach = stride
        .checked_mul(steps)
        .and_then(|reach| reach.checked_add(filter));
    let output = reach.ok_or_else(|| OpError::rule("an output beyond what can be addressed"))?;
    Ok(SpreadExtent {
        input,
        output: output - padding,
        filter,
        stride,
        dilation: 1,
        padding: padding / 2,
    })
}

impl Layer for TransposeConvolution {
    type Weights = PackedFilter<f32>;

    fn pack(&self, weights: View<'_>) -> Result<PackedFilter<f32>, OpError> {
        Ok(PackedFilter::new(
            weights.as_slice()?,
            self.output_channels,
            1,
        ))
    }

    fn run(&self, filter: &PackedFilter<f32>, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let stage = FloatOutputStage {
            bias: Some(io.input(2)?),
            clamp: (f32::MIN, f32::MAX),
        };
        let input = io.input(0)?;
        transpose_conv_f32(&self.spread, input, filter, &stage, io.output()?);
        Ok(())
    }
}

impl CustomKernel for Convolution2dTransposeBias {
    fn name(&self) -> &str {
        "Convolution2DTransposeBias"
    }

    fn output_shapes(&self, options: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let layer = TransposeConvolution::new(options, node)?;
        let Spread {
            batches,
            rows,
            columns,
            ..
        } = layer.spread;
        let extents = [batches, rows.output, columns.output, layer.output_channels];
        Ok(vec![Shape::from(extents)])
    }

    fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared {
        let layer = TransposeConvolution::new(options, node)?;
        for index in 0..3 {
            if node.required(index)?.dtype != DataType::Float32 {
                return Err(Unprepared::types(node));
            }
        }
        if node.output(0).dtype != DataType::Float32 {
            return Err(Unprepared::types(node));
        }
        Ok(Prepacked::boxed(layer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_beyond_the_last_stride_are_cut_off() {
        let places = |input, filter, stride, padding| {
            let extent = extent(input, filter, stride, padding).unwrap();
            (extent.output, extent.padding)
        };
        assert_eq!(places(128, 2, 2, Padding::Same), (256, 0));
        assert_eq!(places(4, 5, 2, Padding::Same), (8, 1));
        assert_eq!(places(5, 3, 2, Padding::Same), (9, 1));
        assert_eq!(places(3, 3, 2, Padding::Valid), (7, 0));
        assert!(extent(0, 3, 1, Padding::Same).is_err());
        assert!(extent(usize::MAX, 3, 2, Padding::Valid).is_err());
    }
}
