//! The product of layers that go backward: each element of an image is spread over a window of the output.

use std::iter::zip;

use demilite_core::ShapeError;
use demilite_core::op::{Padding, Window};

use crate::product::accumulator::Accumulator;
use crate::product::packed_filter::{BLOCK, PackedFilter};

/// One axis along which each element of an image is spread over a window of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpreadExtent {
    /// Length of the image.
    pub input: usize,
    /// Length of the output.
    pub output: usize,
    /// Length of the filter.
    pub filter: usize,
    /// Steps over the output from one element of the image to the next.
    pub stride: usize,
    /// Distance between neighbouring elements of the filter.
    pub dilation: usize,
    /// Positions that the first window lies before the output.
    pub padding: usize,
}

impl SpreadExtent {
    /// An image of `input` elements spread over `output` elements.
    ///
    /// # Errors
    /// [`ShapeError::Rule`] where the filter does not fit into the output.
    pub fn new(
        input: usize,
        output: usize,
        window: Window,
        padding: Padding,
    ) -> Result<Self, ShapeError> {
        Ok(SpreadExtent {
            input,
            output,
            filter: window.size,
            stride: window.stride,
            dilation: window.dilation,
            padding: window.place(output, padding)?.padding_before,
        })
    }

    /// The pairs of filter position and image position that meet in the output's element
    /// `output`, in the order of the image.
    pub fn taps(&self, output: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (stride, dilation) = (self.stride, self.dilation);
        let end = output + self.padding;
        let reach = (self.filter - 1) * dilation + 1;
        let first = (end + 1).saturating_sub(reach).div_ceil(stride);
        let last = self.input.min(end / stride + 1);
        (first..last).filter_map(move |position| {
            let distance = end - position * stride;
            let is_tap = distance.is_multiple_of(dilation);
            is_tap.then_some((distance / dilation, position))
        })
    }
}

/// A batch of images, and how each pixel is spread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// Number of images.
    pub batches: usize,
    /// Along the height.
    pub rows: SpreadExtent,
    /// Along the width.
    pub columns: SpreadExtent,
    /// Channels of the image.
    pub input_channels: usize,
}

/// Where a block of sums belongs.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) image: usize,
    pub(crate) first_channel: usize,
}

/// Gathers with `add` what reaches each output, and gives each sum to `finish` with its channel.
pub(crate) fn gather<S: Copy + Default, T: Copy + Default, O>(
    spread: &Spread,
    input: &[T],
    filter: &PackedFilter<T>,
    output: &mut [O],
    add: impl Fn(Place, &mut [S; BLOCK], T, &[T; BLOCK]),
    finish: impl Fn(usize, S) -> O,
) {
    let Spread {
        batches,
        rows,
        columns,
        input_channels: depth,
    } = *spread;
    for block in filter.blocks() {
        let first_channel = block.first_channel;
        for image in 0..batches {
            let place = Place {
                image,
                first_channel,
            };
            for row in 0..rows.output {
                for column in 0..columns.output {
                    let mut sums = [S::default(); BLOCK];
                    for (filter_row, input_row) in rows.taps(row) {
                        for (filter_column, input_column) in columns.taps(column) {
                            let position =
                                (image * rows.input + input_row) * columns.input + input_column;
                            let element = filter_row * columns.filter + filter_column;
                            let pixel = &input[position * depth..][..depth];
                            let weights = &block.weights[element * depth..][..depth];
                            for (&input, weights) in zip(pixel, weights) {
                                add(place, &mut sums, input, weights);
                            }
                        }
                    }
                    let index = (image * rows.output + row) * columns.output + column;
                    let results = &mut output[index * filter.channels() + first_channel..];
                    let lanes = results[..block.channels].iter_mut().enumerate();
                    for ((lane, result), sum) in zip(lanes, sums) {
                        *result = finish(first_channel + lane, sum);
                    }
                }
            }
        }
    }
}

/// Adds products without a scale of their own.
pub(crate) fn add_products<A: Accumulator>(
    _: Place,
    sums: &mut [A; BLOCK],
    input: A::Operand,
    weights: &[A::Operand; BLOCK],
) {
    for (sum, &weight) in zip(sums, weights) {
        *sum = sum.plus_product(input, weight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_reach_an_output_come_in_the_order_of_the_image() {
        let extent = SpreadExtent {
            input: 3,
            output: 6,
            filter: 4,
            stride: 2,
            dilation: 1,
            padding: 1,
        };
        let taps = |output| extent.taps(output).collect::<Vec<_>>();
        assert_eq!(taps(0), [(1, 0)]);
        assert_eq!(taps(1), [(2, 0), (0, 1)]);
        assert_eq!(taps(2), [(3, 0), (1, 1)]);
        assert_eq!(taps(5), [(2, 2)]);
    }
}
