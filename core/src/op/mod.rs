//! The ops of the graph: a closed enum with one attribute struct for each.
//!
//! An op is one file here and one line in [`for_each_op`](crate::for_each_op).

pub use attribute::{Activation, Padding};
use sequence::{both_directions, rows};
pub(crate) use window::positive;
pub use window::{Window, WindowPlacement, nhwc};

use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, BuiltinOptions2};
use crate::shape::Shape;

/// The list of ops: calls `$callback!` with a row `Variant, file, [operators];` for each op.
///
/// From it come the enum [`Op`](crate::Op), its names, the modules of ops in each folder of them, and every dispatch
/// over ops in core and in the backends, so that the compiler names each file that an op lacks.
#[macro_export]
macro_rules! for_each_op {
    ($callback:ident) => {
        $callback! {
            Add, add, [Add];
            AddN, add_n, [AddN];
            ArgMinMax, arg_min_max, [ArgMax, ArgMin];
            AssignVariable, assign_variable, [AssignVariable];
            BatchMatmul, batch_matmul, [BatchMatmul];
            BidirectionalLstm, bidirectional_lstm, [BidirectionalSequenceLstm];
            Bitcast, bitcast, [Bitcast];
            BroadcastArgs, broadcast_args, [BroadcastArgs];
            BroadcastTo, broadcast_to, [BroadcastTo];
            Bucketize, bucketize, [Bucketize];
            Cast, cast, [Cast];
            Comparison, comparison, [Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual];
            ComplexPart, complex_part, [ComplexAbs, Imag, Real];
            Concatenation, concatenation, [Concatenation];
            ControlFlow, control_flow, [Call, CallOnce, If, StablehloComposite, While];
            Conv2d, conv_2d, [Conv2d];
            Conv3d, conv_3d, [Conv3d, Conv3dTranspose];
            Cumsum, cumsum, [Cumsum];
            Densify, densify, [Densify];
            DepthwiseConv2d, depthwise_conv_2d, [DepthwiseConv2d];
            Dequantize, dequantize, [Dequantize];
            Dilate, dilate, [Dilate];
            Div, div, [Div];
            DynamicUpdateSlice, dynamic_update_slice, [DynamicUpdateSlice];
            ElementwiseBinary, elementwise_binary, [
                Atan2, BitwiseXor, FloorDiv, FloorMod, LogicalAnd, LogicalOr, Maximum, Minimum,
                Pow, RightShift, SquaredDifference
            ];
            ElementwiseUnary, elementwise_unary, [
                Abs, Ceil, Cos, Elu, Exp, Floor, Log, LogicalNot, Neg, Round, Rsqrt, Sign, Sin,
                Sqrt, Square
            ];
            EmbeddingLookup, embedding_lookup, [EmbeddingLookup];
            ExpandDims, expand_dims, [ExpandDims];
            FakeQuant, fake_quant, [FakeQuant];
            Fill, fill, [Fill];
            FullyConnected, fully_connected, [FullyConnected];
            Gather, gather, [Gather];
            GatherNd, gather_nd, [GatherNd];
            Gelu, gelu, [Gelu];
            HardSwish, hard_swish, [HardSwish];
            Hashtable, hashtable, [Hashtable];
            HashtableFind, hashtable_find, [HashtableFind];
            HashtableImport, hashtable_import, [HashtableImport];
            HashtableLookup, hashtable_lookup, [HashtableLookup];
            HashtableSize, hashtable_size, [HashtableSize];
            L2Normalization, l2_normalization, [L2Normalization];
            LeakyRelu, leaky_relu, [LeakyRelu];
            LocalResponseNormalization, local_response_normalization, [LocalResponseNormalization];
            LogSoftmax, log_softmax, [LogSoftmax];
            Logistic, logistic, [Logistic];
            Lstm, lstm, [Lstm, UnidirectionalSequenceLstm];
            MatrixDiag, matrix_diag, [MatrixDiag, MatrixSetDiag];
            Mean, mean, [Mean];
            MirrorPad, mirror_pad, [MirrorPad];
            Mul, mul, [Mul];
            NonMaxSuppression, non_max_suppression, [NonMaxSuppressionV4, NonMaxSuppressionV5];
            OneHot, one_hot, [OneHot];
            Pack, pack, [Pack];
            Pad, pad, [Pad, Padv2];
            Pool2d, pool_2d, [AveragePool2d, L2Pool2d, MaxPool2d];
            Prelu, prelu, [Prelu];
            Quantize, quantize, [Quantize];
            Random, random, [Multinomial, RandomStandardNormal, RandomUniform];
            Range, range, [Range];
            Rank, rank, [Rank];
            ReadVariable, read_variable, [ReadVariable];
            Reduction, reduction, [ReduceAll, ReduceAny, ReduceMax, ReduceMin, ReduceProd, Sum];
            Relu, relu, [Relu, Relu6, ReluN1To1, Relu0To1];
            Reshape, reshape, [Reshape];
            ResizeBilinear, resize_bilinear, [ResizeBilinear];
            ResizeNearestNeighbor, resize_nearest_neighbor, [ResizeNearestNeighbor];
            ReverseSequence, reverse_sequence, [ReverseSequence];
            ReverseV2, reverse_v2, [ReverseV2];
            Rfft2d, rfft2d, [Rfft2d];
            RngBitGenerator, rng_bit_generator, [StablehloRngBitGenerator];
            Rnn, rnn, [BidirectionalSequenceRnn, Rnn, UnidirectionalSequenceRnn];
            ScatterNd, scatter_nd, [ScatterNd];
            SegmentSum, segment_sum, [SegmentSum];
            Select, select, [Select, SelectV2];
            ShapeOf, shape_of, [Shape];
            Slice, slice, [Slice];
            Softmax, softmax, [Softmax];
            SpaceBatch, space_batch, [BatchToSpaceNd, SpaceToBatchNd];
            SpaceDepth, space_depth, [DepthToSpace, SpaceToDepth];
            SparseToDense, sparse_to_dense, [SparseToDense];
            Split, split, [Split, SplitV];
            Squeeze, squeeze, [Squeeze];
            StridedSlice, strided_slice, [StridedSlice];
            StablehloElementwise, stablehlo_elementwise, [
                StablehloAdd, StablehloMaximum, StablehloMinimum, StablehloMultiply
            ];
            Sub, sub, [Sub];
            Svdf, svdf, [Svdf];
            Tanh, tanh, [Tanh];
            Tile, tile, [Tile];
            TopkV2, topk_v2, [TopkV2];
            Transpose, transpose, [Transpose];
            TransposeConv, transpose_conv, [TransposeConv];
            Unique, unique, [Unique];
            Unpack, unpack, [Unpack];
            UnsortedSegment, unsorted_segment, [
                UnsortedSegmentMax, UnsortedSegmentMin, UnsortedSegmentProd, UnsortedSegmentSum
            ];
            VarHandle, var_handle, [VarHandle];
            Where, where_true, [Where];
            ZerosLike, zeros_like, [ZerosLike];
        }
    };
}

