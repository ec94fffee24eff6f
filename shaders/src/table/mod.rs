//! The table of kernels, by family.

mod comparison;
mod conversion;
mod convolution;
mod dynamic_range;
mod elementwise;
mod indexing;
mod int64;
mod integer;
mod integer_layers;
mod movement;
mod normalization;
mod quantized;
mod random;
mod ranking;
mod rates;
mod reduction;

pub use comparison::*;
pub use conversion::*;
pub use convolution::*;
pub use dynamic_range::*;
pub use elementwise::*;
pub use indexing::*;
pub use int64::*;
pub use integer::*;
pub use integer_layers::*;
pub use movement::*;
pub use normalization::*;
pub use quantized::*;
pub use random::*;
pub use ranking::*;
pub use rates::*;
pub use reduction::*;

use crate::binding::{Binding, Role, Tunable};
use crate::element::{Element, Elements};
use crate::kernel::{Extent, Kernel};

/// All kernels.
pub const KERNELS: &[&Kernel] = &[
    &CONV_2D,
    &CONV_2D_TILED,
    &CONV_2D_COOPERATIVE_8,
    &CONV_2D_COOPERATIVE_16,
    &MATRIX_VECTOR,
    &DEPTHWISE_CONV_2D,
    &DEPTHWISE_CONV_2D_ROWS,
    &DEPTHWISE_CONV_2D_ANY,
    &CONV_3D,
    &ADD,
    &SUB,
    &MUL,
    &DIV,
    &MAXIMUM,
    &MINIMUM,
    &SQUARED_DIFFERENCE,
    &PRELU,
    &ABS,
    &CEIL,
    &COS,
    &ELU,
    &EXP,
    &FLOOR,
    &GELU,
    &GELU_APPROXIMATE,
    &LOG,
    &NEG,
    &ROUND,
    &RSQRT,
    &SIGN,
    &SIN,
    &SQRT,
    &SQUARE,
    &RELU,
    &LEAKY_RELU,
    &POWER,
    &FAKE_QUANT,
    &HARD_SWISH,
    &LOGISTIC,
    &TANH,
    &CONVERT,
    &CHAIN,
    &AVERAGE_POOL_2D,
    &MAX_POOL_2D,
    &MAX_POOL_2D_INTEGER,
    &MEAN,
    &SUM,
    &REDUCE_PROD,
    &REDUCE_MAX,
    &REDUCE_MIN,
    &REDUCE_MAX_INTEGER,
    &REDUCE_MIN_INTEGER,
    &SUM_INTEGER,
    &REDUCE_PROD_INTEGER,
    &REDUCE_ALL,
    &REDUCE_ANY,
    &ARG_MIN_MAX,
    &SOFTMAX,
    &L2_NORMALIZATION,
    &TAKE,
    &GATHER,
    &CONCATENATION,
    &RESIZE_BILINEAR,
    &ROW_RANGES,
    &QUANTIZE_ROWS,
    &DYNAMIC_RANGE_STAGE,
    &FULLY_CONNECTED_BLOCKWISE,
    &CONV_2D_QUANTIZED,
    &FULLY_CONNECTED_QUANTIZED,
    &DEPTHWISE_CONV_2D_QUANTIZED,
    &DEPTHWISE_CONV_2D_ROWS_QUANTIZED,
    &DEPTHWISE_CONV_2D_ANY_QUANTIZED,
    &ADD_QUANTIZED,
    &SUB_QUANTIZED,
    &MUL_QUANTIZED,
    &SQUARED_DIFFERENCE_QUANTIZED,
    &PRELU_QUANTIZED,
    &DIV_QUANTIZED,
    &MAXIMUM_QUANTIZED,
    &MINIMUM_QUANTIZED,
    &ADD_POWER_OF_TWO,
    &SUB_POWER_OF_TWO,
    &AVERAGE_POOL_2D_QUANTIZED,
    &MEAN_QUANTIZED,
    &REDUCE_PROD_QUANTIZED,
    &SOFTMAX_QUANTIZED,
    &SOFTMAX_INT16,
    &LOG_SOFTMAX_QUANTIZED,
    &L2_NORMALIZATION_QUANTIZED,
    &BATCH_MATMUL_QUANTIZED,
    &RESIZE_BILINEAR_QUANTIZED,
    &RESIZE_BILINEAR_U8,
    &LOOKUP_8,
    &LOOKUP_16,
    &REQUANTIZE,
    &QUANTIZE,
    &DEQUANTIZE,
    &DEQUANTIZE_SLICES,
    &DEQUANTIZE_BLOCKS,
    &MULTIPLY_ADD_RATE,
    &MATRIX_RATE_8,
    &MATRIX_RATE_16,
    &ADD_INTEGER,
    &SUB_INTEGER,
    &MUL_INTEGER,
    &DIV_INTEGER,
    &FLOOR_DIV_INTEGER,
    &FLOOR_MOD_INTEGER,
    &POWER_INTEGER,
    &MAXIMUM_INTEGER,
    &MINIMUM_INTEGER,
    &SQUARED_DIFFERENCE_INTEGER,
    &BITWISE_XOR,
    &RIGHT_SHIFT,
    &LOGICAL_AND,
    &LOGICAL_OR,
    &ABS_INTEGER,
    &NEG_INTEGER,
    &SIGN_INTEGER,
    &LOGICAL_NOT,
    &COMPARISON_FLOAT,
    &COMPARISON_INTEGER,
    &SELECT,
    &CAST_INTEGER,
    &CAST_FROM_INTEGER,
    &CAST_TO_INTEGER,
    &NARROW_INDICES,
    &REVERSE_SEQUENCE,
    &DYNAMIC_UPDATE_SLICE,
    &ONE_HOT,
    &SPARSE_TO_DENSE,
    &SCATTER_FLOAT,
    &SCATTER_INTEGER,
    &CUMSUM,
    &ROW_RANKS_FLOAT,
    &ROW_RANKS_INTEGER,
    &RANKED_PLACES,
    &BUCKETIZE,
    &HASHTABLE_LOOKUP,
    &RNG_BIT_GENERATOR,
    &FLOOR_DIV_FLOAT,
    &FLOOR_MOD_FLOAT,
    &ATAN2,
    &L2_POOL_2D,
    &LOCAL_RESPONSE_NORMALIZATION,
    &MEAN_INTEGER,
    &ADD_INT64,
    &SUB_INT64,
    &MUL_INT64,
    &MAXIMUM_INT64,
    &MINIMUM_INT64,
    &FLOOR_MOD_INT64,
    &NEG_INT64,
    &COMPARISON_INT64,
    &CUMSUM_INT64,
    &SCATTER_INT64,
    &ROW_RANKS_INT64,
    &SUM_INT64,
    &REDUCE_PROD_INT64,
    &REDUCE_MAX_INT64,
    &REDUCE_MIN_INT64,
    &MEAN_INT64,
];

