//! Quantization parameters and the specification's fixed-point arithmetic.

mod fixed_point;
mod parameters;

pub use fixed_point::{
    QuantizedMultiplier, multiply_by_quantized_multiplier, multiply_by_quantized_multiplier_64,
    rounding_divide_by_pot, saturating_rounding_doubling_high_mul,
};
pub use parameters::Quantization;