/// What every attribute struct can do.
pub(crate) trait Attributes: Sized {
    /// The attributes from the options of a file; absent options have the schema's defaults.
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError>;

    /// The same for an op whose options lie in the second union.
    fn decode_2(
        operator: BuiltinOperator,
        options: &BuiltinOptions,
        _options_2: &BuiltinOptions2,
    ) -> Result<Self, OpError> {
        Self::decode(operator, options)
    }

    /// The operator and options that a file states them with.
    fn encode(&self) -> (BuiltinOperator, BuiltinOptions);

    /// The operator alone.
    fn operator(&self) -> BuiltinOperator {
        self.encode().0
    }

    /// The options of the second union that a file states them with.
    fn encode_2(&self) -> BuiltinOptions2 {
        BuiltinOptions2::None
    }

    /// Checks what needs no shapes: the number of inputs and outputs, the types of parameters.
    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError>;

    /// The type that the outputs have whatever the file says, where LiteRT's kernel sets it; `None` where it leaves the file's, or
    /// refuses another. All outputs of such ops have one type.
    fn output_type(&self, _node: &NodeContext<'_>) -> Option<DataType> {
        None
    }

    /// The shapes of the outputs. [`OpError::Unknown`] where they depend on data or on a shape that
    /// only an invocation shows.
    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError>;

    /// Whether the results follow from the inputs alone: not from state, chance or other graphs.
    fn is_pure(&self) -> bool {
        true
    }

    /// The lowest version of the operator that LiteRT's converter states for a node of these types, stated shapes and options: see
    /// [`version`].
    fn least_version(&self, _node: &NodeContext<'_>) -> i32 {
        1
    }

    /// The inputs that the op keeps its state in: variables, which it changes.
    fn state_inputs(&self) -> &'static [usize] {
        &[]
    }

    /// Products that the op sums up for outputs of these shapes; 0 for ops that are not such sums.
    fn multiply_adds(&self, _node: &NodeContext<'_>) -> Result<u64, OpError> {
        Ok(0)
    }
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

/// The decoding and encoding of an op without attributes, whose options table, if the schema has
/// one, is empty.
macro_rules! without_attributes {
    ($op:ident) => {
        without_attributes! { $op => $crate::schema::BuiltinOptions::None }
    };
    ($op:ident, $table:ident) => {
        without_attributes! {
            $op => $crate::schema::BuiltinOptions::$table($crate::schema::$table {})
        }
    };
    ($op:ident => $options:expr) => {
        fn decode(
            _: $crate::schema::BuiltinOperator,
            _: &$crate::schema::BuiltinOptions,
        ) -> Result<Self, $crate::error::OpError> {
            Ok($op)
        }

        fn encode(
            &self,
        ) -> (
            $crate::schema::BuiltinOperator,
            $crate::schema::BuiltinOptions,
        ) {
            ($crate::schema::BuiltinOperator::$op, $options)
        }
    };
}