const OUTPUT: Binding = Binding { role: Role::Output };
const PARAMS: Binding = Binding { role: Role::Params };
const INPUT: Binding = Binding { role: Role::Input };
const WEIGHT: Binding = Binding { role: Role::Weight };
const BIAS: Binding = Binding { role: Role::Bias };

/// Whether the input is read four elements at a time.
const INPUT_QUADS: Tunable = Tunable {
    name: "input_quads",
    values: &[1, 0],
};
/// Whether `value` gives four elements.
const QUADS: Tunable = Tunable {
    name: "quads",
    values: &[1, 0],
};
/// Whether the rows and columns of the input lie apart.
const SPREAD: Tunable = Tunable {
    name: "spread",
    values: &[0, 1],
};
/// Whether each position of the output is the pixel of the same number.
const POINTWISE: Tunable = Tunable {
    name: "pointwise",
    values: &[1, 0],
};
/// Whether the other operand is read four elements at a time.
const OTHER_QUADS: Tunable = Tunable {
    name: "other_quads",
    values: &[1, 0],
};
/// Whether sums are 64 bits wide.
const WIDE: Tunable = Tunable {
    name: "wide",
    values: &[0, 1],
};
/// The stride along columns of a depthwise filter with three columns and no dilation, or 0 for any other filter.
const STRIDE_OF_THREE: Tunable = Tunable {
    name: "stride_of_three",
    values: &[0, 1, 2],
};
const WORKGROUP_SIZE: Tunable = Tunable {
    name: "workgroup_size",
    values: &[64, 32, 128, 256],
};
const LINE: [Extent; 3] = [
    Extent::Tunable("workgroup_size"),
    Extent::Fixed(1),
    Extent::Fixed(1),
];

const FLOATS: Elements = Elements {
    activation: Element::FLOATS,
    weight: &[],
    bias: &[],
};
const FLOAT_PAIRS: Elements = Elements {
    weight: Element::FLOATS,
    ..FLOATS
};
/// Weights may also be integers, for inputs that are whole numbers.
const FLOAT_LAYERS: Elements = Elements {
    activation: Element::FLOATS,
    weight: &[Element::F32, Element::F16, Element::F16Packed, Element::I8],
    bias: Element::FLOATS,
};
/// What cooperative matrices multiply; biases are not part of that.
const HALF_LAYERS: Elements = Elements {
    activation: &[Element::F16],
    weight: &[Element::F16],
    bias: &[Element::F16, Element::F32],
};
const QUANTIZED: Elements = Elements {
    activation: Element::QUANTIZED,
    weight: &[],
    bias: &[],
};
const MOVED: Elements = Elements {
    activation: Element::MOVED,
    weight: &[],
    bias: &[],
};
