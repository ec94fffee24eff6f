//! How the left operand of a layer's products lies in memory.
//!
//! Instructions take a few input channels at a time. Where the channels of a position do not fill whole such groups, those of
//! several positions are read as one.

use demilite_core::geometry::{Extent, Window};

use super::flipped;
use super::geometry::Geometry;
use super::reads::{Image, TAPS};
use crate::machine::Machine;
use crate::target::Target;

/// Bytes of a position that are too few to be read for themselves.
const FEW: usize = 32;

/// How operands lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Bytes of an element.
    element: usize,
    /// Elements that instructions take at a time.
    side: usize,
    /// What is flipped of each byte of the image before products read it.
    flip: u8,
    order: Order,
}

/// What one tap of a product is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// A position of the filter, in the image itself.
    Positions,
    /// A row of the filter, in a copy of the image with its border around it.
    Strips,
    /// A position of the filter, in a flipped copy of the image.
    Copies,
    /// The whole filter, whose positions are brought together for each result.
    Rows,
}

impl Geometry {
    /// How operands lie that instructions take by groups of `side` channels, with `flip` flipped of each byte.
    pub(crate) fn layout(&self, element: usize, side: usize, flip: u8) -> Layout {
        let (window, depth) = (&self.window, self.depth());
        let are_groups_whole = depth.is_multiple_of(side);
        let are_few = window.taps() <= TAPS;
        let is_copy_of_use = depth * element < FEW || !are_groups_whole || !are_few;
        let are_strips = window.columns.filter > 1
            && window.columns.dilation == 1
            && window.rows.filter <= TAPS
            && self.groups == 1;
        let order = if are_strips && is_copy_of_use {
            Order::Strips
        } else if are_groups_whole && are_few {
            let stride = self.input_channels * element;
            match flip == 0 || flipped::has_room(window, stride, flipped::HEIGHT) {
                true => Order::Positions,
                false => Order::Copies,
            }
        } else {
            Order::Rows
        };
        Layout {
            element,
            side,
            flip,
            order,
        }
    }
}

impl Layout {
    /// Bytes of an element.
    pub(crate) fn element(self) -> usize {
        self.element
    }

    /// What is flipped of each byte of the image before products read it.
    pub(super) fn flip(self) -> u8 {
        self.flip
    }

    /// The taps that products see.
    pub(crate) fn taps(self, window: &Window) -> usize {
        match self.order {
            Order::Positions | Order::Copies => window.taps(),
            Order::Strips => window.rows.filter,
            Order::Rows => 1,
        }
    }

    /// Bytes of memory for what is copied of images of so many channels.
    pub(crate) fn scratch(self, window: &Window, channels: usize) -> usize {
        match self.order {
            Order::Positions => 0,
            Order::Copies => window.inputs() * channels * self.element,
            Order::Strips => {
                let window = bordered(window);
                let elements = window.batches * window.rows.input * window.columns.input * channels;
                // The last strip is read up to a whole group.
                (elements + self.side) * self.element
            }
            Order::Rows => self.row(window, channels) * window.outputs(),
        }
    }

    /// The same for so many rows of one image.
    pub(crate) fn band_scratch(self, geometry: &Geometry, rows: usize) -> usize {
        // The first rows may lie on the border; those after them meet no fewer of the image.
        let (band, _) = geometry.band(0..rows);
        let rows = Extent {
            input: band.window.rows.span(rows),
            ..band.window.rows
        };
        let window = Window {
            rows,
            ..band.window
        };
        self.scratch(&window, geometry.depth())
    }

    /// Bytes of all positions of a filter, filled up to a whole group.
    fn row(self, window: &Window, depth: usize) -> usize {
        (window.taps() * depth).next_multiple_of(self.side) * self.element
    }

