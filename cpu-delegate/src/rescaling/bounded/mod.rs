//! Rescaling of sums that are known to be small: no step overflows, and so each takes fewer instructions.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "x86_64")]
mod line;

#[cfg(target_arch = "x86_64")]
use line::Lines;

use super::Rescaling;
use crate::instruction_set::InstructionSet;
#[cfg(target_arch = "x86_64")]
use crate::instruction_set::Vectors;
use crate::product::integer::Epilogue;
use crate::product::panels::PANEL;
use crate::product::{Sums, Tile};
use crate::target::Target;
#[cfg(target_arch = "x86_64")]
use crate::vectors::dispatch;

/// The magnitude below which sums can be doubled, and be halved with a half added.
const LIMIT: u64 = 1 << 30;

/// Sums of a channel for which it is worth while to look for a line.
#[cfg(target_arch = "x86_64")]
const MANY: usize = if cfg!(test) { 3 } else { 128 };

/// A [`Rescaling`] of sums that stay below 2^30 where they are shifted to the left.
///
/// Twice the product of a sum and a multiplier has the first rounding's result in its high half once half of the low half's
/// range is added. The second rounding's half, `2^(right - 1)`, is added to the high half at once, so that all that is left of it
/// is to take 1 from negative sums, and to shift; without a shift to the right there is no second rounding.
///
/// For `y = sum · multiplier / 2^(31 + right)` both roundings come to that of `y + half` to the nearest integer, and of `y − half` for
/// sums below zero, where `half` is `2^-(right + 1)`, and 0 without a shift to the right: the second rounding divides what the first
/// one has moved by up to a half. Products of floats have the same results but where they are next to the middle of two.
#[derive(Debug, Clone)]
pub(crate) struct BoundedRescaling {
    rescaling: Rescaling,
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(dead_code, reason = "only vectors have another way to rescale")
    )]
    panels: Vec<Factors>,
    /// The lines of panels, for instructions that have a kernel for them.
    #[cfg(target_arch = "x86_64")]
    lines: Vec<Option<Lines>>,
    /// The lines of all panels, if each channel has a single one, or else estimates.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(dead_code, reason = "only vectors have another way to rescale")
    )]
    products: Vec<Products>,
    /// Whether the products are those of lines, and so certain.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(dead_code, reason = "only vectors have another way to rescale")
    )]
    are_lines: bool,
}

/// The least and the greatest sum of a channel whose products come to at most `spread`, of either sign.
pub(crate) fn reach(bias: i32, spread: u64) -> (i32, i32) {
    let spread = i32::try_from(spread).unwrap_or(i32::MAX);
    (bias.saturating_sub(spread), bias.saturating_add(spread))
}

/// The factors of a panel.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Factors {
    multiplier: [i32; PANEL],
    /// How far sums are shifted to the left: one place more than the factor says, for twice the product.
    left: [i32; PANEL],
    /// How far results are shifted to the right.
    right: [i32; PANEL],
    /// What is added to twice the products: for the even channels, then for the odd ones.
    nudge: [i64; PANEL],
}

/// Results of a panel as products of floats.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Products {
    /// What sums are multiplied by. Where they are shifted to the left it is 0 in estimates.
    factor: [f32; PANEL],
    /// What is added to products on a line, or to the magnitude of estimates: where sums are shifted to the left, what makes none certain.
    offset: [f32; PANEL],
}

/// How far from the nearest integer `y ± half`, in floats, may be for that to be the result. Its error is at most three roundings of a
/// magnitude of 512: 2^-13. Beyond that magnitude results are clamped.
#[cfg(target_arch = "x86_64")]
const CERTAIN: f32 = 0.5 - 1.0 / 8192.0;

impl Rescaling {
    /// Biases that are smaller where that makes no difference. Dead channels have weights with a scale next to nothing, and so a
    /// bias out of all proportion: whatever the activations add, at most `spread` of the channel, all sums come to the same byte.
    pub(crate) fn moderate(&self, biases: &[i32], spread: impl Fn(usize) -> u64) -> Vec<i32> {
        const MOST: i32 = (LIMIT / 2) as i32;
        let moderate = |(channel, &bias): (usize, &i32)| {
            let smaller = bias.clamp(-MOST, MOST);
            let spread = i32::try_from(spread(channel)).unwrap_or(i32::MAX);
            if smaller == bias || spread >= MOST || self.shift.as_slice()[channel] >= 0 {
                return bias;
            }
            let ends = [smaller, bias]
                .into_iter()
                .flat_map(|bias| [bias.saturating_sub(spread), bias.saturating_add(spread)]);
            let mut bytes = ends.map(|sum| self.byte(channel, sum));
            let first = bytes.next();
            if bytes.all(|byte| Some(byte) == first) {
                smaller
            } else {
                bias
            }
        };
        biases.iter().enumerate().map(moderate).collect()
    }

