//! The extents of a layer's products.

use std::ops::Range;

use demilite_core::geometry::{Extent, Window};

/// The extents of a convolution. Groups of input channels have output channels of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) window: Window,
    pub(crate) input_channels: usize,
    pub(crate) output_channels: usize,
    pub(crate) groups: usize,
}

impl Geometry {
    /// Products of `batches` rows with a matrix.
    pub(crate) fn matrix(batches: usize, depth: usize, outputs: usize) -> Self {
        Geometry {
            window: Window::row(batches),
            input_channels: depth,
            output_channels: outputs,
            groups: 1,
        }
    }

    /// Some rows of one image, and the rows of the input that they meet.
    pub(crate) fn band(&self, rows: Range<usize>) -> (Self, Range<usize>) {
        let extent = &self.window.rows;
        let met = extent.met(rows.clone());
        let rows = Extent {
            input: met.len(),
            output: rows.len(),
            padding: extent.padding.saturating_sub(rows.start * extent.stride),
            ..*extent
        };
        let window = Window {
            batches: 1,
            rows,
            ..self.window
        };
        (Geometry { window, ..*self }, met)
    }

    /// Bytes of a position of the input, and of the output, whose elements have so many.
    pub(crate) fn position_bytes(&self, element: usize) -> [usize; 2] {
        [self.input_channels, self.output_channels].map(|channels| channels * element)
    }

    /// Input channels of a group.
    pub(crate) fn depth(&self) -> usize {
        self.input_channels / self.groups
    }

    /// Output channels of a group.
    pub(crate) fn outputs(&self) -> usize {
        self.output_channels / self.groups
    }

    /// Elements of the input.
    pub(crate) fn input_elements(&self) -> usize {
        self.positions() * self.input_channels
    }

    /// Positions of all images.
    fn positions(&self) -> usize {
        self.window.batches * self.window.rows.input * self.window.columns.input
    }
}
