//! The order of the dimensions of an image's tensor.

use demilite_core::Tensor;

/// The dimensions of a tensor of images, the outermost first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// [batch, height, width, channels], the usual one of TFLite.
    Nhwc,
    /// [batch, channels, height, width], that of models that come from PyTorch.
    Nchw,
    /// [height, width, channels].
    Hwc,
    /// [channels, height, width].
    Chw,
}

impl Layout {
    /// The layout of a tensor, with the height and the width where the file states them; `None` for a tensor of no images.
    ///
    /// The channels are 1, 3 or 4, and stated. Where both the first and the last dimension may be theirs, the last one is, unless
    /// that makes only one of height and width open.
    pub(super) fn of(tensor: &Tensor) -> Option<(Self, [Option<u32>; 2])> {
        let extents = &tensor.shape;
        let is_open = |axis: usize| {
            let signature = tensor.shape_signature.as_ref();
            let stated = signature.and_then(|signature| signature.get(axis));
            extents[axis] == 0 || stated.is_some_and(Option::is_none)
        };
        let candidates = match extents.rank() {
            4 => [Layout::Nhwc, Layout::Nchw],
            3 => [Layout::Hwc, Layout::Chw],
            _ => return None,
        };
        let has_channels = |layout: &Layout| {
            let axis = layout.channels();
            [1, 3, 4].contains(&extents[axis]) && !is_open(axis)
        };
        let is_open_both_ways = |layout: &Layout| {
            let [height, width] = layout.height_and_width();
            is_open(height) == is_open(width)
        };
        let possible = candidates.into_iter().filter(has_channels);
        let even = possible.clone().find(is_open_both_ways);
        let layout = even.or_else(|| possible.clone().next())?;
        let mut stated = [None; 2];
        for (stated, axis) in std::iter::zip(&mut stated, layout.height_and_width()) {
            if !is_open(axis) {
                *stated = Some(u32::try_from(extents[axis]).ok()?);
            }
        }
        Some((layout, stated))
    }

    /// The dimension of the batch, if there is one.
    pub(super) fn batch(self) -> Option<usize> {
        match self {
            Layout::Nhwc | Layout::Nchw => Some(0),
            Layout::Hwc | Layout::Chw => None,
        }
    }

    /// The dimension of the channels.
    pub(super) fn channels(self) -> usize {
        match self {
            Layout::Nhwc => 3,
            Layout::Nchw => 1,
            Layout::Hwc => 2,
            Layout::Chw => 0,
        }
    }

    /// The dimensions of height and width.
    pub(super) fn height_and_width(self) -> [usize; 2] {
        match self {
            Layout::Nhwc => [1, 2],
            Layout::Nchw => [2, 3],
            Layout::Hwc => [0, 1],
            Layout::Chw => [1, 2],
        }
    }

    /// Whether the samples of a channel lie together.
    pub(super) fn is_planar(self) -> bool {
        match self {
            Layout::Nhwc | Layout::Hwc => false,
            Layout::Nchw | Layout::Chw => true,
        }
    }
}
