//! MaxPoolingWithArgmax2D and MaxUnpooling2D: MediaPipe's pooling that tells where each greatest element
//! was, and its inverse.
//!
//! Options of both: a `TfLitePoolParams`: padding, stride along the width, along the height, filter
//! width, filter height, activation. A place is `row · filter width + column` within the window, a
//! float32 as everything here.

use demilite_core::geometry::{Extent, Window};
use demilite_core::op::{self, nhwc};
use demilite_core::{DataType, NodeContext, OpError, Shape};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use super::CustomKernel;
use super::c_struct::Fields;
use demilite_cpu_reference::quantized::tensor_parameters::float_clamp;

/// What is added to a place, so that it is itself after all rounding towards zero.
const PLACE_MARGIN: f32 = 0.1;

/// Input: `[N,H,W,C]`. Outputs: the greatest elements `[N,H',W',C]` and their places.
#[derive(Debug)]
pub struct MaxPoolingWithArgmax2d;

/// Inputs: `[N,H,W,C]` and the places of its elements. Output: `[N,H · filter height,W · filter width,C]`,
/// zero where no element goes. An element whose place lies outside goes nowhere.
#[derive(Debug)]
pub struct MaxUnpooling2d;

fn expect_floats(node: &NodeContext<'_>) -> Result<(), Unprepared> {
    let inputs = (0..node.input_count()).filter_map(|index| node.input(index));
    let outputs = (0..node.node().outputs.len()).map(|index| node.output(index));
    match inputs
        .chain(outputs)
        .all(|tensor| tensor.dtype == DataType::Float32)
    {
        true => Ok(()),
        false => Err(Unprepared::types(node)),
    }
}

/// The filters along height and width.
fn filters(fields: &Fields) -> Result<[op::Window; 2], OpError> {
    let filter = |size, stride| op::Window {
        size,
        stride,
        dilation: 1,
    };
    Ok([
        filter(
            fields.length(4, "filter_height")?,
            fields.length(2, "stride_height")?,
        ),
        filter(
            fields.length(3, "filter_width")?,
            fields.length(1, "stride_width")?,
        ),
    ])
}

/// The greatest elements under a window and their places. A NaN is never the greatest.
pub fn max_pooling_with_argmax_2d(
    window: &Window,
    channels: usize,
    input: &[f32],
    clamp: (f32, f32),
    greatest: &mut [f32],
    places: &mut [f32],
) {
    // Without channels there may be any number of places.
    if channels == 0 {
        return;
    }
    window.for_each_output(|batch, row, column, index| {
        for channel in 0..channels {
            let (mut found, mut place) = (f32::MIN, 0_u64);
            for (filter_row, input_row) in window.rows.taps(row) {
                for (filter_column, input_column) in window.columns.taps(column) {
                    let position = window.input_position(batch, input_row, input_column);
                    let element = input[position * channels + channel];
                    if element > found {
                        found = element;
                        let before = filter_row as u64 * window.columns.filter as u64;
                        place = before + filter_column as u64;
                    }
                }
            }
            greatest[index * channels + channel] = found.clamp(clamp.0, clamp.1);
            places[index * channels + channel] = place as f32 + PLACE_MARGIN;
        }
    });
}

/// Puts each element where its place says; `window` is the one that pools the output.
pub fn max_unpooling_2d(
    window: &Window,
    channels: usize,
    input: &[f32],
    places: &[f32],
    output: &mut [f32],
) {
    output.fill(0.0);
    // Without channels there may be any number of places.
    if channels == 0 {
        return;
    }
    let inside = |extent: &Extent, step: usize, place: i64| {
        let position = step as i64 * extent.stride as i64 + place - extent.padding as i64;
        let position = usize::try_from(position).ok();
        position.filter(|&position| position < extent.input)
    };
    window.for_each_output(|batch, row, column, index| {
        for channel in 0..channels {
            let element = index * channels + channel;
            // Both round towards zero.
            let place = i64::from(places[element] as i32);
            let width = window.columns.filter as i64;
            let to_row = inside(&window.rows, row, place / width);
            let to_column = inside(&window.columns, column, place % width);
            if let (Some(to_row), Some(to_column)) = (to_row, to_column) {
                let position = window.input_position(batch, to_row, to_column);
                output[position * channels + channel] = input[element];
            }
        }
    });
}

impl MaxPoolingWithArgmax2d {
    fn window(fields: &Fields, node: &NodeContext<'_>) -> Result<(Window, usize), OpError> {
        node.expect_counts(1..=1, 2..=2)?;
        let [batches, height, width, channels] = nhwc(node.shape(0)?, "image")?;
        let [rows, columns] = filters(fields)?;
        let padding = fields.padding(0)?;
        let window = Window {
            batches,
            rows: Extent::new(height, rows, padding)?,
            columns: Extent::new(width, columns, padding)?,
        };
        Ok((window, channels))
    }
}

