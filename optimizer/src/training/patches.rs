//! What a filter sees of an image at each of its places, as the rows of a matrix.

use demilite_core::geometry::Window;

/// A filter over `[batch, height, width, depth]` images.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patches {
    pub(super) window: Window,
    /// Numbers in each position of an image.
    pub(super) depth: usize,
}

/// The most numbers that a matrix of patches may have.
const MOST: usize = 1 << 27;

impl Patches {
    /// Whether the matrix is none to be made, or not too large.
    pub(super) fn fits(&self) -> bool {
        let elements = self.rows().checked_mul(self.columns());
        self.is_image() || elements.is_some_and(|elements| elements <= MOST)
    }

    /// Places of the filter.
    pub(super) fn rows(&self) -> usize {
        self.window.outputs()
    }

    /// Numbers that it sees at each.
    pub(super) fn columns(&self) -> usize {
        self.window.taps() * self.depth
    }

    /// Whether the image is the matrix.
    pub(super) fn is_image(&self) -> bool {
        self.window.is_pointwise()
    }

    /// Writes what the filter sees into `patches`, which holds zeros.
    pub(super) fn gather(&self, image: &[f32], patches: &mut [f32]) {
        self.for_each_run(|patch, position, length| {
            patches[patch..patch + length].copy_from_slice(&image[position..position + length]);
        });
    }

    /// Adds to each number of the image all that the filter sees it as.
    pub(super) fn scatter(&self, patches: &[f32], image: &mut [f32]) {
        self.for_each_run(|patch, position, length| {
            let seen = &patches[patch..patch + length];
            for (sum, number) in std::iter::zip(&mut image[position..position + length], seen) {
                *sum += number;
            }
        });
    }

    /// Calls `visit` with where numbers lie that are neighbours among the patches and in the image: the first among the patches, the first in
    /// the image, and how many they are.
    fn for_each_run(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let Patches { window, depth } = *self;
        let (columns, width) = (self.columns(), window.columns.filter);
        window.for_each_output(|batch, row, column, index| {
            for (tap_row, y) in window.rows.taps(row) {
                let mut run = |tap: usize, x: usize, taps: usize| {
                    let patch = index * columns + (tap_row * width + tap) * depth;
                    visit(
                        patch,
                        window.input_position(batch, y, x) * depth,
                        taps * depth,
                    );
                };
                let mut taps = window.columns.taps(column);
                if window.columns.dilation == 1 {
                    if let Some((tap, x)) = taps.next() {
                        run(tap, x, 1 + taps.count());
                    }
                } else {
                    taps.for_each(|(tap, x)| run(tap, x, 1));
                }
            }
        });
    }
}
