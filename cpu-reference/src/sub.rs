//! SUB; quantized differences are rescaled as the sums of ADD.

use crate::add::PowerOfTwoScale;

/// `left − right`, clamped.
pub fn sub_f32(left: f32, right: f32, clamp: (f32, f32)) -> f32 {
    (left - right).clamp(clamp.0, clamp.1)
}

impl PowerOfTwoScale {
    /// The quantized difference of two quantized numbers.
    pub fn subtract(&self, left: i16, right: i16) -> i32 {
        let [left, right] = self.rescale(left, right);
        (left - right).clamp(self.clamp.0, self.clamp.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_clamped() {
        assert_eq!(sub_f32(1.0, 3.0, (-1.0, 1.0)), -1.0);
        let scale = PowerOfTwoScale {
            right_shifts: [1, 0],
            clamp: (-32768, 32767),
        };
        assert_eq!(scale.subtract(-3, 1), -3);
        assert_eq!(scale.subtract(-32768, 32767), -32768);
    }
}
