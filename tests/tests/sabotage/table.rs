//! The wrong delegates: what is wrong with each, and the cases that have to show it.

use super::alteration::{self, Alteration};
use super::by_hand::{self, ByHand};
use super::spoil::{self, Spoil};

/// What is wrong.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// Outputs are spoiled.
    Spoil(Spoil),
    /// Outputs are stored otherwise than by rounding to the nearest.
    Round(Spoil),
    /// The graph is taken for another.
    Alter(Alteration),
    /// A kernel computes otherwise.
    ByHand(ByHand),
}

/// Which bounds a fault has to show under.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Under {
    /// That of float32 alone: a delegate that keeps float16 may do so.
    Float32,
    /// Each.
    Both,
}

/// A wrong delegate.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) fault: Fault,
    /// In the cases of each of these filters there is one at least that fails.
    pub(crate) filters: &'static [&'static str],
    pub(crate) under: Under,
}

/// Families of integers.
const INTEGERS: &[&str] = &[
    "add/int8/",
    "add/int16/",
    "mul/uint8/",
    "conv_2d/int8/",
    "conv_2d/int16/",
    "depthwise_conv_2d/uint8/",
    "fully_connected/int8/",
    "softmax/int8/",
    "mean/int8/",
    "pool_2d/uint8/",
    "concatenation/int8/",
    "reshape/int32/",
    "quantize/float32/",
];

/// Families of floats.
const FLOATS: &[&str] = &[
    "add/float32/",
    "mul/float32/",
    "conv_2d/float32/",
    "depthwise_conv_2d/float32/",
    "fully_connected/float32/",
    "batch_matmul/float32/",
    "softmax/float32/",
    "mean/float32/",
    "pool_2d/float32/",
    "transpose/float32/",
    "logistic/float32/",
    "resize_bilinear/float32/",
];

/// Floats that are moved, selected or clamped, or the result of one operation.
const EXACT: &[&str] = &[
    "add/float32/",
    "sub/float32/",
    "mul/float32/",
    "relu/float32/",
    "concatenation/float32/",
    "pad/float32/",
    "transpose/float32/",
    "gather/float32/",
    "elementwise_binary/float32/2x3x5x7/7/maximum",
    "elementwise_unary/float32/257/neg",
];

/// Functions of float16 tensors, and moves.
const HALVES: &[&str] = &[
    "add/float16/",
    "mul/float16/",
    "div/float16/",
    "elementwise_binary/float16/halves/5x7/atan2",
    "elementwise_unary/float16/halves/2x3x5x7/sin",
    "gelu/float16/",
    "logistic/float16/",
    "softmax/float16/",
    "tanh/float16/",
    "pad/float16/",
];

/// Both.
const ALL: &[&str] = &[
    "add/int8/",
    "add/float32/",
    "conv_2d/int8/",
    "conv_2d/float32/",
    "softmax/float32/",
    "mean/int8/",
    "reshape/float32/",
    "transpose/int16/",
];

/// Functions of NaN that are NaN.
const NAN: &[&str] = &[
    "add/float32/",
    "mul/float32/",
    "conv_2d/float32/",
    "fully_connected/float32/",
    "elementwise_unary/float32/257/exp",
    "elementwise_unary/float32/257/sqrt",
    "logistic/float32/257",
    "tanh/float32/257",
    "transpose/float32/",
    "mean/float32/",
];

/// Functions of infinities that are infinite. ADD clamps to the largest floats.
const INFINITE: &[&str] = &[
    "elementwise_binary/float32/2x3x5x7/7/maximum",
    "elementwise_unary/float32/257/square",
    "relu/float32/257/relu",
    "elementwise_unary/float32/257/abs",
    "pad/float32/",
    "reduction/float32/",
];

const CONVOLUTIONS: &[&str] = &[
    "conv_2d/float32/",
    "conv_2d/int8/",
    "depthwise_conv_2d/float32/",
    "depthwise_conv_2d/int8/",
];

const LAYERS: &[&str] = &[
    "conv_2d/float32/",
    "conv_2d/int8/",
    "depthwise_conv_2d/float32/",
    "fully_connected/float32/",
    "fully_connected/int8/",
];

macro_rules! rows {
    ($($kind:ident $module:ident::$item:ident $filters:expr, $under:ident;)+) => {
        &[$(Row {
            name: stringify!($item),
            fault: Fault::$kind($module::$item),
            filters: $filters,
            under: Under::$under,
        }),+]
    };
}

