//! How parameters follow their gradients.

use crate::named::named;

named! {
    /// How parameters follow their gradients.
    Optimizer, UnknownOptimizer, "optimizer", {
        /// Stochastic gradient descent with momentum.
        Sgd = "sgd",
        /// Adam, with decay of weights apart from gradients.
        Adam = "adam",
    }
}

/// How much of the second moments Adam keeps, and what keeps it from dividing by 0.
const SECOND: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// A change of parameters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) optimizer: Optimizer,
    /// How much of the first moments, or of the velocity, is kept.
    pub(super) momentum: f32,
    pub(super) rate: f32,
    /// The share of a weight that goes for each unit of the rate.
    pub(super) decay: f32,
    /// The step, from 1.
    pub(super) step: usize,
    /// Whether zeros stay zeros.
    pub(super) keeps_zeros: bool,
}

impl Change {
    /// Changes parameters by their gradient. `moments` has the first and the second of each.
    pub(super) fn apply(self, parameters: &mut [f32], gradient: &[f32], moments: [&mut [f32]; 2]) {
        let [first, second] = moments;
        let count = i32::try_from(self.step).unwrap_or(i32::MAX);
        let unbiased = |kept: f32| 1.0 - f64::from(kept).powi(count) as f32;
        let (of_first, of_second) = (unbiased(self.momentum), unbiased(SECOND));
        let moments = std::iter::zip(first, second);
        for ((parameter, gradient), (first, second)) in
            parameters.iter_mut().zip(gradient).zip(moments)
        {
            if self.keeps_zeros && *parameter == 0.0 {
                continue;
            }
            let direction = match self.optimizer {
                Optimizer::Sgd => {
                    *first = self.momentum * *first + gradient;
                    *first
                }
                Optimizer::Adam => {
                    *first = self.momentum * *first + (1.0 - self.momentum) * gradient;
                    *second = SECOND * *second + (1.0 - SECOND) * gradient * gradient;
                    (*first / of_first) / ((*second / of_second).sqrt() + EPSILON)
                }
            };
            *parameter -= self.rate * (direction + self.decay * *parameter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_go_where_a_loss_is_least() {
        for optimizer in Optimizer::ALL.iter().copied() {
            let mut parameters = [3.0_f32, -2.0, 0.0];
            let [mut first, mut second] = [[0.0; 3], [0.0; 3]];
            for step in 1..=400 {
                // Of (a − 1)² + (b + 1)² + (c − 5)².
                let gradient = [
                    parameters[0] - 1.0,
                    parameters[1] + 1.0,
                    parameters[2] - 5.0,
                ]
                .map(|slope| 2.0 * slope);
                let change = Change {
                    optimizer,
                    momentum: 0.9,
                    rate: 0.02,
                    decay: 0.0,
                    step,
                    keeps_zeros: true,
                };
                change.apply(&mut parameters, &gradient, [&mut first, &mut second]);
            }
            assert!(
                (parameters[0] - 1.0).abs() < 0.01,
                "{optimizer}: {parameters:?}"
            );
            assert!(
                (parameters[1] + 1.0).abs() < 0.01,
                "{optimizer}: {parameters:?}"
            );
            assert_eq!(parameters[2], 0.0, "{optimizer}");
        }
    }
}