impl CustomKernel for MaxPoolingWithArgmax2d {
    fn name(&self) -> &str {
        "MaxPoolingWithArgmax2D"
    }

    fn output_shapes(&self, options: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (window, channels) = Self::window(&Fields::new(options, 6)?, node)?;
        let (rows, columns) = (window.rows.output, window.columns.output);
        Ok(vec![
            Shape::from([window.batches, rows, columns, channels]);
            2
        ])
    }

    fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared {
        let fields = Fields::new(options, 6)?;
        let (window, channels) = Self::window(&fields, node)?;
        expect_floats(node)?;
        let clamp = float_clamp(fields.activation(5)?)?;
        Ok(Box::new(move |io: &mut KernelIo<'_>| {
            let input = io.input(0)?;
            let [greatest, places] = &mut io.outputs[..] else {
                return Err(OpError::rule("it does not have two outputs"));
            };
            let (greatest, places) = (greatest.as_mut_slice()?, places.as_mut_slice()?);
            max_pooling_with_argmax_2d(&window, channels, input, clamp, greatest, places);
            Ok(())
        }))
    }
}

impl MaxUnpooling2d {
    /// The window that pools the output, which has as many places as the input has pixels.
    fn window(fields: &Fields, node: &NodeContext<'_>) -> Result<(Window, usize), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        let [batches, height, width, channels] = nhwc(node.shape(0)?, "image")?;
        if node.shape(0)? != node.shape(1)? {
            return Err(OpError::rule(format!(
                "its elements have shape {}, their places {}",
                node.shape(0)?,
                node.shape(1)?
            )));
        }
        let [rows, columns] = filters(fields)?;
        let extent = |count: usize, filter: op::Window| {
            let input = count.checked_mul(filter.size);
            let steps = count.saturating_sub(1).checked_mul(filter.stride);
            let reach = steps.and_then(|steps| steps.checked_add(filter.size));
            let (Some(input), Some(reach)) = (input, reach) else {
                return Err(OpError::rule("an output beyond what can be addressed"));
            };
            Ok(Extent {
                input,
                output: count,
                filter: filter.size,
                stride: filter.stride,
                dilation: 1,
                padding: reach.saturating_sub(input) / 2,
            })
        };
        let window = Window {
            batches,
            rows: extent(height, rows)?,
            columns: extent(width, columns)?,
        };
        Ok((window, channels))
    }
}

impl CustomKernel for MaxUnpooling2d {
    fn name(&self) -> &str {
        "MaxUnpooling2D"
    }

    fn output_shapes(&self, options: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (window, channels) = Self::window(&Fields::new(options, 6)?, node)?;
        let (rows, columns) = (window.rows.input, window.columns.input);
        Ok(vec![Shape::from([window.batches, rows, columns, channels])])
    }

    fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared {
        let (window, channels) = Self::window(&Fields::new(options, 6)?, node)?;
        expect_floats(node)?;
        Ok(Box::new(move |io: &mut KernelIo<'_>| {
            let (input, places) = (io.input(0)?, io.input(1)?);
            max_unpooling_2d(&window, channels, input, places, io.output()?);
            Ok(())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halving(length: usize) -> Extent {
        Extent {
            input: length,
            output: length.div_ceil(2),
            filter: 2,
            stride: 2,
            dilation: 1,
            padding: 0,
        }
    }

    #[test]
    fn elements_go_back_to_where_they_were() {
        let window = Window {
            batches: 1,
            rows: halving(2),
            columns: halving(4),
        };
        let input = [1.0, 5.0, 2.0, 0.5, 3.0, 4.0, -1.0, 6.0];
        let (mut greatest, mut places) = ([0.0; 2], [0.0; 2]);
        let clamp = (f32::MIN, f32::MAX);
        max_pooling_with_argmax_2d(&window, 1, &input, clamp, &mut greatest, &mut places);
        assert_eq!((greatest, places), ([5.0, 6.0], [1.1, 3.1]));
        let mut output = [9.0; 8];
        max_unpooling_2d(&window, 1, &greatest, &places, &mut output);
        assert_eq!(output, [0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 6.0]);
    }

    #[test]
    fn places_outside_the_output_are_skipped() {
        let window = Window {
            batches: 1,
            rows: halving(2),
            columns: halving(4),
        };
        let mut output = [9.0; 8];
        max_unpooling_2d(&window, 1, &[1.0, 2.0], &[-3.0, 1e30], &mut output);
        assert_eq!(output, [0.0; 8]);
        // Two rows further down than there are.
        max_unpooling_2d(&window, 1, &[1.0, 2.0], &[5.0, f32::NAN], &mut output);
        assert_eq!(output, [0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