pub(crate) const ROWS: &[Row] = rows! {
    Spoil spoil::zeros ALL, Both;
    Spoil spoil::sevens ALL, Both;
    Spoil spoil::one_step_up INTEGERS, Both;
    Spoil spoil::one_step_of_the_last INTEGERS, Both;
    Spoil spoil::one_step_for_negatives &["add/int8/", "conv_2d/int8/", "fully_connected/int16/", "reshape/int32/", "mean/int16/"], Both;
    Spoil spoil::one_step_of_the_last_channel INTEGERS, Both;
    Spoil spoil::integers_clipped_short &["add/int8/", "conv_2d/uint8/", "fully_connected/int16/", "concatenation/int8/"], Both;
    Spoil spoil::integers_negated &["add/int8/", "conv_2d/int16/", "cast/int8/", "cumsum/int32/"], Both;
    Spoil spoil::integers_halved &["add/int8/", "softmax/int8/", "arg_min_max/int8/"], Both;
    Spoil spoil::tail_of_four ALL, Both;
    Spoil spoil::tail_of_sixteen ALL, Both;
    Spoil spoil::last_channel_is_that_before ALL, Both;
    Spoil spoil::rotated ALL, Both;
    Spoil spoil::reversed ALL, Both;
    Spoil spoil::first_two_swapped ALL, Both;
    Spoil spoil::only_the_first_batch ALL, Both;
    Spoil spoil::wrong_in_the_second_invocation ALL, Both;
    Spoil spoil::wrong_in_the_third_invocation ALL, Both;
    Spoil spoil::wrong_in_the_fifth_invocation ALL, Both;
    Spoil spoil::wrong_in_the_fiftieth_invocation &["add/int8/", "relu/float32/", "softmax/float32/"], Both;
    Spoil spoil::stale ALL, Both;
    Spoil spoil::one_beyond ALL, Both;
    Spoil spoil::last_is_not_written ALL, Both;
    Spoil spoil::one_step_of_a_float EXACT, Float32;
    Spoil spoil::one_step_of_a_half EXACT, Both;
    Spoil spoil::one_step_of_float16 HALVES, Both;
    Spoil spoil::plain_zero_for_negative_zero &["mul/float32/", "relu/float32/", "concatenation/float32/", "pad/float32/", "transpose/float32/", "gather/float32/"], Float32;
    Spoil spoil::nan_is_swallowed NAN, Both;
    Spoil spoil::nan_is_a_large_number NAN, Both;
    Spoil spoil::infinities_are_clipped INFINITE, Both;
    Spoil spoil::only_minus_infinity_is_clipped &["transpose/float32/", "elementwise_unary/float32/257/neg"], Both;
    Spoil spoil::infinities_are_nan INFINITE, Both;
    Spoil spoil::negatives_are_doubled &["add/float32/", "conv_2d/float32/", "tanh/float32/", "transpose/float32/"], Both;
    Spoil spoil::a_thousandth_too_large FLOATS, Both;
    Spoil spoil::a_hundredth_too_small FLOATS, Both;
    Spoil spoil::a_hundredth_is_added FLOATS, Both;
    Spoil spoil::small_numbers_are_zero &["elementwise_unary/float32/257/exp", "softmax/float32/", "logistic/float32/", "conv_2d/float32/"], Both;
    Spoil spoil::tiny_numbers_are_zero &["elementwise_unary/float32/257/exp", "softmax/float32/1x1001", "logistic/float32/1x11x13x17"], Both;
    Spoil spoil::rounded_to_bfloat16 FLOATS, Both;
    Spoil spoil::rounded_to_float16 FLOATS, Float32;
    Round spoil::cut_off_to_float16 FLOATS, Both;
    Round spoil::rounded_up_to_float16 FLOATS, Both;
    Spoil spoil::sizes &["add/float32/", "conv_2d/float32/", "elementwise_unary/float32/257/neg", "tanh/float32/"], Both;
    Spoil spoil::bools_inverted &["comparison/float32/", "comparison/int8/", "elementwise_unary/bool/"], Both;
    Spoil spoil::last_bool_inverted &["comparison/float32/", "comparison/int32/", "elementwise_binary/bool/"], Both;
    Alter alteration::weights_are_shifted_by_one LAYERS, Both;
    Alter alteration::weights_are_transposed LAYERS, Both;
    Alter alteration::last_channel_has_the_weights_of_the_first &["conv_2d/float32/", "conv_2d/int8/", "fully_connected/float32/", "fully_connected/int8/"], Both;
    Alter alteration::bias_is_left_out LAYERS, Both;
    Alter alteration::bias_is_shifted_by_one LAYERS, Both;
    Alter alteration::one_scale_for_all_channels &["conv_2d/int8/", "depthwise_conv_2d/int8/", "fully_connected/int8/", "conv_2d/int16/", "conv_2d/float32/"], Both;
    Alter alteration::the_input_zero_point_is_off_by_one &["add/int8/", "conv_2d/int8/", "conv_2d/uint8/", "mean/int8/", "fully_connected/int8/"], Both;
    Alter alteration::the_second_zero_point_is_off_by_one &["add/int8/", "mul/uint8/", "conv_2d/uint8/"], Both;
    Alter alteration::the_output_zero_point_is_off_by_one &["add/int8/", "conv_2d/int8/", "mul/uint8/", "fully_connected/int8/", "quantize/float32/"], Both;
    Alter alteration::the_output_scale_is_a_little_larger &["add/int8/", "conv_2d/int8/", "fully_connected/int16/", "mul/int16/"], Both;
    Alter alteration::the_activation_is_left_out &["add/float32/", "add/int8/", "conv_2d/float32/", "conv_2d/int8/", "mul/float32/", "fully_connected/int8/"], Both;
    Alter alteration::relu6_is_relu &["add/float32/", "add/int8/", "mul/float32/", "sub/int16/"], Both;
    Alter alteration::there_is_an_activation &["add/float32/", "conv_2d/float32/", "conv_2d/int8/", "mul/int8/"], Both;
    Alter alteration::strides_are_swapped &["conv_2d/float32/", "conv_2d/int8/"], Both;
    Alter alteration::dilation_is_left_out CONVOLUTIONS, Both;
    Alter alteration::padding_is_on_the_wrong_side CONVOLUTIONS, Both;
    Alter alteration::operands_are_swapped &["sub/float32/", "sub/int8/", "div/float32/", "concatenation/float32/", "elementwise_binary/float32/7/7/pow"], Both;
    Alter alteration::an_average_is_a_maximum &["pool_2d/float32/", "pool_2d/int8/"], Both;
    Alter alteration::sums_and_extremes_are_exchanged &["reduction/float32/", "reduction/int8/"], Both;
    Alter alteration::maximum_and_minimum_are_exchanged &["elementwise_binary/float32/", "elementwise_binary/int8/"], Both;
    Alter alteration::beta_is_left_out &["softmax/float32/", "softmax/int8/"], Both;
    Alter alteration::the_slope_is_left_out &["leaky_relu/float32/", "prelu/float32/", "prelu/int8/"], Both;
    Alter alteration::sums_take_themselves_along &["cumsum/float32/", "cumsum/int32/"], Both;
    Alter alteration::corners_are_not_aligned &["resize_bilinear/float32/", "resize_bilinear/int8/", "resize_nearest_neighbor/float32/"], Both;
    Alter alteration::a_matrix_is_not_transposed &["batch_matmul/float32/", "batch_matmul/int8/"], Both;
    Alter alteration::places_are_shifted &["gather/float32/", "transpose/float32/", "slice/int8/", "pad/float32/"], Both;
    ByHand by_hand::FULLY_CONNECTED_IN_HALVES &["fully_connected/float32/"], Both;
    ByHand by_hand::SUMS_IN_HALVES &["reduction/float32/", "mean/float32/"], Both;
    ByHand by_hand::EXP_IS_CUT &["elementwise_unary/float32/257/exp", "elementwise_unary/float32/2x3x5x7/exp"], Both;
    ByHand by_hand::QUANTIZE_CUTS_OFF &["quantize/float32/"], Both;
    ByHand by_hand::QUANTIZE_ROUNDS_TIES_TO_EVEN &["quantize/float32/"], Both;
    ByHand by_hand::QUANTIZE_ROUNDS_TIES_UP &["quantize/float32/"], Both;
    ByHand by_hand::REQUANTIZE_CUTS_OFF &["quantize/int8/", "quantize/int16/", "quantize/uint8/"], Both;
    ByHand by_hand::REQUANTIZE_ROUNDS_ONCE &["quantize/int16/"], Both;
    ByHand by_hand::ADD_BROADCASTS_ALONG_ANOTHER_DIMENSION &["add/float32/5x7/5x1", "add/float32/3x1x7", "add/float32/1x3x1x7"], Both;
    ByHand by_hand::CONSTANTS_ARE_ZERO &["composition/float32"], Both;
    Spoil spoil::sevens_after_the_first_node &["composition/float32", "composition/int8"], Both;
};
