//! FAKE_QUANT: reals as quantization would leave them.

use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::unary::elementwise;

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
    /// A range moved so that 0 lies on the grid of its `2^num_bits` steps.
    pub fn new(min: f32, max: f32, num_bits: i32) -> Self {
        let steps = ((1_u32 << num_bits) - 1) as f32;
        let scale = (max - min) / steps;
        let zero_point = (-min / scale).clamp(0.0, steps).round();
        Grid {
            least: -zero_point * scale,
            greatest: (steps - zero_point) * scale,
            scale,
        }
    }

    /// The nearest real of the grid.
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

pub(crate) fn prepare(op: &op::FakeQuant, node: &NodeContext<'_>) -> Prepared {
    if [node.required(0)?.dtype, node.output(0).dtype] != [DataType::Float32; 2] {
        return Err(Unprepared::types(node));
    }
    if op.narrow_range {
        return Err(Reject::unsupported("no kernel for a narrow range").into());
    }
    let grid = Grid::new(op.min, op.max, op.num_bits);
    Ok(elementwise(move |value| grid.nearest(value)))
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
