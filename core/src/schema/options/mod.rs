//! Attributes of the built-in operators, by family, and the two unions of them.

mod activation;
mod comparison;
mod control_flow;
mod conversion;
mod convolution;
mod elementwise;
mod embedding;
mod generation;
mod image;
mod indexing;
mod layout;
mod matrix;
mod normalization;
mod recurrent;
mod reduction;
mod resource;
mod shape;
mod stablehlo;

pub use activation::*;
pub use comparison::*;
pub use control_flow::*;
pub use conversion::*;
pub use convolution::*;
pub use elementwise::*;
pub use embedding::*;
pub use generation::*;
pub use image::*;
pub use indexing::*;
pub use layout::*;
pub use matrix::*;
pub use normalization::*;
pub use recurrent::*;
pub use reduction::*;
pub use resource::*;
pub use shape::*;
pub use stablehlo::*;

use super::union::union;

union! {
    /// Attributes of a built-in operator. Members that are not known keep their code alone.
    BuiltinOptions {
        1 Conv2DOptions,
        2 DepthwiseConv2DOptions,
        3 ConcatEmbeddingsOptions,
        4 LSHProjectionOptions,
        5 Pool2DOptions,
        6 SVDFOptions,
        7 RNNOptions,
        8 FullyConnectedOptions,
        9 SoftmaxOptions,
        10 ConcatenationOptions,
        11 AddOptions,
        12 L2NormOptions,
        13 LocalResponseNormalizationOptions,
        14 LSTMOptions,
        15 ResizeBilinearOptions,
        16 CallOptions,
        17 ReshapeOptions,
        18 SkipGramOptions,
        19 SpaceToDepthOptions,
        20 EmbeddingLookupSparseOptions,
        21 MulOptions,
        22 PadOptions,
        23 GatherOptions,
        24 BatchToSpaceNDOptions,
        25 SpaceToBatchNDOptions,
        26 TransposeOptions,
        27 ReducerOptions,
        28 SubOptions,
        29 DivOptions,
        30 SqueezeOptions,
        31 SequenceRNNOptions,
        32 StridedSliceOptions,
        33 ExpOptions,
        34 TopKV2Options,
        35 SplitOptions,
        36 LogSoftmaxOptions,
        37 CastOptions,
        38 DequantizeOptions,
        39 MaximumMinimumOptions,
        40 ArgMaxOptions,
        41 LessOptions,
        42 NegOptions,
        43 PadV2Options,
        44 GreaterOptions,
        45 GreaterEqualOptions,
        46 LessEqualOptions,
        47 SelectOptions,
        48 SliceOptions,
        49 TransposeConvOptions,
        50 SparseToDenseOptions,
        51 TileOptions,
        52 ExpandDimsOptions,
        53 EqualOptions,
        54 NotEqualOptions,
        55 ShapeOptions,
        56 PowOptions,
        57 ArgMinOptions,
        58 FakeQuantOptions,
        59 PackOptions,
        60 LogicalOrOptions,
        61 OneHotOptions,
        62 LogicalAndOptions,
        63 LogicalNotOptions,
        64 UnpackOptions,
        65 FloorDivOptions,
        66 SquareOptions,
        67 ZerosLikeOptions,
        68 FillOptions,
        69 BidirectionalSequenceLSTMOptions,
        70 BidirectionalSequenceRNNOptions,
        71 UnidirectionalSequenceLSTMOptions,
        72 FloorModOptions,
        73 RangeOptions,
        74 ResizeNearestNeighborOptions,
        75 LeakyReluOptions,
        76 SquaredDifferenceOptions,
        77 MirrorPadOptions,
        78 AbsOptions,
        79 SplitVOptions,
        80 UniqueOptions,
        81 ReverseV2Options,
        82 AddNOptions,
        83 GatherNdOptions,
        84 CosOptions,
        85 WhereOptions,
        86 RankOptions,
        87 ReverseSequenceOptions,
        88 MatrixDiagOptions,
        89 QuantizeOptions,
        90 MatrixSetDiagOptions,
        91 HardSwishOptions,
        92 IfOptions,
        93 WhileOptions,
        94 DepthToSpaceOptions,
        95 NonMaxSuppressionV4Options,
        96 NonMaxSuppressionV5Options,
        97 ScatterNdOptions,
        98 SelectV2Options,
        99 DensifyOptions,
        100 SegmentSumOptions,
        101 BatchMatMulOptions,
        102 CumsumOptions,
        103 CallOnceOptions,
        104 BroadcastToOptions,
        105 Rfft2dOptions,
        106 Conv3DOptions,
        107 HashtableOptions,
        108 HashtableFindOptions,
        109 HashtableImportOptions,
        110 HashtableSizeOptions,
        111 VarHandleOptions,
        112 ReadVariableOptions,
        113 AssignVariableOptions,
        114 RandomOptions,
        115 BucketizeOptions,
        116 GeluOptions,
        117 DynamicUpdateSliceOptions,
        118 UnsortedSegmentProdOptions,
        119 UnsortedSegmentMaxOptions,
        120 UnsortedSegmentMinOptions,
        121 UnsortedSegmentSumOptions,
        122 ATan2Options,
        123 SignOptions,
        124 BitcastOptions,
        125 BitwiseXorOptions,
        126 RightShiftOptions,
    }
}

union! {
    /// Attributes of a built-in operator added after [`BuiltinOptions`] was full. Members that are
    /// not known keep their code alone.
    BuiltinOptions2 {
        1 StablehloConcatenateOptions in Box,
        2 StablehloBroadcastInDimOptions in Box,
        3 StablehloSliceOptions in Box,
        4 StablehloConvolutionOptions in Box,
        5 StablehloCustomCallOptions in Box,
        6 StablehloReduceOptions in Box,
        7 StablehloScatterOptions in Box,
        8 StablehloCompareOptions in Box,
        9 StablehloDynamicSliceOptions in Box,
        10 StablehloPadOptions in Box,
        11 StablehloIotaOptions in Box,
        12 StablehloDotGeneralOptions in Box,
        13 StablehloReduceWindowOptions in Box,
        14 StablehloSortOptions in Box,
        15 StablehloWhileOptions in Box,
        16 StablehloGatherOptions in Box,
        17 StablehloTransposeOptions in Box,
        18 DilateOptions in Box,
        19 StablehloRngBitGeneratorOptions in Box,
        20 ReduceWindowOptions in Box,
        21 StableHLOCompositeOptions in Box,
        22 StablehloShiftLeftOptions in Box,
        23 StablehloCaseOptions in Box,
    }
}
