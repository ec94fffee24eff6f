//! From the options that LiteRT keeps of a node to demilite's op, by families of operators.
//!
//! Which family an operator is of stands here, for every one of them; a family reads no operator's options as another's, since
//! [`BuiltinData::read`] refuses to.

mod activation;
mod code;
mod convolution;
mod elementwise;
mod image;
mod indexing;
mod layout;
mod matrix;
mod normalization;
mod recurrent;
mod reduction;
mod shape;

use demilite::Op;
use demilite::schema::{BuiltinOperator, BuiltinOptions, BuiltinOptions2};

use crate::abi::params::BuiltinData;

/// The op of a node with these options.
///
/// # Errors
/// Why the node stays with LiteRT.
pub(super) fn op(data: BuiltinData<'_>) -> Result<Op, String> {
    let options = options(data)?;
    let op = Op::decode(data.operator(), options, BuiltinOptions2::None);
    op.map_err(|error| error.to_string())
}

/// The options as a file states them.
fn options(data: BuiltinData<'_>) -> Result<BuiltinOptions, String> {
    use BuiltinOperator as Of;
    let operator = data.operator();
    match operator {
        Of::AveragePool2d
        | Of::Conv2d
        | Of::Conv3d
        | Of::Conv3dTranspose
        | Of::DepthwiseConv2d
        | Of::L2Pool2d
        | Of::MaxPool2d
        | Of::TransposeConv => convolution::options(data),
        Of::Add | Of::Cast | Of::Div | Of::FakeQuant | Of::Mul | Of::Sub => {
            elementwise::options(data)
        }
        Of::Gelu | Of::LeakyRelu | Of::Softmax => activation::options(data),
        Of::ResizeBilinear | Of::ResizeNearestNeighbor => image::options(data),
        Of::Gather | Of::OneHot | Of::SparseToDense | Of::StridedSlice => indexing::options(data),
        Of::DepthToSpace | Of::MirrorPad | Of::ReverseSequence | Of::SpaceToDepth => {
            layout::options(data)
        }
        Of::BatchMatmul | Of::FullyConnected => matrix::options(data),
        Of::L2Normalization | Of::LocalResponseNormalization => normalization::options(data),
        Of::BidirectionalSequenceLstm
        | Of::BidirectionalSequenceRnn
        | Of::Lstm
        | Of::Rnn
        | Of::Svdf
        | Of::UnidirectionalSequenceLstm
        | Of::UnidirectionalSequenceRnn => recurrent::options(data),
        Of::ArgMax
        | Of::ArgMin
        | Of::Bucketize
        | Of::Cumsum
        | Of::Mean
        | Of::ReduceAll
        | Of::ReduceAny
        | Of::ReduceMax
        | Of::ReduceMin
        | Of::ReduceProd
        | Of::Sum
        | Of::Unique => reduction::options(data),
        Of::Concatenation
        | Of::Pack
        | Of::Reshape
        | Of::Shape
        | Of::Split
        | Of::SplitV
        | Of::Squeeze
        | Of::Unpack => shape::options(data),
        Of::Abs
        | Of::AddN
        | Of::Atan2
        | Of::BatchToSpaceNd
        | Of::Bitcast
        | Of::BitwiseXor
        | Of::BroadcastArgs
        | Of::BroadcastTo
        | Of::Ceil
        | Of::ComplexAbs
        | Of::Cos
        | Of::Densify
        | Of::Dequantize
        | Of::Dilate
        | Of::DynamicUpdateSlice
        | Of::Elu
        | Of::EmbeddingLookup
        | Of::Equal
        | Of::Exp
        | Of::ExpandDims
        | Of::Fill
        | Of::Floor
        | Of::FloorDiv
        | Of::FloorMod
        | Of::GatherNd
        | Of::Greater
        | Of::GreaterEqual
        | Of::HardSwish
        | Of::HashtableLookup
        | Of::Imag
        | Of::Less
        | Of::LessEqual
        | Of::Log
        | Of::LogSoftmax
        | Of::LogicalAnd
        | Of::LogicalNot
        | Of::LogicalOr
        | Of::Logistic
        | Of::MatrixDiag
        | Of::MatrixSetDiag
        | Of::Maximum
        | Of::Minimum
        | Of::Neg
        | Of::NonMaxSuppressionV4
        | Of::NonMaxSuppressionV5
        | Of::NotEqual
        | Of::Pad
        | Of::Padv2
        | Of::Pow
        | Of::Prelu
        | Of::Quantize
        | Of::Range
        | Of::Rank
        | Of::Real
        | Of::Relu
        | Of::Relu0To1
        | Of::Relu6
        | Of::ReluN1To1
        | Of::ReverseV2
        | Of::Rfft2d
        | Of::RightShift
        | Of::Round
        | Of::Rsqrt
        | Of::ScatterNd
        | Of::SegmentSum
        | Of::Select
        | Of::SelectV2
        | Of::Sign
        | Of::Sin
        | Of::Slice
        | Of::SpaceToBatchNd
        | Of::Sqrt
        | Of::Square
        | Of::SquaredDifference
        | Of::StablehloAdd
        | Of::StablehloMaximum
        | Of::StablehloMinimum
        | Of::StablehloMultiply
        | Of::Tanh
        | Of::Tile
        | Of::TopkV2
        | Of::Transpose
        | Of::UnsortedSegmentMax
        | Of::UnsortedSegmentMin
        | Of::UnsortedSegmentProd
        | Of::UnsortedSegmentSum
        | Of::Where
        | Of::ZerosLike => Ok(BuiltinOptions::None),
        Of::Call
        | Of::CallOnce
        | Of::If
        | Of::StablehloCase
        | Of::StablehloComposite
        | Of::StablehloCustomCall
        | Of::StablehloReduce
        | Of::StablehloReduceWindow
        | Of::StablehloScatter
        | Of::StablehloSort
        | Of::StablehloWhile
        | Of::While => Err("it calls other graphs, which LiteRT runs".to_owned()),
        Of::AssignVariable
        | Of::Hashtable
        | Of::HashtableFind
        | Of::HashtableImport
        | Of::HashtableSize
        | Of::ReadVariable
        | Of::VarHandle => Err("it keeps its state in LiteRT".to_owned()),
        Of::Multinomial
        | Of::RandomStandardNormal
        | Of::RandomUniform
        | Of::StablehloRngBitGenerator => Err("its random numbers are those of LiteRT".to_owned()),
        Of::Delegate => Err("it belongs to another delegate".to_owned()),
        Of::ConcatEmbeddings
        | Of::Custom
        | Of::EmbeddingLookupSparse
        | Of::LshProjection
        | Of::PlaceholderForGreaterOpCodes
        | Of::ReduceWindow
        | Of::SkipGram
        | Of::StablehloAbs
        | Of::StablehloAnd
        | Of::StablehloBroadcastInDim
        | Of::StablehloCbrt
        | Of::StablehloClamp
        | Of::StablehloCompare
        | Of::StablehloConcatenate
        | Of::StablehloConvert
        | Of::StablehloConvolution
        | Of::StablehloCosine
        | Of::StablehloDivide
        | Of::StablehloDotGeneral
        | Of::StablehloDynamicSlice
        | Of::StablehloDynamicUpdateSlice
        | Of::StablehloExponential
        | Of::StablehloFloor
        | Of::StablehloGather
        | Of::StablehloIota
        | Of::StablehloLog
        | Of::StablehloLogistic
        | Of::StablehloNegate
        | Of::StablehloOr
        | Of::StablehloPad
        | Of::StablehloPower
        | Of::StablehloRemainder
        | Of::StablehloReshape
        | Of::StablehloRsqrt
        | Of::StablehloSelect
        | Of::StablehloShiftLeft
        | Of::StablehloSlice
        | Of::StablehloSubtract
        | Of::StablehloTanh
        | Of::StablehloTranspose => Err("demilite has no such op".to_owned()),
    }
}
