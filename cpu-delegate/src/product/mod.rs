//! Products of rows of activations with output channels of weights: convolutions, and matrices as filters of one element.

pub(crate) mod convolution;
pub(crate) mod dynamic_range;
mod flipped;
pub(crate) mod float;
pub(crate) mod geometry;
pub(crate) mod integer;
pub(crate) mod layout;
pub(crate) mod operands;
pub(crate) mod panels;
pub(crate) mod reads;
pub(crate) mod real;
#[cfg(target_arch = "x86_64")]
pub(crate) mod stores;
pub(crate) mod wide;
pub(crate) mod words;

use panels::PANEL;

use crate::target::Target;

/// Registers that have to be set up before a thread uses them.
#[cfg(target_arch = "x86_64")]
pub(crate) use crate::amx::Tiles as Registers;
/// Registers that have to be set up before a thread uses them: there are none.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) enum Registers {}

/// Vectors of sums that a tile has at most.
pub(crate) const VECTORS: usize = 64;

/// The sums of one tile: for each row, a vector for each panel.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Sums<T>(pub(crate) [[T; PANEL]; VECTORS]);

/// What a convolution computes of tiles of rows and panels.
///
/// # Safety
/// `compute` reads the bytes of as many input channels as the weights have from each pointer, no more.
pub(crate) unsafe trait Product: Sync {
    /// An element of the output.
    type Output: Copy + Send;
    /// The type of the sums.
    type Sum: Copy + Default;

    /// Rows of a tile, and panels of a tile, of a product of so many rows.
    fn tile(&self, rows: usize) -> (usize, usize);

    /// What a thread holds while it computes tiles of a product of so many rows.
    fn registers(&self, _rows: usize) -> Option<Registers> {
        None
    }

    /// Panels of all output channels.
    fn panels(&self) -> usize;

    /// Output channels.
    fn channels(&self) -> usize;

    /// Sums the panels of a tile over all taps, and writes what the sums come to. They may lie in `sums` on the way.
    ///
    /// # Safety
    /// `rows` leads to a pointer for each tap and row of the whole tile, to as many input channels as the weights have; `target` has room
    /// for the tile, which nobody else touches.
    unsafe fn compute(
        &self,
        rows: Rows,
        tile: Tile,
        sums: &mut Sums<Self::Sum>,
        target: Target<Self::Output>,
    );
}

// SAFETY: as the product behind the reference.
unsafe impl<P: Product> Product for &P {
    type Output = P::Output;
    type Sum = P::Sum;

    fn tile(&self, rows: usize) -> (usize, usize) {
        P::tile(self, rows)
    }

    fn registers(&self, rows: usize) -> Option<Registers> {
        P::registers(self, rows)
    }

    fn panels(&self) -> usize {
        P::panels(self)
    }

    fn channels(&self) -> usize {
        P::channels(self)
    }

    #[inline]
    unsafe fn compute(
        &self,
        rows: Rows,
        tile: Tile,
        sums: &mut Sums<P::Sum>,
        target: Target<P::Output>,
    ) {
        // SAFETY: the caller's promise.
        unsafe { P::compute(self, rows, tile, sums, target) };
    }
}

/// The rows of a tile, as a product reads them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    /// For each tap, a pointer for each row of the whole tile.
    pub(crate) pointers: *const *const u8,
    /// Rows of the whole tile.
    pub(crate) height: usize,
    /// Rows that there are.
    pub(crate) count: usize,
}

#[cfg(target_arch = "x86_64")]
impl Rows {
    /// What the first `ROWS` rows read for a tap.
    ///
    /// # Safety
    /// There are such a tap and as many rows.
    #[inline(always)]
    unsafe fn at<const ROWS: usize>(&self, tap: usize) -> [*const u8; ROWS] {
        // SAFETY: the caller's promise.
        std::array::from_fn(|row| unsafe { *self.pointers.add(tap * self.height + row) })
    }

    /// The rows from one of them on.
    fn from(self, row: usize) -> Self {
        Rows {
            pointers: self.pointers.wrapping_add(row),
            count: self.count - row,
            ..self
        }
    }
}

/// A tile of outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tile {
    /// The first row, among all rows of the product.
    pub(crate) row: usize,
    /// Rows that there are; sums of further ones are of no use.
    pub(crate) rows: usize,
    /// The first panel.
    pub(crate) panel: usize,
    /// Number of panels.
    pub(crate) panels: usize,
}

impl Tile {
    /// Some of its rows.
    #[cfg(target_arch = "x86_64")]
    fn rows(self, rows: std::ops::Range<usize>) -> Self {
        Tile {
            row: self.row + rows.start,
            rows: rows.len(),
            ..self
        }
    }

    /// The output channels of the tile, of `all` there are.
    pub(crate) fn channels(&self, all: usize) -> std::ops::Range<usize> {
        self.panel * PANEL..((self.panel + self.panels) * PANEL).min(all)
    }
}

/// Writes what `finish` makes of each sum of a tile, with its row and its channel.
///
/// # Safety
/// `target` has room for the tile.
pub(crate) unsafe fn for_each_sum<S: Copy, T>(
    tile: Tile,
    channels: usize,
    sums: &Sums<S>,
    target: Target<T>,
    finish: impl Fn(usize, usize, S) -> T,
) {
    for row in 0..tile.rows {
        for channel in tile.channels(channels) {
            let index = channel - tile.panel * PANEL;
            let sum = sums.0[row * tile.panels + index / PANEL][index % PANEL];
            let output = finish(tile.row + row, channel, sum);
            // SAFETY: the caller's promise.
            unsafe {
                target
                    .first
                    .add((tile.row + row) * target.stride + channel)
                    .write(output)
            };
        }
    }
}
