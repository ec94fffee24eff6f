//! Products of tiles of 16 rows and 64 bytes with tiles of 16 output channels, by `tdpbusd`.

use std::arch::x86_64::*;
use std::mem::MaybeUninit;

use super::IntegerSums;
use crate::amx::{ROW_BYTES, ROWS, Tiles, load, multiply, store};
use crate::product::convolution::POINTERS;
use crate::product::panels::{PANEL, Panels};
use crate::product::{Rows, Sums};

/// Input channels of a group.
const GROUP: usize = 4;
/// Groups that are worth a tile.
const LEAST: usize = 4;

/// How a layer's products use tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Groups that are summed at a time.
    groups: usize,
    /// Tiles of rows side by side at most.
    most: usize,
}

impl Shape {
    /// The shape for weights, if tiles are worth while for them: the groups of a tap have to fill tiles of the same size.
    pub(super) fn new(panels: &Panels<i8>) -> Option<Self> {
        let groups = (LEAST..=ROWS)
            .rev()
            .find(|&groups| panels.groups().is_multiple_of(groups))?;
        let most = POINTERS / ROWS / panels.taps().max(1);
        (most > 0 && panels.groups() > 0).then_some(Shape { groups, most })
    }

    /// Rows and panels of a tile of a product of so many rows and panels.
    pub(super) fn tile(self, rows: usize, panels: usize) -> (usize, usize) {
        let high = rows.div_ceil(ROWS).min(self.most);
        let (high, wide) = match (high, panels) {
            (4.., 1) => (4, 1),
            (2.., 1) => (2, 1),
            (2.., 2) => (2, 2),
            (_, 3 | 6 | 9) => (1, 3),
            _ => (1, 4),
        };
        (high * ROWS, wide)
    }

    /// The registers that a thread needs to compute tiles.
    ///
    /// # Safety
    /// AMX is available.
    pub(super) unsafe fn registers(self) -> Tiles {
        // SAFETY: the caller's promise.
        unsafe { Tiles::new(self.groups) }
    }
}

/// Copies of rows that do not lie at equal distances.
type Copies = MaybeUninit<[__m512i; ROWS]>;

/// Where the sixteen rows of a tile lie for one tap.
#[derive(Clone, Copy)]
struct TileRows {
    pointers: *const *const u8,
    /// Bytes from one row to the next, if all are as far apart.
    stride: Option<usize>,
}

impl TileRows {
    /// The rows behind sixteen pointers.
    ///
    /// # Safety
    /// The pointers are there; the processor has AVX-512.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    unsafe fn new(pointers: *const *const u8) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let low = _mm512_loadu_epi64(pointers.cast());
            let high = _mm512_loadu_epi64(pointers.add(8).cast());
            let first = (*pointers) as i64;
            let stride = (*pointers.add(1)) as i64 - first;
            let lanes = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
            let steps = _mm512_mullo_epi64(lanes, _mm512_set1_epi64(stride));
            let expected = _mm512_add_epi64(_mm512_set1_epi64(first), steps);
            let further = _mm512_add_epi64(expected, _mm512_set1_epi64(8 * stride));
            let is_even = _mm512_cmpeq_epi64_mask(low, expected) == 0xff
                && _mm512_cmpeq_epi64_mask(high, further) == 0xff;
            TileRows {
                pointers,
                stride: is_even.then_some(stride as usize),
            }
        }
    }

    /// Where a tile of `bytes` from `offset` on begins, and how far its rows are apart: in `copies` if need be.
    ///
    /// # Safety
    /// As many bytes are there in each row; the processor has AVX-512.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    unsafe fn at(self, offset: usize, bytes: usize, copies: &mut Copies) -> (*const u8, usize) {
        // SAFETY: the caller's promise.
        unsafe {
            if let Some(stride) = self.stride {
                return ((*self.pointers).add(offset), stride);
            }
            let mask = u64::MAX >> (ROW_BYTES - bytes);
            let first = copies.as_mut_ptr().cast::<__m512i>();
            for row in 0..ROWS {
                let pointer = (*self.pointers.add(row)).add(offset);
                first
                    .add(row)
                    .write(_mm512_maskz_loadu_epi8(mask, pointer.cast()));
            }
            (first.cast(), ROW_BYTES)
        }
    }
}

