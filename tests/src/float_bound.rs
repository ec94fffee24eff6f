//! How far floats may lie from the reference's.
//!
//! Every element has a bound of its own, which follows from what its op does:
//!
//! - Moves, selections, clamps and single additions or multiplications have the reference's bits.
//! - A sum of n products differs by roundings alone, each of a partial sum no larger than Σ|aᵢ·bᵢ| of that very element. Of n
//!   independent roundings, all together stay below λ·√n of one with a probability of 1 − 2·exp(−λ²/2) (Higham and Mary, "A new
//!   approach to probabilistic rounding error analysis", 2019), and below n of one always. Both the reference and the delegate round.
//!   Where all operands are whole multiples of powers of two and Σ|aᵢ·bᵢ| is no more than 2²⁴ steps of theirs, nothing is rounded,
//!   whatever the order: such sums have the reference's bits too.
//! - Functions have the accuracy of [`Accuracy::of`].
//!
//! What the file has as float16 is computed so with 32 bits, and rounded: see `unrounded.rs`.
//!
//! A delegate that keeps activations in float16 gives what the reference gives for rounded operands, rounded once more: see
//! [`Bound::Float16`].

use demilite_core::{DataType, Graph};

use crate::accuracy::{Accuracy, MIN_NORMAL};

/// The largest relative error of rounding to float32.
pub const FLOAT32_ROUNDOFF: f64 = 1.0 / (1_u64 << 24) as f64;

/// The largest relative error of rounding to float16.
pub const FLOAT16_ROUNDOFF: f64 = 1.0 / (1_u64 << 11) as f64;

/// λ of the probabilistic bound of a sum: it fails for one element in thirty million.
const SUM_DEVIATIONS: f64 = 6.0;

/// What a delegate's floats are held to. Integers are always held to their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bound {
    /// The reference's bits, of sums and functions too.
    Exact,
    /// What float32 arithmetic may differ by. Numbers below the least normal one may be flushed to zero.
    #[default]
    Float32,
    /// Activations are kept in float16. Each element is what the reference gives of operands of which those that are fed, the
    /// constants, both or neither are rounded to the nearest float16, before or after it is rounded to the nearest float16
    /// itself; sums and functions are those of float32. Numbers below the least normal float16 may be flushed to zero.
    Float16,
    /// [`Bound::Float16`] for graphs with float16 constants, [`Bound::Float32`] for all others.
    ByWeights,
}

impl Bound {
    /// The bound of a graph: one of the first three.
    #[must_use]
    pub fn of(self, graph: &Graph) -> Bound {
        let is_half = |tensor: &demilite_core::Tensor| {
            tensor.dtype == DataType::Float16 && tensor.constant.is_some()
        };
        match self {
            Bound::ByWeights if graph.tensors().iter().any(is_half) => Bound::Float16,
            Bound::ByWeights => Bound::Float32,
            Bound::Exact | Bound::Float32 | Bound::Float16 => self,
        }
    }
}

/// What an op does to the floats that come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// It moves, selects or clamps them: nothing is rounded but on the way in and out.
    Moves,
    /// Each element of the output is a sum of this many inputs.
    Sums {
        /// How many inputs.
        terms: usize,
    },
    /// Each element of the output is a mean of at most this many inputs.
    Means {
        /// How many inputs.
        terms: usize,
    },
    /// Each element of the output is a sum of this many products of an element of the first input
    /// with one of the second.
    Products {
        /// How many products.
        terms: usize,
    },
    /// Each element of the output is a function of one element or of one row.
    Function,
    /// Several ops in a row: an element of the output depends on sums of this many products in all.
    Network {
        /// How many products, of all ops on the way together.
        terms: usize,
        /// How many ops are on the way.
        ops: usize,
    },
}

impl Rounding {
    /// How many terms each element has, where bounds depend on the sizes of the terms.
    pub(crate) fn terms(self) -> Option<usize> {
        match self {
            // One operation is rounded correctly everywhere, and the order of two terms says nothing.
            Rounding::Moves | Rounding::Function => None,
            Rounding::Sums { terms: 0..=2 }
            | Rounding::Means { terms: 0..=1 }
            | Rounding::Products { terms: 0..=1 } => None,
            Rounding::Sums { terms }
            | Rounding::Means { terms }
            | Rounding::Products { terms }
            | Rounding::Network { terms, .. } => Some(terms),
        }
    }

    /// What bounded functions in a network may be off by.
    fn functions(self) -> f64 {
        match self {
            Rounding::Network { ops, .. } => ops as f64 / (1_u64 << 19) as f64,
            _ => 0.0,
        }
    }

    /// The part of a network's sums that is lost where float16 tensors pass from op to op: each op rounds its operands and its output.
    fn between_ops(self, bound: Bound) -> f64 {
        match (self, bound) {
            (Rounding::Network { ops, .. }, Bound::Float16) => 2.0 * ops as f64 * FLOAT16_ROUNDOFF,
            _ => 0.0,
        }
    }

    /// How far an element may lie from `expected`, given Σ|aᵢ·bᵢ| of its terms, and the power of two that all terms are multiples of.
    pub(crate) fn slack(
        self,
        accuracy: Accuracy,
        expected: f64,
        magnitude: Option<f64>,
        grid: f64,
        bound: Bound,
    ) -> f64 {
        let of_sum = match (self.terms(), magnitude) {
            (Some(terms), Some(magnitude)) if magnitude.is_finite() => {
                let is_exact_in_float32 = match self {
                    Rounding::Sums { .. } | Rounding::Products { .. } => {
                        accuracy.is_exact() && magnitude <= grid * (1_u64 << 24) as f64
                    }
                    _ => false,
                };
                let sums = match is_exact_in_float32 {
                    true => 0.0,
                    false => {
                        let terms = terms as f64;
                        let roundings = terms.min(SUM_DEVIATIONS * terms.sqrt());
                        2.0 * FLOAT32_ROUNDOFF * roundings * magnitude + MIN_NORMAL
                    }
                };
                sums + self.between_ops(bound) * magnitude + self.functions()
            }
            _ => 0.0,
        };
        of_sum + accuracy.allowance(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slack(rounding: Rounding, magnitude: f64, grid: f64) -> f64 {
        rounding.slack(Accuracy::EXACT, 1.0, Some(magnitude), grid, Bound::Float32)
    }

    #[test]
    fn longer_sums_have_wider_bounds_and_single_operations_none() {
        let sum = |terms| slack(Rounding::Sums { terms }, 1.0, 0.0);
        assert_eq!(sum(2), 0.0);
        assert!(sum(9) < sum(10) && sum(1000) < 3e-5);
        assert_eq!(slack(Rounding::Products { terms: 1 }, 1.0, 0.0), 0.0);
        assert_eq!(slack(Rounding::Moves, 1.0, 0.0), 0.0);
    }

    #[test]
    fn sums_on_a_grid_are_exact_as_long_as_they_fit() {
        let products = Rounding::Products { terms: 9 };
        assert_eq!(slack(products, 4.0, 0.25), 0.0);
        assert!(slack(products, 1e9, 0.25) > 0.0);
        assert!(slack(Rounding::Network { terms: 9, ops: 2 }, 4.0, 0.25) > 0.0);
    }
}
