//! The left operand of a layer's products: images as they are, as words, or gathered row by row.

use demilite_core::geometry::Window;

use super::Product;
use super::convolution::{Image, convolve};
use crate::machine::Machine;
use crate::target::Target;

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

    /// How operands lie that instructions take by groups of `side` channels.
    pub(crate) fn layout(&self, element: usize, side: usize) -> Layout {
        let is_whole = self.depth().is_multiple_of(side);
        let row = (self.window.taps() * self.depth()).next_multiple_of(side) * element;
        Layout {
            element,
            row: (!is_whole).then_some(row),
        }
    }
}

/// How operands lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Bytes of an element.
    pub(crate) element: usize,
    /// Bytes of a row that holds all taps, where the channels of one do not fill whole groups.
    pub(crate) row: Option<usize>,
}

impl Layout {
    /// The taps that products see: gathered rows are filters of one element.
    pub(crate) fn taps(&self, window: &Window) -> usize {
        if self.row.is_some() { 1 } else { window.taps() }
    }

    /// Bytes of the rows that are gathered.
    pub(crate) fn gathered(&self, window: &Window) -> usize {
        self.row.map_or(0, |row| row * window.outputs())
    }
}

/// The left operand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operands<'a> {
    /// All images.
    pub(crate) bytes: &'a [u8],
    /// One position outside of the image.
    pub(crate) border: &'a [u8],
    /// How they lie.
    pub(crate) layout: Layout,
}

impl Operands<'_> {
    /// Multiplies the operands with the product of each group. `gathered` has room for [`Layout::gathered`] bytes.
    pub(crate) fn multiply<P: Product>(
        &self,
        geometry: &Geometry,
        product: impl Fn(usize) -> P,
        gathered: &mut [u8],
        output: &mut [P::Output],
        machine: Machine,
    ) {
        let (window, element) = (&geometry.window, self.layout.element);
        assert_eq!(
            output.len(),
            window.outputs() * geometry.output_channels,
            "the output has room"
        );
        if output.is_empty() {
            return;
        }
        for group in 0..geometry.groups {
            let product = product(group);
            let depth = geometry.depth() * element;
            let image = Image {
                bytes: &self.bytes[group * depth..],
                stride: geometry.input_channels * element,
                depth,
                border: &self.border[..depth],
            };
            let target = Target {
                first: output[group * geometry.outputs()..].as_mut_ptr(),
                stride: geometry.output_channels,
            };
            if let Some(row) = self.layout.row {
                gather(window, image, row, gathered, machine);
                let rows = Image {
                    bytes: gathered,
                    stride: row,
                    depth: row,
                    border: &[],
                };
                share(
                    &product,
                    &Window::row(window.outputs()),
                    rows,
                    target,
                    machine,
                );
            } else {
                share(&product, window, image, target, machine);
            }
        }
    }
}

/// Splits a product between threads, by rows where there are many, else by panels.
fn share<P: Product>(
    product: &P,
    window: &Window,
    image: Image<'_>,
    target: Target<P::Output>,
    machine: Machine,
) {
    let (rows, panels) = (window.outputs(), product.panels());
    let (height, width) = product.tile();
    // SAFETY: the output has room for all rows and channels; ranges do not meet.
    let run = |rows, panels| unsafe { convolve(product, window, image, rows, panels, target) };
    if rows.div_ceil(height) >= 2 * machine.threads.0 {
        machine
            .threads
            .split(rows, height, |rows| run(rows, 0..panels));
    } else {
        machine
            .threads
            .split(panels, width, |panels| run(0..rows, panels));
    }
}

/// Brings all taps of each result together in one row of `length` bytes.
fn gather(window: &Window, image: Image<'_>, length: usize, rows: &mut [u8], machine: Machine) {
    let target = Target {
        first: rows.as_mut_ptr(),
        stride: length,
    };
    assert!(
        rows.len() >= window.outputs() * length,
        "the rows have room"
    );
    machine.threads.split(window.outputs(), 16, |range| {
        // SAFETY: the rows have room; ranges do not meet.
        let rows = unsafe {
            std::slice::from_raw_parts_mut(
                target.first().add(range.start * length),
                range.len() * length,
            )
        };
        let mut place = window.place(range.start);
        for row in rows.chunks_exact_mut(length) {
            window.for_each_tap(place, |tap, position| {
                let bytes = match position {
                    Some(position) => &image.bytes[position * image.stride..][..image.depth],
                    None => image.border,
                };
                row[tap * image.depth..][..image.depth].copy_from_slice(bytes);
            });
            // What fills the row up meets weights of zero.
            row[window.taps() * image.depth..].fill(0);
            place = window.next(place);
        }
    });
}

/// Writes 8-bit integers less their zero point as words.
pub(crate) fn widen(
    input: &[u8],
    signed: bool,
    zero_point: i32,
    words: &mut [i16],
    machine: Machine,
) {
    let target = Target {
        first: words.as_mut_ptr(),
        stride: 1,
    };
    assert_eq!(input.len(), words.len(), "one word for each byte");
    machine.threads.split(input.len(), 4096, |range| {
        // SAFETY: there is a word for each byte; ranges do not meet.
        let words =
            unsafe { std::slice::from_raw_parts_mut(target.first().add(range.start), range.len()) };
        let zero_point = zero_point as i16;
        if signed {
            for (word, &byte) in words.iter_mut().zip(&input[range]) {
                *word = i16::from(byte as i8) - zero_point;
            }
        } else {
            for (word, &byte) in words.iter_mut().zip(&input[range]) {
                *word = i16::from(byte) - zero_point;
            }
        }
    });
}
