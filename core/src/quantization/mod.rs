//! Quantization parameters and the specification's fixed-point arithmetic.

mod abs;
mod activation_range;
mod affine;
mod blockwise;
mod common_scale;
mod exponential;
mod fixed_point;
mod gate;
mod gelu;
mod grid;
mod hard_swish;
mod inverse_square_root;
pub mod layer;
mod leaky_relu;
mod log_softmax;
mod logarithm;
mod lookup_table;
mod packed;
mod parameters;
mod prelu;
mod range;
mod rescaling;
mod root;
mod row;
mod sigmoid;
mod softmax;
mod squared_difference;

pub use abs::AbsScale;
pub use activation_range::quantized_activation_range;
pub use blockwise::Blockwise;
pub use common_scale::{CommonScale, PowerOfTwoScale};
pub use exponential::{
    exp_on_negative_values, one_over_one_plus, reciprocal, saturating_multiply_by_pot,
};
pub use fixed_point::{
    QuantizedMultiplier, multiply_by_quantized_multiplier, multiply_by_quantized_multiplier_64,
    rounding_divide_by_pot, saturating_rounding_doubling_high_mul,
};
pub use gate::{logistic_gate, tanh_gate};
pub use gelu::{gelu, gelu_approximate, gelu_approximate_f16, gelu_f16};
pub use grid::Grid;
pub use hard_swish::HardSwishScale;
pub use inverse_square_root::inverse_square_root;
pub use leaky_relu::LeakyReluScale;
pub use log_softmax::LogSoftmaxScale;
pub use logarithm::log_of_at_least_one;
pub use lookup_table::{LookupTable8, LookupTable16};
pub use packed::unpacked;
pub use parameters::Quantization;
pub use prelu::PreluScale;
pub use range::Spread;
pub use rescaling::{ProductScale, ReluScale, Requantize, rescale_u8};
pub use root::{RsqrtScale, square_root};
pub use row::{RowQuantization, RowScale};
pub use sigmoid::{Logistic16, Tanh16};
pub use softmax::{SoftmaxScale, SoftmaxTables};
pub use squared_difference::SquaredDifferenceScale;
