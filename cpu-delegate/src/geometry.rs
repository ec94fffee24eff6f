//! Where a filter lies on an image.

use demilite_core::ShapeError;
use demilite_core::op::{self, Padding};

/// One axis of a filter that slides over an image, in elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Length of the image.
    pub(crate) input: usize,
    /// Length of the result.
    pub(crate) output: usize,
    /// Length of the filter.
    pub(crate) filter: usize,
    /// Steps of the filter from one result to the next.
    pub(crate) stride: usize,
    /// Distance between neighbouring elements of the filter.
    pub(crate) dilation: usize,
    /// Positions that the first filter lies before the image.
    pub(crate) padding: usize,
}

impl Extent {
    /// A filter that slides along `input` elements.
    ///
    /// # Errors
    /// [`ShapeError::Rule`] where the filter does not fit, or has no element.
    pub(crate) fn new(
        input: usize,
        filter: op::Window,
        padding: Padding,
    ) -> Result<Self, ShapeError> {
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

    /// A filter of one element that visits each element.
    pub(crate) const fn pointwise(length: usize) -> Self {
        Extent {
            input: length,
            output: length,
            filter: 1,
            stride: 1,
            dilation: 1,
            padding: 0,
        }
    }

    /// The element of the image that meets `tap` for result `output`, unless that lies outside.
    pub(crate) fn position(&self, output: usize, tap: usize) -> Option<usize> {
        let position = (output * self.stride + tap * self.dilation).checked_sub(self.padding)?;
        (position < self.input).then_some(position)
    }
}

/// A filter over a batch of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// Number of images.
    pub(crate) batches: usize,
    /// How the filter lies along the image's height.
    pub(crate) rows: Extent,
    /// How the filter lies along the image's width.
    pub(crate) columns: Extent,
}

impl Window {
    /// A filter of one element over `count` positions.
    pub(crate) const fn single(count: usize) -> Self {
        Window {
            batches: 1,
            rows: Extent::pointwise(1),
            columns: Extent::pointwise(count),
        }
    }

    /// Whether each result comes from the position of the same index.
    pub(crate) fn is_pointwise(&self) -> bool {
        [self.rows, self.columns]
            .into_iter()
            .all(|extent| extent == Extent::pointwise(extent.input))
    }

    /// Positions of the filter.
    pub(crate) fn taps(&self) -> usize {
        self.rows.filter * self.columns.filter
    }

    /// Number of results.
    pub(crate) fn outputs(&self) -> usize {
        self.batches * self.rows.output * self.columns.output
    }

    /// Calls `visit` for each tap of the filter with the position, among those of all images, that meets it for result
    /// `at`; `None` in the border.
    #[inline]
    pub(crate) fn for_each_tap(&self, at: Place, mut visit: impl FnMut(usize, Option<usize>)) {
        let mut tap = 0;
        for filter_row in 0..self.rows.filter {
            let row = self.rows.position(at.row, filter_row);
            let row = row.map(|row| (at.batch * self.rows.input + row) * self.columns.input);
            for filter_column in 0..self.columns.filter {
                let column = self.columns.position(at.column, filter_column);
                visit(tap, row.and_then(|row| Some(row + column?)));
                tap += 1;
            }
        }
    }

    /// Where result `index` lies.
    pub(crate) fn place(&self, index: usize) -> Place {
        let (above, column) = (index / self.columns.output, index % self.columns.output);
        Place {
            batch: above / self.rows.output,
            row: above % self.rows.output,
            column,
        }
    }

    /// The result after `at`.
    #[inline]
    pub(crate) fn next(&self, at: Place) -> Place {
        if at.column + 1 < self.columns.output {
            Place {
                column: at.column + 1,
                ..at
            }
        } else if at.row + 1 < self.rows.output {
            Place {
                row: at.row + 1,
                column: 0,
                ..at
            }
        } else {
            Place {
                batch: at.batch + 1,
                row: 0,
                column: 0,
            }
        }
    }
}

/// Where a result of a filter lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The image.
    pub(crate) batch: usize,
    /// Its row.
    pub(crate) row: usize,
    /// Its column.
    pub(crate) column: usize,
}
