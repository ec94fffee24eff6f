//! Products of 8-bit activations with 8-bit weights, summed in 32 bits.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx512_vnni;
#[cfg(target_arch = "x86_64")]
mod avx_vnni;

#[cfg(target_arch = "x86_64")]
use super::Registers;
#[cfg(target_arch = "x86_64")]
use super::panels;
use super::panels::{PANEL, Panels};
use super::words::{self, Segment};
use super::{Product, Rows, Sums, Tile};
use crate::instruction_set::InstructionSet;
use crate::memory::Aligned;
use crate::target::Target;

/// What activations are when a product reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    /// The tensor's bytes, made unsigned.
    Bytes,
    /// 16-bit integers less the zero point.
    Words,
}

impl Operand {
    /// What products read on these instructions.
    pub(crate) fn of(set: InstructionSet) -> Self {
        match set {
            InstructionSet::AvxVnni | InstructionSet::Avx512Vnni | InstructionSet::Amx => {
                Operand::Bytes
            }
            InstructionSet::Portable | InstructionSet::Avx2 | InstructionSet::Avx512 => {
                Operand::Words
            }
        }
    }

    /// What is flipped of each byte of the tensor before a product reads it.
    pub(crate) fn flip(self, activations: Activations) -> u8 {
        match self {
            Operand::Bytes => activations.flip(),
            Operand::Words => 0,
        }
    }

    /// Bytes of an element.
    pub(crate) fn size(self) -> usize {
        match self {
            Operand::Bytes => 1,
            Operand::Words => 2,
        }
    }
}

/// Input channels that panels for these instructions have side by side: bytes come by fours.
pub(crate) fn group(set: InstructionSet) -> usize {
    match Operand::of(set) {
        Operand::Bytes => 4,
        Operand::Words => words::group(set),
    }
}

/// 8-bit activations, as a product takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Activations {
    /// Whether they are signed.
    pub(crate) signed: bool,
    /// What stands for 0.
    pub(crate) zero_point: i32,
}

impl Activations {
    /// What is added to a byte to make it unsigned.
    pub(crate) fn shift(self) -> i32 {
        if self.signed { 128 } else { 0 }
    }

    /// What makes a byte unsigned.
    pub(crate) fn flip(self) -> u8 {
        if self.signed { 0x80 } else { 0 }
    }
}

/// The weights of a layer, and what its sums begin at.
#[derive(Debug, Clone)]
pub(crate) struct IntegerSums {
    panels: Panels<i8>,
    bias: Aligned<i32>,
    largest: u64,
    set: InstructionSet,
    /// How tiles of AMX are used.
    #[cfg(target_arch = "x86_64")]
    tiles: Option<amx::Shape>,
}

impl IntegerSums {
    /// Sums with weights that lie as `[output channel, tap, input channel]`, and one bias for each output channel.
    pub(crate) fn new(
        weights: &[i8],
        taps: usize,
        bias: &[i32],
        activations: Activations,
        set: InstructionSet,
    ) -> Self {
        let channels = bias.len();
        let panels = Panels::new(weights, channels, taps, group(set));
        let filter = weights.len().checked_div(channels).unwrap_or(0);
        let mut start = Aligned::zeroed(panels.count() * PANEL);
        let mut largest = 0;
        for (channel, target) in start.as_mut_slice()[..channels].iter_mut().enumerate() {
            let weights = &weights[channel * filter..][..filter];
            let magnitudes = weights
                .iter()
                .map(|weight| u64::from(weight.unsigned_abs()));
            let bound = magnitudes.sum::<u64>() * 255 + u64::from(bias[channel].unsigned_abs());
            largest = largest.max(bound);
            *target = match Operand::of(set) {
                Operand::Bytes => {
                    let sum: i32 = weights.iter().map(|&weight| i32::from(weight)).sum();
                    let added = sum.wrapping_mul(activations.zero_point + activations.shift());
                    bias[channel].wrapping_sub(added)
                }
                Operand::Words => bias[channel],
            };
        }
        IntegerSums {
            #[cfg(target_arch = "x86_64")]
            tiles: amx::Shape::new(&panels).filter(|_| set == InstructionSet::Amx),
            panels,
            bias: start,
            largest,
            set,
        }
    }

    /// The greatest magnitude that a sum can come to, whatever the activations are.
    pub(crate) fn largest(&self) -> u64 {
        self.largest
    }

    /// Bytes of the weights.
    pub(crate) fn bytes(&self) -> usize {
        self.panels.bytes() + size_of_val(self.bias.as_slice())
    }

    /// Output channels.
    pub(crate) fn channels(&self) -> usize {
        self.panels.channels()
    }

