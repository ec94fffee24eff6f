//! Windows that slide over the two spatial dimensions of an image.

use crate::error::{OpError, ShapeError};
use crate::op::Padding;
use crate::shape::Shape;

/// How a window slides along one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Taps.
    pub size: usize,
    /// Elements from one window to the next.
    pub stride: usize,
    /// Elements from one tap to the next.
    pub dilation: usize,
}

/// Where the windows along one dimension lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WindowPlacement {
    /// Number of windows.
    pub output: usize,
    /// Elements before the first one that the first window reaches over; the smaller half of the
    /// total under [`Padding::Same`].
    pub padding_before: usize,
}

impl Window {
    /// Elements from the first tap to the one after the last.
    pub fn reach(&self) -> usize {
        self.size
            .saturating_sub(1)
            .saturating_mul(self.dilation)
            .saturating_add(1)
    }

    /// Where windows lie along `extent` elements.
    ///
    /// # Errors
    /// [`ShapeError::Rule`] when the window is larger than an extent that has no padding.
    pub fn place(&self, extent: usize, padding: Padding) -> Result<WindowPlacement, ShapeError> {
        let reach = self.reach();
        let output = match padding {
            Padding::Same => extent.div_ceil(self.stride),
            Padding::Valid => (extent + self.stride)
                .checked_sub(reach)
                .filter(|_| reach <= extent)
                .map(|room| room / self.stride)
                .ok_or_else(|| ShapeError::Rule {
                    rule: format!("a window over {reach} elements does not fit into {extent}"),
                })?,
        };
        let covered = output
            .saturating_sub(1)
            .saturating_mul(self.stride)
            .saturating_add(reach);
        let padding_before = match padding {
            Padding::Same => covered.saturating_sub(extent) / 2,
            Padding::Valid => 0,
        };
        Ok(WindowPlacement {
            output,
            padding_before,
        })
    }
}

/// Extents of an NHWC tensor.
///
/// # Errors
/// [`ShapeError::Rule`] for another rank than 4.
pub fn nhwc(shape: &Shape, what: &str) -> Result<[usize; 4], ShapeError> {
    <[usize; 4]>::try_from(&shape[..]).map_err(|_| ShapeError::Rule {
        rule: format!("the {what} has shape {shape}, and four dimensions are needed"),
    })
}

/// A stride, dilation or filter extent as the file states it.
pub(crate) fn positive(attribute: &'static str, value: i32) -> Result<usize, OpError> {
    usize::try_from(value)
        .ok()
        .filter(|&value| value > 0)
        .ok_or(OpError::Attribute {
            attribute,
            value: value.into(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRIDE_2: Window = Window {
        size: 3,
        stride: 2,
        dilation: 1,
    };

    #[test]
    fn same_padding_leaves_the_odd_one_at_the_end() {
        let even = STRIDE_2.place(224, Padding::Same).unwrap();
        assert_eq!((even.output, even.padding_before), (112, 0));
        let odd = STRIDE_2.place(7, Padding::Same).unwrap();
        assert_eq!((odd.output, odd.padding_before), (4, 1));
    }

    #[test]
    fn valid_windows_stay_inside() {
        assert_eq!(STRIDE_2.place(7, Padding::Valid).unwrap().output, 3);
        assert!(STRIDE_2.place(2, Padding::Valid).is_err());
    }
}
