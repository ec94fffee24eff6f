//! Convolutions that walk backwards over an image whose rows and columns are spread.

use demilite_shaders::table::Conv2dParams;

/// A convolution that walks backwards.
pub(crate) struct Backwards {
    /// Height, width and channels.
    pub(crate) image: [usize; 3],
    /// Size and stride of the windows along height and width.
    pub(crate) windows: [[usize; 2]; 2],
    /// Rows and columns that are cut off before the output.
    pub(crate) padding: [usize; 2],
    /// `[N,H,W,C]`.
    pub(crate) output: [usize; 4],
    /// The interval of the fused activation.
    pub(crate) clamp: (f32, f32),
}

/// The convolution from the spread image to the output.
pub(crate) fn sizes(backwards: Backwards) -> Conv2dParams {
    let [height, width, channels] = backwards.image;
    let [rows, columns] = backwards.windows;
    let [batch, output_height, output_width, outputs] = backwards.output;
    // An output takes the filter's row fy from the image's row (y + padding - fy) / stride.
    let negated = |value: usize| (value as u32).wrapping_neg();
    Conv2dParams {
        input_height: height as u32,
        input_width: width as u32,
        input_channels: channels as u32,
        filter_height: rows[0] as u32,
        filter_width: columns[0] as u32,
        filter_channels: channels as u32,
        output_height: output_height as u32,
        output_width: output_width as u32,
        output_channels: outputs as u32,
        group_channels: outputs as u32,
        positions: (batch * output_height * output_width) as u32,
        stride_height: 1,
        stride_width: 1,
        dilation_height: negated(1),
        dilation_width: negated(1),
        pad_top: negated(backwards.padding[0]),
        pad_left: negated(backwards.padding[1]),
        spread_height: rows[1] as u32,
        spread_width: columns[1] as u32,
        activation_min: backwards.clamp.0,
        activation_max: backwards.clamp.1,
    }
}