    /// Number of panels.
    pub(crate) fn panels(&self) -> usize {
        self.panels.count()
    }

    unsafe fn accumulate(&self, rows: Rows, panel: usize, panels: usize, sums: &mut Sums<i32>) {
        // SAFETY: the caller's promise; the instructions were found when the sums were made.
        unsafe {
            match Operand::of(self.set) {
                #[cfg(target_arch = "x86_64")]
                Operand::Bytes if self.set == InstructionSet::AvxVnni => {
                    avx_vnni::accumulate(self, rows, panel, panels, sums);
                }
                #[cfg(target_arch = "x86_64")]
                Operand::Bytes => match self.tiles {
                    // Tiles of vectors are of a single row where tiles of AMX are to be had.
                    Some(shape) if rows.height > 1 => {
                        amx::accumulate((self, shape), rows, panel, panels, sums);
                    }
                    _ => avx512_vnni::accumulate(self, rows, panel, panels, sums),
                },
                #[cfg(not(target_arch = "x86_64"))]
                Operand::Bytes => unreachable!("no instructions for bytes, or for {panels} panels"),
                Operand::Words => {
                    let all = Segment {
                        taps: 0..self.panels.taps(),
                        groups: 0..self.panels.groups(),
                    };
                    let operands = words::Operands {
                        panels: &self.panels,
                        start: Some(self.bias.as_slice()),
                        rows,
                    };
                    words::accumulate(self.set, operands, (panel, panels), &all, sums);
                }
            }
        }
    }
}

/// What becomes of the sums of a layer.
pub(crate) trait Epilogue: Sync {
    /// An element of the output.
    type Output: Copy + Send;

    /// Writes what the sums of a tile of a layer with `channels` output channels come to.
    ///
    /// # Safety
    /// `target` has room for the tile; the processor has the instructions.
    unsafe fn finish(
        &self,
        set: InstructionSet,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<Self::Output>,
    );
}

impl<E: Epilogue> Epilogue for &E {
    type Output = E::Output;

    unsafe fn finish(
        &self,
        set: InstructionSet,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<E::Output>,
    ) {
        // SAFETY: the caller's promise.
        unsafe { E::finish(self, set, tile, channels, sums, target) };
    }
}

/// Sums of a layer with their epilogue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IntegerProduct<'a, E> {
    /// The sums.
    pub(crate) sums: &'a IntegerSums,
    /// What becomes of them.
    pub(crate) epilogue: E,
    /// What is added to all sums of each row.
    pub(crate) corrections: Option<&'a [i32]>,
}

// SAFETY: the kernels read the groups of the panels from each pointer.
unsafe impl<E: Epilogue> Product for IntegerProduct<'_, E> {
    type Output = E::Output;
    type Sum = i32;

    fn tile(&self, rows: usize) -> (usize, usize) {
        match Operand::of(self.sums.set) {
            #[cfg(target_arch = "x86_64")]
            Operand::Bytes if self.sums.set == InstructionSet::AvxVnni => avx_vnni::tile(rows),
            #[cfg(target_arch = "x86_64")]
            Operand::Bytes => match self.sums.tiles.filter(|_| rows > 1) {
                Some(shape) => shape.tile(rows, self.panels()),
                None => panels::tile(rows, self.panels()),
            },
            #[cfg(not(target_arch = "x86_64"))]
            Operand::Bytes => (1, 1),
            Operand::Words => words::tile(self.sums.set, rows),
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn registers(&self, rows: usize) -> Option<Registers> {
        let shape = self.sums.tiles.filter(|_| rows > 1)?;
        // SAFETY: the instructions were found when the sums were made.
        Some(unsafe { shape.registers() })
    }

    fn panels(&self) -> usize {
        self.sums.panels()
    }

    fn channels(&self) -> usize {
        self.sums.channels()
    }

    unsafe fn compute(
        &self,
        rows: Rows,
        tile: Tile,
        sums: &mut Sums<i32>,
        target: Target<E::Output>,
    ) {
        // SAFETY: the caller's promise.
        unsafe { self.sums.accumulate(rows, tile.panel, tile.panels, sums) };
        if let Some(corrections) = self.corrections {
            for (row, correction) in corrections[tile.row..][..tile.rows].iter().enumerate() {
                for sum in sums.0[row * tile.panels..][..tile.panels].as_flattened_mut() {
                    *sum = sum.wrapping_add(*correction);
                }
            }
        }
        // SAFETY: the caller's promise; the instructions were found when the sums were made.
        unsafe {
            self.epilogue
                .finish(self.sums.set, tile, self.channels(), sums, target)
        };
    }
}