    /// The image as products see it, and the filter that slides over it. What is copied goes to `scratch`.
    pub(super) fn arrange<'a>(
        self,
        window: &Window,
        image: Image<'a>,
        scratch: &'a mut [u8],
        machine: Machine,
    ) -> (Window, Image<'a>) {
        match self.order {
            Order::Positions => (*window, image),
            Order::Copies => {
                copy(window, image, scratch, machine);
                let copies = Image {
                    bytes: scratch,
                    stride: image.depth,
                    flip: 0,
                    ..image
                };
                (*window, copies)
            }
            Order::Strips => {
                let bordered = bordered(window);
                surround(window, &bordered, image, scratch, machine);
                let strip = window.columns.filter * image.depth;
                let strips = Image {
                    bytes: scratch,
                    stride: image.depth,
                    depth: strip.next_multiple_of(self.side * self.element),
                    border: &[],
                    flip: 0,
                };
                let columns = Extent {
                    filter: 1,
                    ..bordered.columns
                };
                (
                    Window {
                        columns,
                        ..bordered
                    },
                    strips,
                )
            }
            Order::Rows => {
                let row = self.row(window, image.depth / self.element);
                gather(window, image, row, scratch, machine);
                let rows = Image {
                    bytes: scratch,
                    stride: row,
                    depth: row,
                    border: &[],
                    flip: 0,
                };
                (Window::row(window.outputs()), rows)
            }
        }
    }
}

/// The same filter over images that hold all that it reads.
fn bordered(window: &Window) -> Window {
    let whole = |extent: &Extent| Extent {
        input: extent.span(extent.output),
        padding: 0,
        ..*extent
    };
    Window {
        rows: whole(&window.rows),
        columns: whole(&window.columns),
        ..*window
    }
}

/// Copies images with as much of their border as the filter reads.
fn surround(
    window: &Window,
    bordered: &Window,
    image: Image<'_>,
    copy: &mut [u8],
    machine: Machine,
) {
    let (rows, columns) = (&window.rows, &window.columns);
    let length = bordered.columns.input * image.depth;
    let all = window.batches * bordered.rows.input;
    let target = Target {
        first: copy.as_mut_ptr(),
        stride: length,
    };
    assert!(copy.len() >= all * length, "the copy has room");
    // Bytes of a border are all the same.
    let border = image.border.first().copied().unwrap_or(0);
    let before = columns.padding.min(bordered.columns.input);
    let inside = columns.input.min(bordered.columns.input - before) * image.depth;
    let before = before * image.depth;
    machine.threads.split(all, 16, |range| {
        for index in range {
            // SAFETY: the copy has room; ranges do not meet.
            let copy = unsafe {
                std::slice::from_raw_parts_mut(target.first().add(index * length), length)
            };
            let (batch, row) = (index / bordered.rows.input, index % bordered.rows.input);
            let row = row
                .checked_sub(rows.padding)
                .filter(|&row| row < rows.input);
            let Some(row) = row else {
                copy.fill(border);
                continue;
            };
            let first = (batch * rows.input + row) * columns.input * image.stride;
            copy[..before].fill(border);
            let bytes = &image.bytes[first..][..inside];
            flipped::copy(
                bytes,
                image.flip,
                &mut copy[before..][..inside],
                machine.set,
            );
            copy[before + inside..].fill(border);
        }
    });
}

/// Copies the channels that a filter reads of all positions.
fn copy(window: &Window, image: Image<'_>, copy: &mut [u8], machine: Machine) {
    let positions = window.inputs();
    assert!(copy.len() >= positions * image.depth, "the copy has room");
    let target = Target {
        first: copy.as_mut_ptr(),
        stride: image.depth,
    };
    machine.threads.split(positions, 256, |range| {
        for position in range {
            // SAFETY: the copy has room; positions do not meet.
            let copy = unsafe {
                let first = target.first().add(position * image.depth);
                std::slice::from_raw_parts_mut(first, image.depth)
            };
            let bytes = &image.bytes[position * image.stride..][..image.depth];
            flipped::copy(bytes, image.flip, copy, machine.set);
        }
    });
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
                let row = &mut row[tap * image.depth..][..image.depth];
                match position {
                    Some(position) => {
                        let bytes = &image.bytes[position * image.stride..][..image.depth];
                        flipped::copy(bytes, image.flip, row, machine.set);
                    }
                    None => row.copy_from_slice(image.border),
                }
            });
            // What fills the row up meets weights of zero.
            row[window.taps() * image.depth..].fill(0);
            place = window.next(place);
        }
    });
}
