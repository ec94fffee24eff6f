//! Weights in the order in which a product reads them.

use bytemuck::Pod;

use crate::memory::Aligned;

/// Output channels of a panel.
pub(crate) const PANEL: usize = 16;

/// The lanes of a panel that hold channels, where `left` are left.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn lanes(left: usize) -> std::arch::x86_64::__mmask16 {
    if left >= PANEL {
        0xffff
    } else {
        (1 << left) - 1
    }
}

/// Rows and panels of a tile, of so many in all, whose sums stay in 32 registers of sixteen lanes. The sums of a single row wait for
/// each other, so that it has more panels.
#[cfg(target_arch = "x86_64")]
pub(crate) fn tile(rows: usize, panels: usize) -> (usize, usize) {
    match panels {
        _ if rows == 1 => (1, 8),
        0 | 1 => (16, 1),
        2 => (12, 2),
        _ if panels.is_multiple_of(4) => (6, 4),
        _ => (8, 3),
    }
}

/// Weights by panels of 16 output channels: for each tap of the filter and each group of input channels, the weights of the
/// group for each channel of the panel. What fills panels and groups up is zero.
#[derive(Debug, Clone)]
pub(crate) struct Panels<T> {
    weights: Aligned<T>,
    taps: usize,
    groups: usize,
    group: usize,
    channels: usize,
}

impl<T: Pod> Panels<T> {
    /// Packs weights that lie as `[output channel, tap, input channel]`, with `group` input channels side by side.
    pub(crate) fn new(weights: &[T], channels: usize, taps: usize, group: usize) -> Self {
        let depth = weights.len().checked_div(channels * taps).unwrap_or(0);
        let groups = depth.div_ceil(group);
        let mut packed = Aligned::zeroed(channels.div_ceil(PANEL) * taps * groups * PANEL * group);
        let target: &mut [T] = packed.as_mut_slice();
        for channel in 0..channels {
            for tap in 0..taps {
                let row = &weights[(channel * taps + tap) * depth..][..depth];
                for (index, &weight) in row.iter().enumerate() {
                    let place = (channel / PANEL * taps + tap) * groups + index / group;
                    target[(place * PANEL + channel % PANEL) * group + index % group] = weight;
                }
            }
        }
        Panels {
            weights: packed,
            taps,
            groups,
            group,
            channels,
        }
    }

    /// Bytes of the weights.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.weights.as_slice())
    }

    /// Where panel `panel` begins.
    pub(crate) fn panel(&self, panel: usize) -> *const T {
        self.weights.as_slice()[panel * self.stride()..].as_ptr()
    }

    /// Where the weights of a group of a tap begin.
    #[inline]
    pub(crate) fn group(&self, panel: usize, tap: usize, group: usize) -> *const T {
        let place = (panel * self.taps + tap) * self.groups + group;
        self.weights
            .as_slice()
            .as_ptr()
            .wrapping_add(place * PANEL * self.group)
    }

    /// Elements from one panel to the next.
    pub(crate) fn stride(&self) -> usize {
        self.taps * self.groups * PANEL * self.group
    }

    /// Positions of the filter.
    pub(crate) fn taps(&self) -> usize {
        self.taps
    }

    /// Groups of input channels.
    pub(crate) fn groups(&self) -> usize {
        self.groups
    }

    /// Output channels.
    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// Number of panels.
    pub(crate) fn count(&self) -> usize {
        self.channels.div_ceil(PANEL)
    }
}
