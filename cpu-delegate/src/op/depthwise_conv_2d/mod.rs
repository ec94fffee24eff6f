//! DEPTHWISE_CONV_2D.

mod dynamic_range;
mod float;
mod integer;
mod several;
mod wide;

use std::ops::Range;

use demilite_core::geometry::{Extent, Window};
use demilite_core::op::{self, nhwc};
use demilite_core::{DataType, NodeContext, Reject};
use demilite_executor::{Prepared, Unprepared};

use crate::depthwise::{self, Depthwise};
use crate::layers::bands::{Banded, Held};
use crate::layers::border::Border;
use crate::machine::Machine;
use crate::product::reads::Image;
use crate::target::Target;
use demilite_core::quantization::layer::{expect_bias, sums_are_wide};

/// The extents of a depthwise convolution.
struct Geometry {
    window: Window,
    channels: usize,
}

impl Geometry {
    fn new(op: &op::DepthwiseConv2d, node: &NodeContext<'_>) -> Result<Self, Unprepared> {
        let [batches, height, width, channels] = nhwc(node.shape(0)?, "image")?;
        let filter = nhwc(node.shape(1)?, "filter")?;
        if filter[3] != channels {
            let reason = "no fast kernel for several output channels of each input channel";
            return Err(Reject::unsupported(reason).into());
        }
        let [rows, columns] = op.windows(filter);
        let window = Window {
            batches,
            rows: Extent::new(height, rows, op.padding)?,
            columns: Extent::new(width, columns, op.padding)?,
        };
        if !depthwise::has_room(&window) {
            return Err(Reject::unsupported("no fast kernel for so large a filter").into());
        }
        Ok(Geometry { window, channels })
    }

    /// Elements of all images.
    fn elements(&self) -> usize {
        self.window.batches * self.window.rows.input * self.window.columns.input * self.channels
    }

    /// Convolves images of elements as large as those of `border`, which has one for each channel.
    fn convolve<D: Depthwise>(
        &self,
        depthwise: &D,
        (bytes, border): (&[u8], &[u8]),
        output: &mut [D::Output],
        machine: Machine,
    ) {
        assert_eq!(
            output.len(),
            self.window.outputs() * self.channels,
            "the output has room"
        );
        if output.is_empty() {
            return;
        }
        let image = image(bytes, border);
        let target = Target {
            first: output.as_mut_ptr(),
            stride: self.channels,
        };
        let rows = self.window.batches * self.window.rows.output;
        let held = self.window.batches * self.window.rows.input;
        machine.threads.split(rows, 1, |rows| {
            // SAFETY: the output has room; ranges of rows do not meet.
            unsafe { depthwise::convolve(depthwise, &self.window, (image, held), rows, target) };
        });
    }

    /// Convolves some rows of one image, of which `input` holds those that they meet.
    fn convolve_band<D: Depthwise>(
        &self,
        depthwise: &D,
        (input, border): (Held<'_>, &[u8]),
        rows: Range<usize>,
        output: &mut [D::Output],
    ) {
        let row = self.window.columns.output * self.channels;
        assert_eq!(output.len(), rows.len() * row, "the output has room");
        let target = Target {
            // Where the image's first row would be.
            first: output.as_mut_ptr().wrapping_sub(rows.start * row),
            stride: self.channels,
        };
        let window = Window {
            batches: 1,
            ..self.window
        };
        let image = (image(input.bytes, border), input.rows);
        // SAFETY: the output has room for these rows.
        unsafe { depthwise::convolve(depthwise, &window, image, rows, target) };
    }
}

/// Images of elements as large as those of `border`, which has one for each channel.
fn image<'a>(bytes: &'a [u8], border: &'a [u8]) -> Image<'a> {
    Image {
        bytes,
        stride: border.len(),
        depth: border.len(),
        border,
        flip: 0,
    }
}

/// Whether each input channel has several output channels.
fn has_several(node: &NodeContext<'_>) -> Result<bool, Unprepared> {
    let [.., channels] = nhwc(node.shape(0)?, "image")?;
    let [.., outputs] = nhwc(node.shape(1)?, "filter")?;
    Ok(channels > 0 && outputs > channels)
}

pub(crate) fn prepare(
    op: &op::DepthwiseConv2d,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    use DataType::{Float32, Int4, Int8, Int16, Int32, Int64, UInt8};
    let types = [
        node.required(0)?.dtype,
        node.required(1)?.dtype,
        node.output(0).dtype,
    ];
    match types {
        [Float32, Float32, Float32] => {
            expect_bias(node, 2, Float32)?;
            if has_several(node)? {
                return several::prepare(op, node, machine);
            }
            let geometry = Geometry::new(op, node)?;
            Ok(Box::new(float::layer(op, node, geometry, machine)?))
        }
        [Int8, Int8 | Int4, Int8] | [UInt8, UInt8, UInt8] => {
            expect_bias(node, 2, Int32)?;
            if has_several(node)? {
                return several::prepare(op, node, machine);
            }
            let geometry = Geometry::new(op, node)?;
            Ok(Box::new(integer::layer(op, node, geometry, machine)?))
        }
        [Int16, Int8, Int16] if sums_are_wide(node, 2, 0)? => {
            expect_bias(node, 2, Int64)?;
            let geometry = Geometry::new(op, node)?;
            Ok(Box::new(wide::layer(op, node, geometry, machine)?))
        }
        [Float32, Int8 | UInt8 | Int4, Float32] => {
            expect_bias(node, 2, Float32)?;
            dynamic_range::prepare(op, node, machine)
        }
        _ => Err(Unprepared::types(node)),
    }
}

/// The kernel of a node that [`prepare`] takes, where it computes band by band. Its images have a border beside what it adds.
pub(crate) fn banded(
    op: &op::DepthwiseConv2d,
    node: &NodeContext<'_>,
    border: Border,
    machine: Machine,
) -> Result<Option<Box<dyn Banded>>, Unprepared> {
    if has_several(node)? {
        return Ok(None);
    }
    let geometry = Geometry::new(op, node)?;
    let Some(window) = border.outside(geometry.window) else {
        return Ok(None);
    };
    let geometry = Geometry { window, ..geometry };
    let [input, filter] = [node.required(0)?.dtype, node.required(1)?.dtype];
    Ok(match (input, filter) {
        (DataType::Float32, DataType::Float32) => {
            Some(Box::new(float::layer(op, node, geometry, machine)?))
        }
        (DataType::Int8 | DataType::UInt8, _) => {
            Some(Box::new(integer::layer(op, node, geometry, machine)?))
        }
        (DataType::Int16, _) => Some(Box::new(wide::layer(op, node, geometry, machine)?)),
        _ => None,
    })
}