    /// The same rescaling of sums whose magnitude is at most `largest`, if that and the factors allow for fewer instructions.
    pub(crate) fn bounded(&self, largest: u64) -> Option<BoundedRescaling> {
        let columns = [&self.multiplier, &self.shift].map(|column| column.as_slice());
        let panels = columns[0].chunks(PANEL).zip(columns[1].chunks(PANEL));
        let factors = panels.map(|(multipliers, shifts)| {
            let mut factors = Factors {
                multiplier: [0; PANEL],
                left: [1; PANEL],
                right: [0; PANEL],
                nudge: [0; PANEL],
            };
            let mut estimate = Products {
                factor: [0.0; PANEL],
                offset: [0.0; PANEL],
            };
            for (index, (&multiplier, &shift)) in multipliers.iter().zip(shifts).enumerate() {
                let (up, down) = (shift.max(0), (-shift).max(0));
                let fits = (-31..30).contains(&shift) && largest < LIMIT >> up;
                // Nothing comes of a factor of 0.
                if !fits || (1..1 << 30).contains(&multiplier) || multiplier < 0 {
                    return None;
                }
                let half = if down > 0 { 1_i64 << (down - 1) } else { 0 };
                factors.multiplier[index] = multiplier;
                factors.left[index] = up + 1;
                factors.right[index] = down;
                factors.nudge[index % 2 * (PANEL / 2) + index / 2] = (1_i64 << 31) + (half << 32);
                let power = |exponent: i32| 0.5_f64.powi(exponent);
                (estimate.factor[index], estimate.offset[index]) = match (up, down) {
                    (0, 0) => ((f64::from(multiplier) * power(31)) as f32, 0.0),
                    (0, _) => (
                        (f64::from(multiplier) * power(31 + down)) as f32,
                        power(down + 1) as f32,
                    ),
                    _ => (0.0, 0.5),
                };
            }
            Some((factors, estimate))
        });
        let (panels, products): (Vec<_>, Vec<_>) = factors.collect::<Option<_>>()?;
        Some(BoundedRescaling {
            rescaling: self.clone(),
            #[cfg(target_arch = "x86_64")]
            lines: vec![None; panels.len()],
            products,
            are_lines: false,
            panels,
        })
    }
}

impl BoundedRescaling {
    /// The same rescaling of `rows` sums of each channel in fewer instructions yet, where that is possible and worth while: `reaches` has
    /// the least and the greatest sum of each channel.
    pub(crate) fn straightened(
        self,
        rows: usize,
        set: InstructionSet,
        reaches: &[(i32, i32)],
    ) -> Self {
        #[cfg(target_arch = "x86_64")]
        if rows >= MANY && set.vectors() != Vectors::None {
            let mut lines = self.lines;
            dispatch(
                set,
                #[inline(always)]
                || {
                    for (panel, lines) in lines.iter_mut().enumerate() {
                        *lines = Lines::new(&self.rescaling, panel * PANEL, reaches);
                    }
                },
            );
            let straight = |lines: &Option<Lines>| {
                let lines = lines.as_ref().filter(|lines| lines.are_straight)?;
                Some(Products {
                    factor: lines.factor,
                    offset: lines.offset,
                })
            };
            let straight: Option<Vec<Products>> = lines.iter().map(straight).collect();
            return BoundedRescaling {
                are_lines: straight.is_some(),
                products: straight.unwrap_or(self.products),
                lines,
                ..self
            };
        }
        let _ = (rows, set, reaches);
        self
    }
}

impl Epilogue for BoundedRescaling {
    type Output = u8;

    unsafe fn finish(
        &self,
        set: InstructionSet,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<u8>,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            match set.vectors() {
                #[cfg(target_arch = "x86_64")]
                Vectors::Bits512 => {
                    self.finish_avx512(tile, channels, sums, target);
                }
                #[cfg(target_arch = "x86_64")]
                Vectors::Bits256 => {
                    self.finish_avx2(tile, channels, sums, target);
                }
                _ => self.rescaling.finish(set, tile, channels, sums, target),
            }
        }
    }
}
