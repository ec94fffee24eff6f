//! Attributes of normalizations.

use crate::schema::table::table;

table! {
    /// Attributes of `L2_NORMALIZATION`.
    L2NormOptions {
        /// `ActivationFunctionType` code of what is applied to the result.
        0 fused_activation_function: i8 = 0,
    }

    /// Attributes of `LOCAL_RESPONSE_NORMALIZATION`.
    LocalResponseNormalizationOptions {
        /// Channels to either side that take part.
        0 radius: i32 = 0,
        /// Added to the weighted sum of squares.
        1 bias: f32 = 0.0,
        /// Weight of the sum of squares.
        2 alpha: f32 = 0.0,
        /// Exponent of the divisor.
        3 beta: f32 = 0.0,
    }
}
