//! Convolutions that walk backwards over an image whose rows and columns are spread.

use super::convolution::Convolution;

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

impl Backwards {
    /// The convolution from the spread image to the output: an output takes the filter's row fy from the image's row
    /// (y + padding - fy) / stride.
    pub(crate) fn convolution(self) -> Convolution {
        let [rows, columns] = self.windows;
        Convolution {
            image: self.image,
            filter: [rows[0], columns[0], self.image[2]],
            output: self.output,
            group_channels: self.output[3],
            stride: [1, 1],
            dilation: [-1, -1],
            padding: self.padding.map(|cut| -(cut as isize)),
            spread: [rows[1], columns[1]],
            clamp: self.clamp,
        }
    }
}
