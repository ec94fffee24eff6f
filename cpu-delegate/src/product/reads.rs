//! Where a filter reads an image, as pointers.

use std::mem::MaybeUninit;
use std::ops::Range;

use demilite_core::geometry::{Extent, Place, Window};

/// The most taps that a product sees.
pub(super) const TAPS: usize = 128;

/// The image that a filter slides over, as bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Image<'a> {
    /// The image, from the first input channel that the filter reads on.
    pub(crate) bytes: &'a [u8],
    /// Bytes from one position to the next.
    pub(crate) stride: usize,
    /// Bytes that the filter reads of each position.
    pub(crate) depth: usize,
    /// What the filter reads outside of the image.
    pub(crate) border: &'a [u8],
    /// What is still to be flipped of each byte of the image before a product reads it.
    pub(crate) flip: u8,
}

/// A filter over an image.
pub(super) struct Reads<'a> {
    window: Window,
    image: Image<'a>,
    /// Where the image begins, or would begin if all of it were where a part of it is.
    begin: *const u8,
    /// For each tap, bytes from what the first one reads, where the filter lies within the image.
    offsets: [usize; TAPS],
    /// The columns of results for which the filter lies within the image's columns.
    inside: Range<usize>,
}

impl<'a> Reads<'a> {
    /// The reads of all results.
    pub(super) fn new(window: &Window, image: Image<'a>) -> Self {
        let window = match window.is_pointwise() {
            // One long row is as good as many short ones.
            true => Window::row(window.outputs()),
            false => *window,
        };
        assert!(window.taps() <= TAPS, "the filter has few taps");
        let last = |extent: &Extent| {
            let end = (extent.output.max(1) - 1) * extent.stride + reach(extent);
            end.saturating_sub(extent.padding).min(extent.input - 1)
        };
        if window.inputs() > 0 {
            let (row, column) = (last(&window.rows), last(&window.columns));
            let last = window.input_position(window.batches - 1, row, column);
            assert!(
                last * image.stride + image.depth <= image.bytes.len(),
                "the image holds all that the filter reads"
            );
        }
        let mut offsets = [0; TAPS];
        for (tap, offset) in offsets[..window.taps()].iter_mut().enumerate() {
            let (row, column) = (tap / window.columns.filter, tap % window.columns.filter);
            let (row, column) = (row * window.rows.dilation, column * window.columns.dilation);
            *offset = window.input_position(0, row, column) * image.stride;
        }
        let columns = &window.columns;
        let end = (columns.input + columns.padding).saturating_sub(reach(columns));
        let end = end.div_ceil(columns.stride).min(columns.output);
        let inside = columns.padding.div_ceil(columns.stride).min(end)..end;
        Reads {
            window,
            image,
            begin: image.bytes.as_ptr(),
            offsets,
            inside,
        }
    }

    /// The bytes of the image that `count` results read from `output` on lie within these. Filters of several taps are taken to read
    /// whole rows.
    pub(super) fn span(&self, output: usize, count: usize) -> Range<usize> {
        let window = &self.window;
        let positions = if window.is_pointwise() {
            output..output + count
        } else {
            let (first, last) = (window.place(output), window.place(output + count - 1));
            let rows = &window.rows;
            let begin = (first.row * rows.stride).saturating_sub(rows.padding);
            let end = (last.row * rows.stride + reach(rows) + 1).saturating_sub(rows.padding);
            let begin = first.batch * rows.input + begin.min(rows.input);
            let end = last.batch * rows.input + end.min(rows.input);
            begin * window.columns.input..end.max(begin) * window.columns.input
        };
        let bytes = |position: usize| (position * self.image.stride).min(self.image.bytes.len());
        bytes(positions.start)..bytes(positions.end)
    }

    /// The filter.
    pub(super) fn window(&self) -> &Window {
        &self.window
    }

    /// Taps of the filter.
    pub(super) fn taps(&self) -> usize {
        self.window.taps()
    }

    /// Results.
    pub(super) fn outputs(&self) -> usize {
        self.window.outputs()
    }