#[macro_use]
mod attribute;
mod sequence;
mod version;
mod window;

macro_rules! declare_modules {
    ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
        $(pub mod $file;)+
    };
}

for_each_op!(declare_modules);

macro_rules! define_ops {
    ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
        $(pub use $file::$variant;)+

        /// What a node computes.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Op {
            $(
                #[doc = concat!("See [`", stringify!($file), "`](mod@", stringify!($file), ").")]
                $variant($variant),
            )+
            /// A builtin operator without a typed form, kept as the file states it.
            Unsupported(UnsupportedOp),
            /// An operator outside the schema.
            Custom(CustomOp),
        }

        impl Op {
            /// The typed op of a builtin operator and the options that a file states it with; absent options have the schema's
            /// defaults.
            ///
            /// # Errors
            /// [`OpError::Options`] for the options of another operator, [`OpError::Attribute`] for a value that the schema
            /// does not have.
            pub fn decode(
                operator: BuiltinOperator,
                options: BuiltinOptions,
                options_2: BuiltinOptions2,
            ) -> Result<Self, OpError> {
                match operator {
                    $($(BuiltinOperator::$operator)|+ => {
                        <$variant as Attributes>::decode_2(operator, &options, &options_2)
                            .map(Op::$variant)
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

            /// The operator that a file states this op with; `None` for a custom op.
            pub fn operator(&self) -> Option<BuiltinOperator> {
                match self {
                    $(Op::$variant(attributes) => Some(attributes.operator()),)+
                    Op::Unsupported(op) => Some(op.operator),
                    Op::Custom(_) => None,
                }
            }

            /// Whether the results follow from the inputs alone, so that they can be worked out ahead
            /// where those are constant. An op without a typed form counts as one where they do not.
            pub fn is_pure(&self) -> bool {
                match self {
                    $(Op::$variant(attributes) => attributes.is_pure(),)+
                    Op::Unsupported(_) | Op::Custom(_) => false,
                }
            }

            /// The lowest version of the operator that LiteRT's converter states for a node of these
            /// types, stated shapes and options; `None` for an op without a typed form.
            pub fn least_version(&self, node: &NodeContext<'_>) -> Option<i32> {
                match self {
                    $(Op::$variant(attributes) => Some(attributes.least_version(node)),)+
                    Op::Unsupported(_) | Op::Custom(_) => None,
                }
            }

            /// The options of the second union that a file states this op with.
            pub(crate) fn encode_2(&self) -> BuiltinOptions2 {
                match self {
                    $(Op::$variant(attributes) => attributes.encode_2(),)+
                    Op::Unsupported(op) => op.options_2.clone(),
                    Op::Custom(_) => BuiltinOptions2::None,
                }
            }

            /// The type that the outputs have whatever the file says, as LiteRT's kernels set it.
            pub(crate) fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
                match self {
                    $(Op::$variant(attributes) => attributes.output_type(node),)+
                    Op::Unsupported(_) | Op::Custom(_) => None,
                }
            }

            pub(crate) fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
                match self {
                    $(Op::$variant(attributes) => attributes.validate(node),)+
                    Op::Unsupported(_) | Op::Custom(_) => Ok(()),
                }
            }

            /// The shapes of a node's outputs. A builtin operator without a typed form has those that
            /// the file states.
            ///
            /// # Errors
            /// [`OpError::Unknown`] where they depend on data or on a shape that only an
            /// invocation shows, and for a custom op, whose rules only a delegate knows
            /// ([`Delegate::custom_output_shapes`](crate::Delegate::custom_output_shapes));
            /// another [`OpError`] where the input shapes break the op's rules.
            pub fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
                match self {
                    $(Op::$variant(attributes) => attributes.infer(node),)+
                    Op::Unsupported(_) => Ok(node.stated_output_shapes()),
                    Op::Custom(_) => Err(OpError::Unknown { index: 0 }),
                }
            }

            /// Whether the op changes input `index` where that is a variable. Other variables it only
            /// reads; of a custom op nothing is known, so that it may change any.
            pub fn changes_variable(&self, index: usize) -> bool {
                match self {
                    $(Op::$variant(attributes) => attributes.state_inputs().contains(&index),)+
                    Op::Unsupported(_) => false,
                    Op::Custom(_) => true,
                }
            }

            pub(crate) fn multiply_adds(&self, node: &NodeContext<'_>) -> Result<u64, OpError> {
                match self {
                    $(Op::$variant(attributes) => attributes.multiply_adds(node),)+
                    Op::Unsupported(_) | Op::Custom(_) => Ok(0),
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
            other => other.operator().map_or("CUSTOM", BuiltinOperator::name),
        }
    }
}
