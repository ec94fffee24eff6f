//! Boxes by their corners.

/// A box by its edges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corners {
    /// The smaller y.
    pub top: f32,
    /// The smaller x.
    pub left: f32,
    /// The greater y.
    pub bottom: f32,
    /// The greater x.
    pub right: f32,
}

/// A box from its encoding against an anchor, each y, x, height and width. The encoding is divided by
/// `scales`; the centre moves by the anchor's size, the size grows by the exponential. Worked out in
/// double precision, and rounded before the edges are.
pub fn decode(encoding: [f32; 4], anchor: [f32; 4], scales: [f32; 4]) -> Corners {
    let [y, x, height, width] = [0, 1, 2, 3].map(|i| f64::from(encoding[i]) / f64::from(scales[i]));
    let [anchor_y, anchor_x, anchor_height, anchor_width] = anchor.map(f64::from);
    let y = (y * anchor_height + anchor_y) as f32;
    let x = (x * anchor_width + anchor_x) as f32;
    let half_height = (0.5 * height.exp() * anchor_height) as f32;
    let half_width = (0.5 * width.exp() * anchor_width) as f32;
    Corners {
        top: y - half_height,
        left: x - half_width,
        bottom: y + half_height,
        right: x + half_width,
    }
}

impl Corners {
    /// Top, left, bottom, right.
    pub fn to_array(self) -> [f32; 4] {
        [self.top, self.left, self.bottom, self.right]
    }

    /// Whether no edge lies behind its opposite.
    pub fn is_ordered(&self) -> bool {
        // A NaN is in order with everything.
        !(self.top > self.bottom || self.left > self.right)
    }

    fn area(&self) -> f32 {
        (self.bottom - self.top) * (self.right - self.left)
    }

    /// The area that two boxes share over the area that they cover; 0 where one has no area.
    pub fn intersection_over_union(&self, other: &Corners) -> f32 {
        let (area, other_area) = (self.area(), other.area());
        if area <= 0.0 || other_area <= 0.0 {
            return 0.0;
        }
        let height = smaller(self.bottom, other.bottom) - greater(self.top, other.top);
        let width = smaller(self.right, other.right) - greater(self.left, other.left);
        let intersection = greater(height, 0.0) * greater(width, 0.0);
        intersection / (area + other_area - intersection)
    }
}

/// The first where the second is not greater, which a NaN is not.
fn greater(a: f32, b: f32) -> f32 {
    if a < b { b } else { a }
}

/// The first where the second is not smaller.
fn smaller(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_decoded_from_their_anchors() {
        let corners = decode(
            [10.0, -5.0, 0.0, 0.0],
            [0.5, 0.5, 0.2, 0.4],
            [10.0, 5.0, 5.0, 5.0],
        );
        // The centre (0.7, 0.1), the anchor's own size.
        let expected = [0.6, -0.1, 0.8, 0.3];
        for (actual, expected) in std::iter::zip(corners.to_array(), expected) {
            assert!((actual - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn overlaps_are_shares_of_the_union() {
        let unit = |left: f32| Corners {
            top: 0.0,
            left,
            bottom: 1.0,
            right: left + 1.0,
        };
        assert_eq!(unit(0.0).intersection_over_union(&unit(0.0)), 1.0);
        assert_eq!(unit(0.0).intersection_over_union(&unit(0.5)), 0.5 / 1.5);
        assert_eq!(unit(0.0).intersection_over_union(&unit(2.0)), 0.0);
        let flat = Corners {
            bottom: 0.0,
            ..unit(0.0)
        };
        assert_eq!(flat.intersection_over_union(&unit(0.0)), 0.0);
    }
}
