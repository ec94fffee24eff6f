//! A PAD that a convolution takes for its own border.

use demilite_core::geometry::{Extent, Window};
use demilite_core::op::pad::paddings;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, Op};

/// Rows and columns of real zeros around images, before and after them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Border {
    rows: [usize; 2],
    columns: [usize; 2],
}

impl Border {
    /// What a node adds to images, if it adds such a border and nothing else.
    pub(crate) fn of(node: &NodeContext<'_>) -> Option<Self> {
        let Op::Pad(op) = node.op() else {
            return None;
        };
        let (input, output) = (node.required(0).ok()?, node.output(0));
        let is_like = input.dtype == output.dtype && input.quantization == output.quantization;
        let is_zero = !op.has_value || is_real_zero(node)?;
        let shape = node.shape(0).ok()?;
        let paddings = paddings(shape, &node.indices(1).ok()?).ok()?;
        let &[[0, 0], rows, columns, [0, 0]] = &paddings[..] else {
            return None;
        };
        (is_like && is_zero).then_some(Border { rows, columns })
    }

    /// The window over images without their border, where each filter still meets a row and a column of them.
    pub(crate) fn outside(&self, window: Window) -> Option<Window> {
        Some(Window {
            rows: without(window.rows, self.rows)?,
            columns: without(window.columns, self.columns)?,
            ..window
        })
    }
}

/// Whether the value of a PADV2 stands for 0.
fn is_real_zero(node: &NodeContext<'_>) -> Option<bool> {
    let (value, output) = (node.value(2)?, node.output(0));
    let zero = || Some(per_tensor(output).ok()?.1);
    Some(match value.dtype() {
        DataType::Float32 => value.as_slice::<f32>().ok()? == [0.0],
        DataType::Int8 => i32::from(*value.as_slice::<i8>().ok()?.first()?) == zero()?,
        DataType::UInt8 => i32::from(*value.as_slice::<u8>().ok()?.first()?) == zero()?,
        DataType::Int16 => i32::from(*value.as_slice::<i16>().ok()?.first()?) == zero()?,
        _ => false,
    })
}

fn without(extent: Extent, [before, after]: [usize; 2]) -> Option<Extent> {
    let padding = extent.padding + before;
    let input = extent.input.checked_sub(before + after)?;
    let last = extent.output.checked_sub(1)? * extent.stride;
    let is_met = input > 0 && padding < extent.span(1) && last < padding + input;
    is_met.then_some(Extent {
        input,
        padding,
        ..extent
    })
}
