//! Convolution2DTransposeBias: MediaPipe's transposed convolution with a bias.
//!
//! Inputs, float32: an image `[N,H,W,C]`, a filter `[O,KH,KW,C]`, a bias `[O]`. Output: `[N,H',W',O]`.
//! Options: a `TfLiteTransposeConvParams`, of 32-bit integers: padding, stride along the width, along the height. Where the padding
//! is SAME, what exceeds the stride of the last window is cut off, as in MediaPipe's `transpose_conv_bias.cc`.

use demilite_core::op::nhwc;
use demilite_core::{NodeContext, OpError, Reject};

use crate::device::Device;
use crate::node::check::{self, Numbers, rule};
use crate::product::Product;
use crate::product::backwards::Backwards;
use crate::product::operands::Operands;

/// The code of the padding that cuts windows off.
const SAME: i32 = 1;
/// The code of the padding that keeps them.
const VALID: i32 = 2;

/// Checks a node with these options.
pub(super) fn plan(
    options: &[u8],
    node: &NodeContext<'_>,
    device: &Device,
) -> Result<Product, Reject> {
    let shape = |error| rule(OpError::Shape(error));
    let (fields, _) = options.as_chunks();
    let &[padding, stride_width, stride_height, ..] = fields else {
        return Err(Reject::invalid("its options are too short"));
    };
    let padding = i32::from_le_bytes(padding);
    let stride = |bytes| match i32::from_le_bytes(bytes) {
        stride @ 1.. => Ok(stride as usize),
        stride => Err(Reject::invalid(format!("a stride of {stride}"))),
    };
    let image = check::data(node, 0, Numbers::Float, device)?;
    let [batch, height, width, channels] = nhwc(image, "image").map_err(shape)?;
    let [outputs, filter_height, filter_width, filter_channels] =
        nhwc(node.shape(1).map_err(rule)?, "filter").map_err(shape)?;
    let (_, element) = check::weights(node, 1, device)?;
    check::bias(node, 2, device)?;
    let output = check::output(node, device)?;
    let windows = [
        [filter_height, stride(stride_height)?],
        [filter_width, stride(stride_width)?],
    ];
    let [rows, columns] = [(height, windows[0]), (width, windows[1])]
        .map(|(input, window)| extent(input, window, padding));
    let (rows, columns) = (rows?, columns?);
    let extents = [batch, rows.output, columns.output, outputs];
    if filter_channels != channels || output[..] != extents {
        return Err(Reject::invalid(format!(
            "a filter of shape {} does not spread an image of shape {image} over an output of shape {output}",
            node.shape(1).map_err(rule)?
        )));
    }
    let sizes = Backwards {
        image: [height, width, channels],
        windows,
        padding: [rows.padding, columns.padding],
        output: extents,
        clamp: (f32::MIN, f32::MAX),
    };
    let sizes = sizes.convolution().params()?;
    Product::float(sizes, element, Operands::FIRST, device)
}

/// An extent of the output, and what is cut off before it.
#[derive(Debug, PartialEq)]
struct Extent {
    output: usize,
    padding: usize,
}

/// What `input` elements are spread to by windows of this size and stride.
fn extent(input: usize, [size, stride]: [usize; 2], padding: i32) -> Result<Extent, Reject> {
    let steps = input - 1;
    let padding = match padding {
        SAME => size.saturating_sub(steps % stride + 1),
        VALID => 0,
        code => return Err(Reject::invalid(format!("a padding of code {code}"))),
    };
    let reach = stride
        .checked_mul(steps)
        .and_then(|reach| reach.checked_add(size));
    let reach = reach.ok_or_else(|| Reject::invalid("an output beyond what can be addressed"))?;
    Ok(Extent {
        output: reach - padding,
        padding: padding / 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_beyond_the_last_stride_are_cut_off() {
        let places = |input, window, padding| {
            let Extent { output, padding } = extent(input, window, padding).unwrap();
            (output, padding)
        };
        assert_eq!(places(128, [2, 2], SAME), (256, 0));
        assert_eq!(places(4, [5, 2], SAME), (8, 1));
        assert_eq!(places(3, [3, 2], VALID), (7, 0));
        assert!(extent(3, [3, 2], 0).is_err());
    }
}