/// Sums one tile.
///
/// # Safety
/// As [`Product::compute`](crate::product::Product::compute), with the tile of [`Shape::tile`]; AMX is available, and the thread has
/// [`Shape::registers`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn accumulate(
    (layer, shape): (&IntegerSums, Shape),
    rows: Rows,
    panel: usize,
    panels: usize,
    sums: &mut Sums<i32>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match (rows.height / ROWS, panels) {
            (1, 1) => sum::<1, 1>((layer, shape), rows, panel, sums),
            (1, 2) => sum::<1, 2>((layer, shape), rows, panel, sums),
            (1, 3) => sum::<1, 3>((layer, shape), rows, panel, sums),
            (1, 4) => sum::<1, 4>((layer, shape), rows, panel, sums),
            (2, 1) => sum::<2, 1>((layer, shape), rows, panel, sums),
            (2, 2) => sum::<2, 2>((layer, shape), rows, panel, sums),
            (4, 1) => sum::<4, 1>((layer, shape), rows, panel, sums),
            tile => unreachable!("no product has tiles of {tile:?}"),
        }
    }
}

/// Sums `HIGH` tiles of rows and `WIDE` panels, four of either at most in all.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
unsafe fn sum<const HIGH: usize, const WIDE: usize>(
    (layer, shape): (&IntegerSums, Shape),
    rows: Rows,
    panel: usize,
    sums: &mut Sums<i32>,
) {
    let panels = &layer.panels;
    let (stride, bytes) = (panels.stride(), shape.groups * GROUP);
    let bias = &layer.bias.as_slice()[panel * PANEL..][..WIDE * PANEL];
    let bias = |sum: usize| bias[sum % WIDE * PANEL..].as_ptr().cast();
    // SAFETY: the caller's promise; the panels are there.
    unsafe {
        // All rows begin at the biases.
        load::<0>(bias(0), 0);
        if HIGH * WIDE > 1 {
            load::<1>(bias(1), 0);
        }
        if HIGH * WIDE > 2 {
            load::<2>(bias(2), 0);
        }
        if HIGH * WIDE > 3 {
            load::<3>(bias(3), 0);
        }
        let mut weights = panels.panel(panel).cast::<u8>();
        let mut copies = [const { MaybeUninit::uninit() }; HIGH];
        for tap in 0..panels.taps() {
            let pointers = rows.pointers.add(tap * rows.height);
            let reads: [TileRows; HIGH] =
                std::array::from_fn(|tile| TileRows::new(pointers.add(tile * ROWS)));
            for chunk in 0..panels.groups() / shape.groups {
                let row = |tile: usize| reads[tile].at(chunk * bytes, bytes, &mut copies[tile]);
                let column = |panel: usize| (weights.add(panel * stride), ROW_BYTES);
                multiply_all::<HIGH, WIDE>(row, column);
                weights = weights.add(shape.groups * ROW_BYTES);
            }
        }
        let first = sums.0.as_mut_ptr();
        let place = |sum: usize| first.add(sum / WIDE * ROWS * WIDE + sum % WIDE).cast();
        let stride = WIDE * PANEL * size_of::<i32>();
        store::<0>(place(0), stride);
        if HIGH * WIDE > 1 {
            store::<1>(place(1), stride);
        }
        if HIGH * WIDE > 2 {
            store::<2>(place(2), stride);
        }
        if HIGH * WIDE > 3 {
            store::<3>(place(3), stride);
        }
    }
}

/// Adds the products of each tile of rows with each tile of columns, which two closures say where to find.
#[inline(always)]
unsafe fn multiply_all<const HIGH: usize, const WIDE: usize>(
    mut row: impl FnMut(usize) -> (*const u8, usize),
    column: impl Fn(usize) -> (*const u8, usize),
) {
    // SAFETY: the caller's promise. Tiles 4 and 5 take turns, and so do 6 and 7.
    unsafe {
        let (first, stride) = row(0);
        load::<4>(first, stride);
        let (first, stride) = column(0);
        load::<6>(first, stride);
        multiply::<0, 4, 6>();
        if HIGH > 1 {
            let (first, stride) = row(1);
            load::<5>(first, stride);
            match WIDE {
                1 => multiply::<1, 5, 6>(),
                _ => multiply::<2, 5, 6>(),
            }
        }
        if HIGH > 2 {
            let (first, stride) = row(2);
            load::<4>(first, stride);
            multiply::<2, 4, 6>();
        }
        if HIGH > 3 {
            let (first, stride) = row(3);
            load::<5>(first, stride);
            multiply::<3, 5, 6>();
        }
        if WIDE > 1 {
            let (first, stride) = column(1);
            load::<7>(first, stride);
            multiply::<1, 4, 7>();
            if HIGH > 1 {
                multiply::<3, 5, 7>();
            }
        }
        if WIDE > 2 {
            let (first, stride) = column(2);
            load::<6>(first, stride);
            multiply::<2, 4, 6>();
        }
        if WIDE > 3 {
            let (first, stride) = column(3);
            load::<7>(first, stride);
            multiply::<3, 4, 7>();
        }
    }
}
