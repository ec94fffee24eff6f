//! The geometry of a filter that slides over an image.

use demilite_core::ShapeError;
use demilite_core::op::{self, Padding};

/// A two-dimensional filter over a batch of images, in elements; a filter element outside the image
/// is skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Number of images.
    pub batches: usize,
    /// How the filter lies along the image's height.
    pub rows: Extent,
    /// How the filter lies along the image's width.
    pub columns: Extent,
}

/// One axis of a [`Window`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Length of the image.
    pub input: usize,
    /// Length of the result.
    pub output: usize,
    /// Length of the filter.
    pub filter: usize,
    /// Steps of the filter from one result to the next.
    pub stride: usize,
    /// Distance between neighbouring elements of the filter.
    pub dilation: usize,
    /// Positions that the first filter lies before the image.
    pub padding: usize,
}

impl Extent {
    /// A filter that slides along `input` elements.
    ///
    /// # Errors
    /// [`ShapeError::Rule`] where the filter does not fit, or has no element.
    pub fn new(input: usize, filter: op::Window, padding: Padding) -> Result<Self, ShapeError> {
        if filter.size == 0 {
            return Err(ShapeError::Rule {
                rule: "a filter without elements".to_owned(),
            });
        }
        let placement = filter.place(input, padding)?;
        Ok(Extent {
            input,
            output: placement.output,
            filter: filter.size,
            stride: filter.stride,
            dilation: filter.dilation,
            padding: placement.padding_before,
        })
    }

    /// A filter of one element that visits each element of the image.
    pub const fn pointwise(length: usize) -> Self {
        Extent {
            input: length,
            output: length,
            filter: 1,
            stride: 1,
            dilation: 1,
            padding: 0,
        }
    }

    /// The pairs of filter position and image position that meet for result `output`, in the
    /// filter's order.
    pub fn taps(&self, output: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let Extent {
            input,
            filter,
            dilation,
            padding,
            ..
        } = *self;
        let origin = output * self.stride;
        let first = padding.saturating_sub(origin).div_ceil(dilation);
        (first..filter)
            .map(move |tap| (tap, origin + tap * dilation - padding))
            .take_while(move |&(_, position)| position < input)
    }
}

impl Window {
    /// A filter of one element over `batches` images of one element each.
    pub const fn single(batches: usize) -> Self {
        Window {
            batches,
            rows: Extent::pointwise(1),
            columns: Extent::pointwise(1),
        }
    }

    /// Elements of one filter: its height times its width.
    pub fn filter_elements(&self) -> usize {
        self.rows.filter * self.columns.filter
    }

    /// Calls `visit` with each result position: batch, row, column and index among all.
    pub fn for_each_output(&self, mut visit: impl FnMut(usize, usize, usize, usize)) {
        let mut index = 0;
        for batch in 0..self.batches {
            for row in 0..self.rows.output {
                for column in 0..self.columns.output {
                    visit(batch, row, column, index);
                    index += 1;
                }
            }
        }
    }

    /// The index, among the positions of all images, of one position.
    pub fn input_position(&self, batch: usize, row: usize, column: usize) -> usize {
        (batch * self.rows.input + row) * self.columns.input + column
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_outside_the_image_are_skipped() {
        let extent = Extent {
            input: 5,
            output: 3,
            filter: 3,
            stride: 2,
            dilation: 2,
            padding: 2,
        };
        let taps = |output| extent.taps(output).collect::<Vec<_>>();
        assert_eq!(taps(0), [(1, 0), (2, 2)]);
        assert_eq!(taps(1), [(0, 0), (1, 2), (2, 4)]);
        assert_eq!(taps(2), [(0, 2), (1, 4)]);
    }

    #[test]
    fn a_filter_wholly_in_the_padding_meets_nothing() {
        let extent = Extent {
            input: 1,
            output: 4,
            filter: 2,
            stride: 1,
            dilation: 1,
            padding: 2,
        };
        assert_eq!(extent.taps(0).count(), 0);
        assert_eq!(extent.taps(1).collect::<Vec<_>>(), [(1, 0)]);
        assert_eq!(extent.taps(3).count(), 0);
    }
}
