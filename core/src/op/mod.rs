//! The ops of the graph: a closed enum with one attribute struct for each.
//!
//! An op is one file here and one line in [`for_each_op`](crate::for_each_op).

pub use attribute::{Activation, Padding};
pub(crate) use window::positive;
pub use window::{Window, WindowPlacement, nhwc};

use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, BuiltinOptions2};
use crate::shape::Shape;

/// The list of ops: calls `$callback!` with a row `Variant, file, [operators];` for each op.
///
/// From it come the enum [`Op`](crate::Op), its names, and every dispatch over ops in core and in
/// the backends, so that the compiler names each place where an op is missing.
#[macro_export]
macro_rules! for_each_op {
    ($callback:ident) => {
        $callback! {
            Add, add, [Add];
            AddN, add_n, [AddN];
            ArgMinMax, arg_min_max, [ArgMax, ArgMin];
            Cast, cast, [Cast];
            Comparison, comparison, [Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual];
            Concatenation, concatenation, [Concatenation];
            Conv2d, conv_2d, [Conv2d];
            Cumsum, cumsum, [Cumsum];
            DepthwiseConv2d, depthwise_conv_2d, [DepthwiseConv2d];
            Dequantize, dequantize, [Dequantize];
            Div, div, [Div];
            ElementwiseBinary, elementwise_binary, [
                Atan2, BitwiseXor, FloorDiv, FloorMod, LogicalAnd, LogicalOr, Maximum, Minimum,
                Pow, RightShift, SquaredDifference
            ];
            ElementwiseUnary, elementwise_unary, [
                Abs, Ceil, Cos, Elu, Exp, Floor, Log, LogicalNot, Neg, Round, Rsqrt, Sign, Sin,
                Sqrt, Square
            ];
            FullyConnected, fully_connected, [FullyConnected];
            Gelu, gelu, [Gelu];
            HardSwish, hard_swish, [HardSwish];
            L2Normalization, l2_normalization, [L2Normalization];
            LeakyRelu, leaky_relu, [LeakyRelu];
            LogSoftmax, log_softmax, [LogSoftmax];
            Logistic, logistic, [Logistic];
            Mean, mean, [Mean];
            Mul, mul, [Mul];
            Pad, pad, [Pad, Padv2];
            Pool2d, pool_2d, [AveragePool2d, MaxPool2d];
            Prelu, prelu, [Prelu];
            Quantize, quantize, [Quantize];
            Reduction, reduction, [ReduceAll, ReduceAny, ReduceMax, ReduceMin, ReduceProd, Sum];
            Relu, relu, [Relu, Relu6, ReluN1To1, Relu0To1];
            Reshape, reshape, [Reshape];
            ResizeBilinear, resize_bilinear, [ResizeBilinear];
            Softmax, softmax, [Softmax];
            Squeeze, squeeze, [Squeeze];
            Sub, sub, [Sub];
            Tanh, tanh, [Tanh];
        }
    };
}

/// What every attribute struct can do.
pub(crate) trait Attributes: Sized {
    /// The attributes from the options of a file; absent options have the schema's defaults.
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError>;

    /// The operator and options that a file states them with.
    fn encode(&self) -> (BuiltinOperator, BuiltinOptions);

    /// Checks what needs no shapes: the number of inputs and outputs, the types of parameters.
    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError>;

    /// The shapes of the outputs. [`OpError::Unknown`] where they hang on data or on a shape that
    /// only an invocation shows.
    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError>;
}

/// The options table of an op, borrowed, or its defaults where the file has none.
macro_rules! options_of {
    ($options:expr, $table:ident) => {
        match $options {
            $crate::schema::BuiltinOptions::$table(table) => {
                Ok(::std::borrow::Cow::Borrowed(table))
            }
            $crate::schema::BuiltinOptions::None => {
                Ok(::std::borrow::Cow::Owned($crate::schema::$table::default()))
            }
            _ => Err($crate::error::OpError::Options {
                expected: stringify!($table),
            }),
        }
    };
}

