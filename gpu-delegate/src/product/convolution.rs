//! The sizes of a convolution on the host, and as the kernels are told them.

use demilite_core::Reject;
use demilite_shaders::table::Conv2dParams;

use crate::node::check::{signed_word, word};

/// The sizes of a convolution; pairs are along height and width.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Convolution {
    /// Height, width and channels of the input.
    pub(crate) image: [usize; 3],
    /// Height and width of the filter, and the input channels that a group of it reads.
    pub(crate) filter: [usize; 3],
    /// `[N,H,W,C]`.
    pub(crate) output: [usize; 4],
    /// Output channels of a group.
    pub(crate) group_channels: usize,
    pub(crate) stride: [usize; 2],
    /// From one tap to the next; negative where the filter walks backwards.
    pub(crate) dilation: [isize; 2],
    /// Before the first row and column; negative where they are cut off.
    pub(crate) padding: [isize; 2],
    /// How far the input's rows and columns lie apart, with nothing between them.
    pub(crate) spread: [usize; 2],
    /// The interval of the fused activation.
    pub(crate) clamp: (f32, f32),
}

impl Convolution {
    /// The product of `rows` rows of `depth` elements with a matrix of `outputs` columns: a 1x1 convolution of an image that is one
    /// row of pixels.
    pub(crate) fn of_rows(rows: usize, depth: usize, outputs: usize, clamp: (f32, f32)) -> Self {
        Convolution {
            image: [1, rows, depth],
            filter: [1, 1, depth],
            output: [1, 1, rows, outputs],
            group_channels: outputs,
            stride: [1, 1],
            dilation: [1, 1],
            padding: [0, 0],
            spread: [1, 1],
            clamp,
        }
    }

    /// As the kernels are told it; a rejection where a size is beyond their words.
    pub(crate) fn params(&self) -> Result<Conv2dParams, Reject> {
        let [batch, output_height, output_width, outputs] = self.output;
        let rows = batch.checked_mul(output_height);
        let positions = rows.and_then(|rows| rows.checked_mul(output_width));
        Ok(Conv2dParams {
            input_height: word(self.image[0])?,
            input_width: word(self.image[1])?,
            input_channels: word(self.image[2])?,
            filter_height: word(self.filter[0])?,
            filter_width: word(self.filter[1])?,
            filter_channels: word(self.filter[2])?,
            output_height: word(output_height)?,
            output_width: word(output_width)?,
            output_channels: word(outputs)?,
            group_channels: word(self.group_channels)?,
            positions: word(positions.unwrap_or(usize::MAX))?,
            stride_height: word(self.stride[0])?,
            stride_width: word(self.stride[1])?,
            dilation_height: signed_word(self.dilation[0])?,
            dilation_width: signed_word(self.dilation[1])?,
            pad_top: signed_word(self.padding[0])?,
            pad_left: signed_word(self.padding[1])?,
            spread_height: word(self.spread[0])?,
            spread_width: word(self.spread[1])?,
            activation_min: self.clamp.0,
            activation_max: self.clamp.1,
        })
    }
}