    /// The image.
    pub(super) fn image(&self) -> Image<'a> {
        self.image
    }

    /// Has results read a copy of a part of the image. All of the image would begin at `begin`.
    pub(super) fn read_from(&mut self, begin: *const u8) {
        self.begin = begin;
    }

    /// Writes what tiles of `height` results read from `output` on, a tile after the other, as [`Reads::write`] does.
    pub(super) fn write_tiles(
        &self,
        output: usize,
        height: usize,
        pointers: &mut [MaybeUninit<*const u8>],
    ) {
        let window = &self.window;
        let length = height * window.taps();
        let step = height * window.columns.stride * self.image.stride;
        let mut at = window.place(output);
        // Whether the tile before lies within the image, in the row of this one.
        let mut follows = false;
        for tile in 0..pointers.len() / length {
            let (before, pointers) = pointers[..(tile + 1) * length].split_at_mut(tile * length);
            let columns = at.column..at.column + height;
            let lies_inside = columns.start >= self.inside.start
                && columns.end <= self.inside.end
                && first_inside(&window.rows, at.row).is_some();
            if follows && lies_inside {
                for (pointer, before) in pointers.iter_mut().zip(&before[before.len() - length..]) {
                    // SAFETY: all pointers of the tile before were written.
                    pointer.write(unsafe { before.assume_init() }.wrapping_add(step));
                }
            } else {
                self.write(output + tile * height, height, pointers);
            }
            follows = lies_inside && columns.end < window.columns.output;
            at = match columns.end < window.columns.output {
                true => Place {
                    column: columns.end,
                    ..at
                },
                false => window.place((output + (tile + 1) * height).min(window.outputs())),
            };
        }
    }

    /// Writes what `height` results read from `output` on, one pointer for each tap and result. Results after the last one read the
    /// same as that.
    pub(super) fn write(
        &self,
        output: usize,
        height: usize,
        pointers: &mut [MaybeUninit<*const u8>],
    ) {
        let window = &self.window;
        let count = height.min(window.outputs() - output);
        if window.is_pointwise() {
            let mut pointer = self.begin.wrapping_add(output * self.image.stride);
            for place in &mut pointers[..count] {
                place.write(pointer);
                pointer = pointer.wrapping_add(self.image.stride);
            }
            let last = pointers[count - 1];
            pointers[count..height].fill(last);
            return;
        }
        let mut at = window.place(output);
        let mut done = 0;
        while done < count {
            let run = (count - done).min(window.columns.output - at.column);
            self.write_run(at, run, height, &mut pointers[done..]);
            done += run;
            let column = window.columns.output - 1;
            at = window.next(Place { column, ..at });
        }
        if count < height {
            for pointers in pointers.chunks_exact_mut(height) {
                let last = pointers[count - 1];
                pointers[count..].fill(last);
            }
        }
    }

    /// Writes what `count` results of one row read.
    fn write_run(
        &self,
        at: Place,
        count: usize,
        height: usize,
        pointers: &mut [MaybeUninit<*const u8>],
    ) {
        let window = &self.window;
        let columns = at.column..at.column + count;
        let (mut start, mut end) = (columns.end, columns.end);
        if let Some(row) = first_inside(&window.rows, at.row) {
            start = self.inside.start.clamp(columns.start, columns.end);
            end = self.inside.end.clamp(start, columns.end);
            if start < end {
                let column = start * window.columns.stride - window.columns.padding;
                let first = window.input_position(at.batch, row, column) * self.image.stride;
                let first = self.begin.wrapping_add(first);
                let step = window.columns.stride * self.image.stride;
                for (tap, offset) in self.offsets[..window.taps()].iter().enumerate() {
                    let mut pointer = first.wrapping_add(*offset);
                    let pointers = &mut pointers[tap * height + start - columns.start..];
                    for place in &mut pointers[..end - start] {
                        place.write(pointer);
                        pointer = pointer.wrapping_add(step);
                    }
                }
            }
        }
        for column in (columns.start..start).chain(end..columns.end) {
            let pointers = &mut pointers[column - columns.start..];
            self.write_one(Place { column, ..at }, height, pointers);
        }
    }

    /// Writes what one result reads.
    fn write_one(&self, at: Place, height: usize, pointers: &mut [MaybeUninit<*const u8>]) {
        let image = &self.image;
        self.window.for_each_tap(at, |tap, position| {
            pointers[tap * height].write(match position {
                Some(position) => self.begin.wrapping_add(position * image.stride),
                None => image.border[..image.depth].as_ptr(),
            });
        });
    }
}

/// Elements from the first tap to the last.
pub(super) fn reach(extent: &Extent) -> usize {
    (extent.filter - 1) * extent.dilation
}

/// The first element that a result reads, where all that it reads lies within the image.
fn first_inside(extent: &Extent, output: usize) -> Option<usize> {
    let first = (output * extent.stride).checked_sub(extent.padding)?;
    (first + reach(extent) < extent.input).then_some(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An axis on which the filter may lie outside of the image on both sides, or wholly.
    fn extent() -> impl Strategy<Value = Extent> {
        (
            1..9_usize,
            1..6_usize,
            1..4_usize,
            1..4_usize,
            1..4_usize,
            0..5_usize,
        )
            .prop_map(
                |(input, output, filter, stride, dilation, padding)| Extent {
                    input,
                    output,
                    filter,
                    stride,
                    dilation,
                    padding,
                },
            )
    }

    proptest! {
        #[test]
        fn pointers_lead_to_what_each_tap_meets(
            batches in 1..3_usize,
            (rows, columns) in (extent(), extent()),
            (depth, gap, height) in (1..4_usize, 0..3_usize, 1..9_usize),
        ) {
            let window = Window { batches, rows, columns };
            let stride = depth + gap;
            let (bytes, border) = (vec![0; window.inputs() * stride], vec![0; depth]);
            let image = Image { bytes: &bytes, stride, depth, border: &border, flip: 0 };
            let (reads, outputs) = (Reads::new(&window, image), window.outputs());
            for output in 0..outputs {
                let nothing = MaybeUninit::new(std::ptr::null());
                let mut pointers = vec![nothing; window.taps() * height];
                reads.write(output, height, &mut pointers);
                for row in 0..height {
                    let place = window.place((output + row).min(outputs - 1));
                    window.for_each_tap(place, |tap, position| {
                        let expected = match position {
                            Some(position) => bytes[position * stride..].as_ptr(),
                            None => border.as_ptr(),
                        };
                        // SAFETY: all began as null pointers.
                        assert_eq!(unsafe { pointers[tap * height + row].assume_init() }, expected);
                    });
                }
                // Tiles that are written together are those that are written one by one.
                let length = window.taps() * height;
                let tiles = (outputs - output).div_ceil(height).min(5);
                let mut together = vec![nothing; tiles * length];
                reads.write_tiles(output, height, &mut together);
                for (tile, together) in together.chunks_exact(length).enumerate() {
                    reads.write(output + tile * height, height, &mut pointers);
                    for (one, other) in together.iter().zip(&pointers) {
                        // SAFETY: all began as null pointers.
                        assert_eq!(unsafe { one.assume_init() }, unsafe { other.assume_init() });
                    }
                }
            }
        }
    }
}
