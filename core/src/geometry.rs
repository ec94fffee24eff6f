//! Where a filter lies on an image.

use std::ops::Range;

use crate::error::ShapeError;
use crate::op::{self, Padding};

/// One axis of a filter that slides over an image, in elements.
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

    /// The most elements that so many results side by side meet, those outside of the image with them.
    pub fn span(&self, outputs: usize) -> usize {
        (outputs.max(1) - 1) * self.stride + (self.filter - 1) * self.dilation + 1
    }

    /// The elements of the image from the first that these results meet to the last.
    pub fn met(&self, outputs: Range<usize>) -> Range<usize> {
        let end = outputs.start * self.stride + self.span(outputs.len());
        let end = end.saturating_sub(self.padding).min(self.input);
        let begin = (outputs.start * self.stride).saturating_sub(self.padding);
        begin.min(end)..end
    }

    /// The pairs of tap and element of the image that meet for result `output`, in the filter's order. Taps that lie outside of the
    /// image are left out.
    #[inline]
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

    /// The element of the image that meets `tap` for result `output`, unless that lies outside.
    #[inline]
    pub fn position(&self, output: usize, tap: usize) -> Option<usize> {
        let position = (output * self.stride + tap * self.dilation).checked_sub(self.padding)?;
        (position < self.input).then_some(position)
    }
}

/// A two-dimensional filter over a batch of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Number of images.
    pub batches: usize,
    /// How the filter lies along the image's height.
    pub rows: Extent,
    /// How the filter lies along the image's width.
    pub columns: Extent,
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

    /// A filter of one element over one row of `length` elements.
    pub const fn row(length: usize) -> Self {
        Window {
            batches: 1,
            rows: Extent::pointwise(1),
            columns: Extent::pointwise(length),
        }
    }

    /// Whether each result comes from the position of the same index.
    pub fn is_pointwise(&self) -> bool {
        [self.rows, self.columns]
            .into_iter()
            .all(|extent| extent == Extent::pointwise(extent.input))
    }

    /// Elements of the filter: its height times its width.
    #[inline]
    pub fn taps(&self) -> usize {
        self.rows.filter * self.columns.filter
    }

    /// Number of positions of all images.
    #[inline]
    pub fn inputs(&self) -> usize {
        self.batches * self.rows.input * self.columns.input
    }

    /// Number of results.
    #[inline]
    pub fn outputs(&self) -> usize {
        self.batches * self.rows.output * self.columns.output
    }

    /// Calls `visit` for each tap of the filter with the position, among those of all images, that meets it for result
    /// `at`; `None` in the border.
    #[inline]
    pub fn for_each_tap(&self, at: Place, mut visit: impl FnMut(usize, Option<usize>)) {
        let mut tap = 0;
        for filter_row in 0..self.rows.filter {
            let row = self.rows.position(at.row, filter_row);
            let row = row.map(|row| self.input_position(at.batch, row, 0));
            for filter_column in 0..self.columns.filter {
                let column = self.columns.position(at.column, filter_column);
                visit(tap, row.and_then(|row| Some(row + column?)));
                tap += 1;
            }
        }
    }

    /// Calls `visit` with each result's batch, row, column and index among all.
    #[inline]
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
    #[inline]
    pub fn input_position(&self, batch: usize, row: usize, column: usize) -> usize {
        (batch * self.rows.input + row) * self.columns.input + column
    }

    /// Where result `index` lies.
    #[inline]
    pub fn place(&self, index: usize) -> Place {
        let (above, column) = (index / self.columns.output, index % self.columns.output);
        Place {
            batch: above / self.rows.output,
            row: above % self.rows.output,
            column,
        }
    }

    /// The result after `at`.
    #[inline]
    pub fn next(&self, at: Place) -> Place {
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
pub struct Place {
    /// The image.
    pub batch: usize,
    /// Its row.
    pub row: usize,
    /// Its column.
    pub column: usize,
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
    fn results_meet_what_their_filters_reach() {
        let extent = Extent {
            input: 9,
            output: 5,
            filter: 3,
            stride: 2,
            dilation: 1,
            padding: 1,
        };
        assert_eq!([1, 2, 5].map(|outputs| extent.span(outputs)), [3, 5, 11]);
        assert_eq!(extent.met(0..1), 0..2);
        assert_eq!(extent.met(1..3), 1..6);
        assert_eq!(extent.met(4..5), 7..9);
        assert_eq!(extent.met(0..5), 0..9);
        let leaps = Extent {
            filter: 1,
            stride: 4,
            padding: 0,
            output: 3,
            ..extent
        };
        assert_eq!(leaps.met(1..3), 4..9);
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

    #[test]
    fn walking_from_result_to_result_meets_what_each_axis_says() {
        let axis = |input, filter| Extent {
            input,
            output: 3,
            filter,
            stride: 2,
            dilation: 2,
            padding: 2,
        };
        let window = Window {
            batches: 2,
            rows: axis(5, 3),
            columns: axis(4, 2),
        };
        let mut walked = window.place(0);
        window.for_each_output(|batch, row, column, index| {
            let place = Place { batch, row, column };
            assert_eq!((walked, window.place(index)), (place, place));
            let mut met = Vec::new();
            window.for_each_tap(place, |tap, position| {
                met.extend(position.map(|at| (tap, at)))
            });
            let mut expected = Vec::new();
            for (filter_row, input_row) in window.rows.taps(row) {
                for (filter_column, input_column) in window.columns.taps(column) {
                    let tap = filter_row * window.columns.filter + filter_column;
                    expected.push((tap, window.input_position(batch, input_row, input_column)));
                }
            }
            assert_eq!(met, expected);
            walked = window.next(walked);
        });
    }
}
