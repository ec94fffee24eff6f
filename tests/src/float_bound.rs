//! How far floats may lie from the reference's.

/// The largest relative error of rounding to float32.
pub const FLOAT32_ROUNDOFF: f64 = 1.0 / (1_u64 << 24) as f64;

/// The largest relative error of rounding to float16.
pub const FLOAT16_ROUNDOFF: f64 = 1.0 / (1_u64 << 11) as f64;

/// The largest error of rounding activations to 8 bits, as an op on quantized weights does in each
/// invocation, as a part of the largest of them: half of one of 127 steps.
pub const DYNAMIC_RANGE_ROUNDOFF: f64 = 0.5 / 127.0;

/// Standard deviations of a rounding error that are admitted.
const DEVIATIONS: f64 = 4.0;

/// Steps of float32, at the largest value, that a function such as `exp` may be off: Vulkan gives
/// `exp` 3 + 2·|x| of them.
const FUNCTION_STEPS: f64 = 32.0;

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
}

/// The distance from the reference's output that rounding accounts for.
///
/// `activation_roundoff` is that of the type in which a delegate keeps activations; sums are float32.
/// `operands` is the largest size of what is summed up: of an input, or for
/// [`Rounding::Products`] of a product; `output` that of an output.
///
/// - Each operand is rounded once on the way in, and the output once on the way out.
/// - Partial sums of `n` products of varying signs grow as `√n` products, each of `n` additions rounds
///   one of them, and independent roundings add up as the root of their number: together as
///   `√n · √n = n` products. Twice, since the reference rounds too, in another order.
pub fn float_bound(
    rounding: Rounding,
    activation_roundoff: f64,
    operands: f64,
    output: f64,
) -> f64 {
    let in_and_out = |terms: f64| activation_roundoff * (2.0 * operands * terms + output);
    let sum = |terms: usize| {
        let terms = terms as f64;
        2.0 * FLOAT32_ROUNDOFF * terms * operands + in_and_out(terms.sqrt())
    };
    match rounding {
        Rounding::Moves => in_and_out(0.5),
        Rounding::Sums { terms } | Rounding::Products { terms } => DEVIATIONS * sum(terms),
        Rounding::Means { terms } => DEVIATIONS * sum(terms) / (terms as f64).sqrt(),
        Rounding::Function => {
            FUNCTION_STEPS * FLOAT32_ROUNDOFF * output + DEVIATIONS * in_and_out(1.0)
        }
    }
}

/// The distance from the golden's output that rounding in a whole model accounts for, as a part of
/// the largest value in it.
///
/// `ops` has, for each op on the way, how many products one element of its output sums up, and the
/// largest relative error of rounding its activations. An op rounds as [`float_bound`] says, seen
/// from values that are about as large at each op as in the output; errors of different ops are
/// independent.
pub fn model_bound(ops: impl IntoIterator<Item = (usize, f64)>) -> f64 {
    let variances = ops.into_iter().map(|(terms, activation_roundoff)| {
        let sum = 2.0 * FLOAT32_ROUNDOFF * (terms as f64).sqrt();
        let error = sum + 2.0 * activation_roundoff;
        error * error
    });
    4.0 * DEVIATIONS * variances.sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_sums_and_coarser_types_have_wider_bounds() {
        let bound = |terms| float_bound(Rounding::Sums { terms }, FLOAT32_ROUNDOFF, 1.0, 1.0);
        assert!(bound(9) < bound(10) && bound(1000) < 1e-3);
        let half = float_bound(Rounding::Sums { terms: 9 }, FLOAT16_ROUNDOFF, 1.0, 1.0);
        assert!(half > 100.0 * bound(9) && half < 0.1);
    }

    #[test]
    fn what_is_only_moved_is_rounded_in_and_out() {
        let bound = float_bound(Rounding::Moves, FLOAT16_ROUNDOFF, 6.0, 6.0);
        assert_eq!(bound, 12.0 * FLOAT16_ROUNDOFF);
    }
}
