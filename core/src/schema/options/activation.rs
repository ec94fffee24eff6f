//! Attributes of activation functions.

use crate::schema::table::table;

table! {
    /// Attributes of `SOFTMAX`.
    SoftmaxOptions {
        /// Factor of the logits.
        0 beta: f32 = 0.0,
    }

    /// Attributes of `LOG_SOFTMAX`: none.
    LogSoftmaxOptions {}

    /// Attributes of `LEAKY_RELU`.
    LeakyReluOptions {
        /// Slope for negative numbers.
        0 alpha: f32 = 0.0,
    }

    /// Attributes of `HARD_SWISH`: none.
    HardSwishOptions {}

    /// Attributes of `GELU`.
    GeluOptions {
        /// Whether to use the approximation by `tanh` instead of `erf`.
        0 approximate: bool = false,
    }
}
