//! Reals as quantization would leave them.

/// The reals that stand for the integers from 0 on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// The least.
    pub least: f32,
    /// The greatest.
    pub greatest: f32,
    /// The distance of neighbours.
    pub scale: f32,
}

impl Grid {
    /// The range from `min` to `max` moved so that 0 lies on the grid of its `2^num_bits` steps.
    #[must_use]
    pub fn new(min: f32, max: f32, num_bits: i32) -> Self {
        Grid::of_steps(min, max, (1 << num_bits) - 1)
    }

    /// The range from `min` to `max` moved so that 0 lies on the grid of so many steps.
    #[must_use]
    pub fn of_steps(min: f32, max: f32, steps: u32) -> Self {
        let steps = steps as f32;
        let scale = (max - min) / steps;
        let zero_point = (-min / scale).clamp(0.0, steps).round();
        Grid {
            least: -zero_point * scale,
            greatest: (steps - zero_point) * scale,
            scale,
        }
    }

    /// The nearest real of the grid.
    #[must_use]
    pub fn nearest(&self, value: f32) -> f32 {
        let least = if self.least < value {
            value
        } else {
            self.least
        };
        let clamped = if least < self.greatest {
            least
        } else {
            self.greatest
        };
        let steps = ((clamped - self.least) * (1.0 / self.scale)).round();
        steps * self.scale + self.least
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_moves_so_that_zero_stays() {
        let grid = Grid::new(-1.25, 6.25, 4);
        // Steps of 0.5; 2.5 steps below 0 become 3.
        assert_eq!((grid.least, grid.greatest), (-1.5, 6.0));
        assert_eq!(grid.nearest(0.0), 0.0);
        assert_eq!(grid.nearest(0.75), 1.0);
        assert_eq!(grid.nearest(-9.0), -1.5);
        assert_eq!(grid.nearest(9.0), 6.0);
    }
}
