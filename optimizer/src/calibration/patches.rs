//! What the weights of a layer meet at once: windows of an image, or rows.

use demilite_core::Shape;

use super::means::Reading;

impl Reading {
    /// Taps and channels of what the weights meet at once in an input of this shape; `None` for an input that the layer cannot read.
    pub(crate) fn extents(&self, shape: &Shape) -> Option<(usize, usize)> {
        match self {
            Reading::Rows { depth } => Some((1, *depth)),
            Reading::Windows { windows, .. } => {
                let extents = <[usize; 4]>::try_from(&shape[..]).ok()?;
                Some((windows[0].size * windows[1].size, extents[3]))
            }
        }
    }

    /// Shows windows, or rows, of one input, `most` of them at most and evenly spread. Each is row-major over the taps and the input's
    /// channels, with zeros outside of the image. An input that the layer cannot read shows nothing.
    pub(crate) fn patches(
        &self,
        values: &[f32],
        shape: &Shape,
        most: usize,
        see: &mut dyn FnMut(&[f32]),
    ) {
        let spread = |count: usize| (0..count).step_by(count.div_ceil(most).max(1));
        let (windows, padding) = match *self {
            Reading::Rows { depth } => {
                for row in spread(values.len() / depth.max(1)) {
                    see(&values[row * depth..][..depth]);
                }
                return;
            }
            Reading::Windows { windows, padding } => (windows, padding),
        };
        let Ok([batches, height, width, channels]) = <[usize; 4]>::try_from(&shape[..]) else {
            return;
        };
        let [rows, columns] = windows;
        let placements = (rows.place(height, padding), columns.place(width, padding));
        let (Ok(down), Ok(across)) = placements else {
            return;
        };
        let mut patch = vec![0.0; rows.size * columns.size * channels];
        for output in spread(batches * down.output * across.output) {
            let (line, column) = (output / across.output, output % across.output);
            let (batch, line) = (line / down.output, line % down.output);
            for (tap, pixel) in patch.chunks_exact_mut(channels.max(1)).enumerate() {
                let (tap_row, tap_column) = (tap / columns.size, tap % columns.size);
                let row = (line * rows.stride + tap_row * rows.dilation)
                    .checked_sub(down.padding_before)
                    .filter(|&row| row < height);
                let column = (column * columns.stride + tap_column * columns.dilation)
                    .checked_sub(across.padding_before)
                    .filter(|&column| column < width);
                match (row, column) {
                    (Some(row), Some(column)) => {
                        let start = ((batch * height + row) * width + column) * channels;
                        pixel.copy_from_slice(&values[start..start + channels]);
                    }
                    _ => pixel.fill(0.0),
                }
            }
            see(&patch);
        }
    }
}

#[cfg(test)]
mod tests {
    use demilite_core::op::{Padding, Window};

    use super::*;

    #[test]
    fn windows_have_zeros_outside_of_the_image() {
        let along = |size| Window {
            size,
            stride: 1,
            dilation: 1,
        };
        let reading = Reading::Windows {
            windows: [along(1), along(3)],
            padding: Padding::Same,
        };
        let shape = Shape::from([1, 1, 3, 1]);
        assert_eq!(reading.extents(&shape), Some((3, 1)));
        let seen = |most| {
            let mut seen = Vec::new();
            reading.patches(&[1.0, 2.0, 6.0], &shape, most, &mut |patch| {
                seen.push(patch.to_vec());
            });
            seen
        };
        assert_eq!(seen(9), [[0.0, 1.0, 2.0], [1.0, 2.0, 6.0], [2.0, 6.0, 0.0]]);
        assert_eq!(seen(2), [[0.0, 1.0, 2.0], [2.0, 6.0, 0.0]]);
    }
}
