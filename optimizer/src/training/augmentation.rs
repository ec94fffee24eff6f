//! Images that are changed a little each time they are met.

use serde::Serialize;

/// What may become of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(super) struct Augmentation {
    /// Half of the images are mirrored, left for right.
    pub(super) flip: bool,
    /// Images are moved by up to so many positions along each side; what comes in repeats the edge.
    pub(super) crop: usize,
}

impl Augmentation {
    /// Whether images stay as they are.
    pub(super) fn is_none(self) -> bool {
        self == Augmentation::default()
    }

    /// Changes images `[height, width, channels]` that belong together in the same way.
    pub(super) fn apply(
        self,
        [height, width, channels]: [usize; 3],
        image: &mut [f32],
        draws: &mut fastrand::Rng,
    ) {
        let is_mirrored = self.flip && draws.bool();
        let mut shift = |extent: usize| {
            let most = self.crop.min(extent.saturating_sub(1)).cast_signed();
            draws.isize(-most..=most)
        };
        let (down, right) = (shift(height), shift(width));
        if !is_mirrored && (down, right) == (0, 0) {
            return;
        }
        let source = image.to_vec();
        let moved = |index: usize, by: isize, extent: usize| {
            index.saturating_add_signed(by).min(extent - 1)
        };
        for y in 0..height {
            let from_y = moved(y, down, height);
            for x in 0..width {
                let from_x = moved(x, right, width);
                let from_x = if is_mirrored {
                    width - 1 - from_x
                } else {
                    from_x
                };
                let from = &source[(from_y * width + from_x) * channels..][..channels];
                image[(y * width + x) * channels..][..channels].copy_from_slice(from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_mirrored_and_moved() {
        let image: Vec<f32> = (0..6).map(|number| number as f32).collect();
        let become_of = |augmentation: Augmentation| {
            let outcomes = (0..64).map(|seed| {
                let mut changed = image.clone();
                augmentation.apply([2, 3, 1], &mut changed, &mut fastrand::Rng::with_seed(seed));
                changed
            });
            outcomes.collect::<Vec<_>>()
        };
        let flipped = become_of(Augmentation {
            flip: true,
            crop: 0,
        });
        let mirrored = vec![2.0, 1.0, 0.0, 5.0, 4.0, 3.0];
        assert!(flipped.contains(&mirrored) && flipped.contains(&image));
        assert!(
            flipped
                .iter()
                .all(|changed| *changed == mirrored || *changed == image)
        );
        let moved = become_of(Augmentation {
            flip: false,
            crop: 1,
        });
        assert!(moved.contains(&vec![0.0, 0.0, 1.0, 3.0, 3.0, 4.0]));
        assert!(moved.contains(&vec![4.0, 5.0, 5.0, 4.0, 5.0, 5.0]));
    }
}
