//! What a convolution reads around an image as zeros, although no tensor holds it.

/// Rows and columns around an image that hold the reals' zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ZeroPadding {
    /// Above and below.
    pub(crate) rows: [u32; 2],
    /// Left and right.
    pub(crate) columns: [u32; 2],
}

impl ZeroPadding {
    /// Takes the padding off an image of this height and width, and adds it to what a kernel pads at the top and at the left.
    pub(crate) fn fold(self, height: &mut u32, width: &mut u32, top: &mut u32, left: &mut u32) {
        *height -= self.rows[0] + self.rows[1];
        *width -= self.columns[0] + self.columns[1];
        *top += self.rows[0];
        *left += self.columns[0];
    }
}
