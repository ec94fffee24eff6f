//! The release of the TensorFlow Lite runtime that an operator's version needs.

use super::BuiltinOperator;

/// A release: major, minor and patch number.
pub(crate) type Release = (u8, u8, u8);

/// The first release of the runtime that has this version of an operator, as LiteRT's converter states it
/// (`runtime_version.cc` of its versioning tools); `None` for one that it does not list.
pub(crate) fn first_release(operator: BuiltinOperator, version: i32) -> Option<Release> {
    let row = RELEASES.iter().find(|(other, ..)| *other == operator);
    let &(_, first, releases) = row?;
    let index = usize::try_from(version.checked_sub(first)?).ok()?;
    releases.get(index).copied()
}

/// Declares the releases of each operator from rows `Operator first: [major minor patch]…;`, one release for each version from the
/// first that counts on.
macro_rules! releases {
    ($($operator:ident $first:literal: $([$major:literal $minor:literal $patch:literal])+;)+) => {
        const RELEASES: &[(BuiltinOperator, i32, &[Release])] = &[
            $((BuiltinOperator::$operator, $first, &[$(($major, $minor, $patch)),+]),)+
        ];
    };
}

releases! {
    Add 1: [1 5 0] [1 14 0] [2 4 0] [2 6 0] [2 13 0] [2 23 0];
    AveragePool2d 1: [1 5 0] [1 14 0] [2 3 0];
    Concatenation 1: [1 5 0] [1 14 0] [2 3 0] [2 14 0] [2 21 0] [2 23 0] [2 23 0];
    Conv2d 1: [1 5 0] [1 14 0] [1 14 0] [2 3 0] [2 4 0] [2 9 0] [2 11 0] [2 15 0];
    DepthwiseConv2d 1: [1 5 0] [1 12 0] [1 14 0] [2 2 0] [2 3 0] [2 3 0] [2 11 0];
    DepthToSpace 1: [2 1 0] [2 5 0];
    Dequantize 1: [1 13 1] [1 14 0] [1 15 0] [2 2 0] [2 7 0] [2 18 0] [2 21 0] [2 22 0] [2 23 0];
    EmbeddingLookup 1: [1 13 0] [1 14 0] [1 14 0] [2 18 0] [2 21 0];
    Floor 1: [1 9 0];
    FullyConnected 1: [1 5 0] [1 10 0] [1 14 0] [1 14 0] [2 0 0] [2 1 0] [2 3 0] [2 3 0] [2 3 0] [2 11 0] [2 15 0] [2 17 0] [2 18 0] [2 21 0];
    HashtableLookup 1: [1 5 0];
    L2Normalization 1: [1 5 0] [1 14 0];
    L2Pool2d 1: [1 5 0];
    LocalResponseNormalization 1: [1 5 0];
    Logistic 1: [1 14 0] [1 14 0] [2 3 0];
    LshProjection 1: [1 5 0];
    Lstm 1: [1 7 0] [1 10 0] [1 14 0] [2 3 0];
    MaxPool2d 1: [1 5 0] [1 14 0] [2 3 0];
    Mul 1: [1 5 0] [1 14 0] [1 15 0] [2 3 0] [2 6 0] [2 11 0] [2 13 0] [2 23 0];
    Relu 1: [1 5 0] [2 1 0] [2 5 0];
    ReluN1To1 1: [1 5 0];
    Relu6 1: [1 5 0] [1 14 0] [2 5 0];
    Reshape 1: [1 5 0];
    ResizeBilinear 1: [1 7 0] [1 14 0] [2 2 0] [2 5 0];
    Rnn 1: [1 5 0] [1 14 0] [2 3 0];
    Softmax 1: [1 5 0] [1 14 0] [2 3 0] [2 23 0];
    SpaceToDepth 1: [1 5 0] [1 14 0];
    Svdf 1: [1 5 0] [1 14 0] [2 2 0] [2 3 0];
    Tanh 1: [1 14 0] [1 14 0] [2 3 0];
    SkipGram 1: [1 5 0];
    EmbeddingLookupSparse 1: [1 5 0];
    Pad 1: [1 5 0] [1 14 0] [2 4 0] [2 6 0] [2 20 0] [2 23 0];
    UnidirectionalSequenceRnn 1: [1 14 0] [1 14 0] [2 3 0];
    Gather 1: [1 6 0] [1 14 0] [1 15 0] [2 4 0] [2 5 0] [2 13 0] [2 15 0] [2 23 0];
    BatchToSpaceNd 1: [1 6 0] [1 14 0] [2 3 0] [2 12 0];
    SpaceToBatchNd 1: [1 6 0] [1 14 0] [2 3 0] [2 12 0];
    Transpose 1: [1 6 0] [1 14 0] [1 15 0] [2 3 0] [2 4 0] [2 12 0] [2 14 4] [2 22 0] [2 23 0];
    Mean 1: [1 6 0] [1 14 0] [2 4 0];
    Sub 1: [1 6 0] [1 14 0] [2 3 0] [2 4 0] [2 4 0];
    Div 1: [1 6 0] [2 3 0];
    Squeeze 1: [1 6 0] [2 5 0];
    UnidirectionalSequenceLstm 1: [1 13 1] [1 14 0] [2 3 0] [2 12 0];
    StridedSlice 1: [1 6 0] [1 14 0] [2 1 0] [2 2 0] [2 5 0] [2 6 0] [2 14 0] [2 14 0];
    BidirectionalSequenceRnn 1: [1 14 0] [1 14 0] [2 3 0];
    Exp 1: [1 7 0] [2 12 0];
    TopkV2 1: [1 7 0] [1 14 0] [2 13 0];
    Split 1: [1 5 0] [1 14 0] [1 14 0] [2 3 0] [2 23 0];
    LogSoftmax 1: [1 14 0] [1 14 0];
    BidirectionalSequenceLstm 1: [1 14 0] [1 14 0] [1 14 0];
    Cast 1: [1 5 0] [2 7 0] [2 8 0] [2 9 0] [2 12 0] [2 15 0] [2 17 0] [2 21 0] [2 23 0];
    Prelu 1: [1 8 0];
    Maximum 1: [1 14 0] [1 14 0] [2 3 0] [2 3 0];
    ArgMax 1: [1 9 0] [1 14 0] [2 9 0];
    Minimum 1: [1 14 0] [1 14 0] [2 3 0] [2 3 0];
    Less 1: [1 14 0] [1 14 0] [2 13 0];
    Neg 1: [1 9 0];
    Padv2 1: [1 9 0] [1 14 0] [2 4 0] [2 6 0] [2 20 0] [2 23 0];
    Greater 1: [1 14 0] [1 14 0];
    GreaterEqual 1: [1 14 0] [1 14 0] [2 13 0];
    LessEqual 1: [1 14 0] [1 14 0];
    Select 1: [1 14 0] [1 14 0] [2 12 0] [2 12 0];
    Slice 1: [1 14 0] [1 14 0] [1 14 0] [2 4 0] [2 5 0] [2 14 0] [2 21 0] [2 23 0];
    Sin 1: [1 9 0] [2 23 0];
    TransposeConv 1: [1 9 0] [2 2 0] [2 3 0] [2 13 0] [2 15 0];
    SparseToDense 1: [1 9 0] [1 14 0] [1 15 0];
    Tile 1: [1 10 1] [2 2 0] [2 8 0];
    ExpandDims 1: [1 10 0];
    Equal 1: [1 14 0] [1 14 0] [2 3 0] [2 13 0] [2 21 0];
    NotEqual 1: [1 14 0] [1 14 0] [2 3 0] [2 21 0];
    Log 1: [1 14 0] [2 15 0];
    Sum 1: [1 10 0] [1 15 0];
    Sqrt 1: [1 10 0] [2 21 0];
    Rsqrt 1: [1 10 0] [2 5 0] [2 15 0];
    Shape 1: [1 10 0];
    Pow 1: [1 10 0];
    ArgMin 1: [1 9 0] [1 14 0] [2 9 0];
    FakeQuant 1: [1 5 0] [1 10 0];
    ReduceProd 1: [1 11 0] [2 6 0];
    ReduceMax 1: [1 11 0] [1 14 0] [2 5 0];
    Pack 1: [1 11 0] [1 14 0] [2 3 0] [2 13 0] [2 23 0];
    LogicalOr 1: [1 11 0];
    OneHot 1: [1 11 0];
    LogicalAnd 1: [1 11 0];
    LogicalNot 1: [1 11 0];
    Unpack 1: [1 11 0] [1 14 0] [2 2 0] [2 3 0] [2 22 0] [2 23 0];
    ReduceMin 1: [1 11 0] [1 14 0] [2 5 0];
    FloorDiv 1: [1 14 0] [1 14 0] [2 13 0];
    ReduceAny 1: [1 11 0];
    Square 1: [1 12 0];
    ZerosLike 1: [1 12 0];
    Fill 1: [1 13 0] [2 3 0] [2 5 0] [2 12 0] [2 23 0];
    FloorMod 1: [1 13 0] [2 13 0];
    Range 1: [1 13 0] [2 14 0];
    ResizeNearestNeighbor 1: [1 13 1] [1 14 0] [2 3 0] [2 4 0];
    LeakyRelu 1: [1 13 1] [2 3 0];
    SquaredDifference 1: [1 13 1] [2 5 0];
    MirrorPad 1: [1 13 1] [2 3 0] [2 12 0];
    Abs 1: [1 13 0] [2 4 0] [2 5 0] [2 6 0] [2 12 0];
    SplitV 1: [1 13 1] [2 3 0] [2 23 0];
    Unique 1: [1 14 0];
    Ceil 1: [1 14 0];
    ReverseV2 1: [1 14 0] [2 2 0] [2 5 0] [2 23 0];
    AddN 1: [1 14 0];
    GatherNd 1: [1 14 0] [2 3 0] [2 5 0] [2 13 0] [2 16 0] [2 23 0];
    Cos 1: [1 14 0] [2 23 0];
    Where 1: [1 14 0] [2 8 0];
    Rank 1: [1 14 0];
    Elu 1: [1 14 0];
    ReverseSequence 1: [1 14 0];
    MatrixDiag 1: [1 14 0];
    Quantize 1: [1 14 0] [1 15 0] [2 7 0] [2 21 0] [2 21 0] [2 21 0];
    MatrixSetDiag 1: [1 14 0];
    Round 1: [1 14 0];
    HardSwish 1: [1 15 0];
    If 1: [1 15 0];
    While 1: [1 15 0];
    NonMaxSuppressionV4 1: [2 1 0];
    NonMaxSuppressionV5 1: [2 1 0];
    ScatterNd 1: [2 1 0];
    SelectV2 1: [2 2 0] [2 12 0];
    Densify 1: [2 2 0];
    SegmentSum 1: [2 2 0];
    BatchMatmul 1: [2 3 0] [2 3 0] [2 4 0] [2 5 0];
    Cumsum 1: [2 4 0];
    CallOnce 1: [2 5 0];
    BroadcastTo 2: [2 5 0] [2 5 0] [2 23 0];
    Rfft2d 1: [2 5 0];
    Conv3d 1: [2 5 0];
    Imag 1: [2 5 0];
    Real 1: [2 5 0];
    ComplexAbs 1: [2 5 0];
    Hashtable 1: [2 5 0];
    HashtableFind 1: [2 5 0];
    HashtableImport 1: [2 5 0];
    HashtableSize 1: [2 5 0];
    ReduceAll 1: [2 6 0];
    Conv3dTranspose 1: [2 6 0];
    VarHandle 1: [2 6 0];
    ReadVariable 1: [2 6 0];
    AssignVariable 1: [2 6 0];
    BroadcastArgs 1: [2 6 0];
    RandomStandardNormal 1: [2 8 0];
    Bucketize 1: [2 8 0];
    RandomUniform 1: [2 8 0];
    Multinomial 1: [2 8 0];
    Gelu 1: [2 9 0] [2 9 0] [2 23 0];
    DynamicUpdateSlice 1: [2 9 0] [2 17 0] [2 19 0] [2 20 0] [2 21 0] [2 22 0];
    Relu0To1 1: [2 10 0];
    UnsortedSegmentProd 1: [2 10 0];
    UnsortedSegmentMax 1: [2 10 0];
    UnsortedSegmentSum 1: [2 10 0];
    Atan2 1: [2 10 0];
    UnsortedSegmentMin 1: [2 11 0];
    Sign 1: [2 11 0] [2 12 0];
    Bitcast 1: [2 13 0];
    BitwiseXor 1: [2 13 0];
    RightShift 1: [2 13 0];
    StablehloAdd 1: [2 16 0];
    StablehloMultiply 1: [2 16 0];
    StablehloMaximum 1: [2 16 0];
    StablehloAnd 1: [2 17 0];
    StablehloMinimum 1: [2 16 0];
    StablehloScatter 1: [2 15 0];
    StablehloPad 1: [2 16 0];
    StablehloReduceWindow 1: [2 16 0];
    StablehloGather 1: [2 16 0];
    Dilate 1: [2 15 0];
    StablehloRngBitGenerator 1: [2 15 0];
    ReduceWindow 1: [2 15 0];
    StablehloComposite 1: [2 17 0];
    StablehloShiftLeft 1: [2 17 0];
    StablehloCbrt 1: [2 17 0];
    StablehloCase 1: [2 17 0];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_counted_from_the_first_that_there_was() {
        assert_eq!(first_release(BuiltinOperator::Conv2d, 3), Some((1, 14, 0)));
        assert_eq!(first_release(BuiltinOperator::BroadcastTo, 1), None);
        assert_eq!(
            first_release(BuiltinOperator::BroadcastTo, 2),
            Some((2, 5, 0))
        );
        assert_eq!(first_release(BuiltinOperator::Add, 99), None);
        assert_eq!(first_release(BuiltinOperator::Custom, 1), None);
    }
}