#[macro_use]
mod attribute;
mod window;

pub mod add;
pub mod add_n;
pub mod arg_min_max;
pub mod cast;
pub mod comparison;
pub mod concatenation;
pub mod conv_2d;
pub mod cumsum;
pub mod depthwise_conv_2d;
pub mod dequantize;
pub mod div;
pub mod elementwise_binary;
pub mod elementwise_unary;
pub mod fully_connected;
pub mod gelu;
pub mod hard_swish;
pub mod l2_normalization;
pub mod leaky_relu;
pub mod log_softmax;
pub mod logistic;
pub mod mean;
pub mod mul;
pub mod pad;
pub mod pool_2d;
pub mod prelu;
pub mod quantize;
pub mod reduction;
pub mod relu;
pub mod reshape;
pub mod resize_bilinear;
pub mod softmax;
pub mod squeeze;
pub mod sub;
pub mod tanh;

macro_rules! define_ops {
    ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
        $(pub use $file::$variant;)+

        /// What a node computes.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Op {
            $(
                #[doc = concat!("See [`", stringify!($file), "`].")]
                $variant($variant),
            )+
            /// A builtin operator without a typed form, kept as the file states it.
            Unsupported(UnsupportedOp),
            /// An operator outside the schema.
            Custom(CustomOp),
        }

        impl Op {
            /// The typed op of a builtin operator and its options.
            pub(crate) fn decode(
                operator: BuiltinOperator,
                options: BuiltinOptions,
                options_2: BuiltinOptions2,
            ) -> Result<Self, OpError> {
                match operator {
                    $($(BuiltinOperator::$operator)|+ => {
                        <$variant as Attributes>::decode(operator, &options).map(Op::$variant)
                    })+
                    _ => Ok(Op::Unsupported(UnsupportedOp { operator, options, options_2 })),
                }
            }

            /// The builtin operator and options that a file states this op with; `None` for a
            /// custom op.
            pub fn encode(&self) -> Option<(BuiltinOperator, BuiltinOptions)> {
                match self {
                    $(Op::$variant(attributes) => Some(attributes.encode()),)+
                    Op::Unsupported(op) => Some((op.operator, op.options.clone())),
                    Op::Custom(_) => None,
                }
            }

            pub(crate) fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
                match self {
                    $(Op::$variant(attributes) => attributes.validate(node),)+
                    Op::Unsupported(_) | Op::Custom(_) => Ok(()),
                }
            }

            /// The shapes of a node's outputs. An op without a typed form has those that the file
            /// states.
            ///
            /// # Errors
            /// [`OpError::Unknown`] where they hang on data or on a shape that only an
            /// invocation shows; another [`OpError`] where the input shapes break the op's rules.
            pub fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
                match self {
                    $(Op::$variant(attributes) => attributes.infer(node),)+
                    Op::Unsupported(_) | Op::Custom(_) => Ok(node.stated_output_shapes()),
                }
            }

            /// Whether this version types the operator.
            pub fn is_typed(operator: BuiltinOperator) -> bool {
                matches!(operator, $($(BuiltinOperator::$operator)|+)|+)
            }
        }
    };
}

for_each_op!(define_ops);

/// A builtin operator without a typed form.
#[derive(Debug, Clone, PartialEq)]
pub struct UnsupportedOp {
    /// The operator.
    pub operator: BuiltinOperator,
    /// Its options.
    pub options: BuiltinOptions,
    /// Its options of the second union.
    pub options_2: BuiltinOptions2,
}

/// An operator outside the schema, known by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomOp {
    /// The name that an implementation registers.
    pub name: String,
    /// The bytes that only an implementation understands.
    pub options: Vec<u8>,
}

impl Op {
    /// The operator's name in the schema, such as `CONV_2D`, or a custom op's own name.
    pub fn name(&self) -> &str {
        match self {
            Op::Custom(op) => &op.name,
            other => other
                .encode()
                .map_or("CUSTOM", |(operator, _)| operator.name()),
        }
    }
}
