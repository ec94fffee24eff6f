//! Ops without GPU kernels: each is a line in the list at the end.

use std::convert::Infallible;

use demilite_core::{NodeContext, Reject};

use super::GpuOp;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

macro_rules! absent {
    ($($variant:ident),* $(,)?) => {$(
        impl GpuOp for demilite_core::op::$variant {
            type Plan = Infallible;

            fn plan(&self, node: &NodeContext<'_>, _: &GpuContext) -> Result<Infallible, Reject> {
                let name = node.op().name();
                Err(Reject::unsupported(format!("there is no GPU kernel for {name}")))
            }

            fn lower(
                &self,
                plan: Infallible,
                _: &NodeContext<'_>,
                _: &mut Lowering<'_>,
            ) -> Result<(), LowerError> {
                match plan {}
            }
        }
    )*};
}

absent! {
    AddN,
    ArgMinMax,
    AssignVariable,
    BatchMatmul,
    Bitcast,
    BroadcastArgs,
    BroadcastTo,
    Bucketize,
    Cast,
    Comparison,
    ComplexPart,
    ControlFlow,
    Conv3d,
    Cumsum,
    Densify,
    Dilate,
    Div,
    DynamicUpdateSlice,
    ElementwiseBinary,
    ElementwiseUnary,
    EmbeddingLookup,
    ExpandDims,
    FakeQuant,
    Fill,
    Gather,
    GatherNd,
    Gelu,
    L2Normalization,
    LeakyRelu,
    LocalResponseNormalization,
    LogSoftmax,
    Lstm,
    MatrixDiag,
    MirrorPad,
    NonMaxSuppression,
    OneHot,
    Pack,
    Prelu,
    Range,
    Rank,
    ReadVariable,
    Reduction,
    ResizeNearestNeighbor,
    ReverseSequence,
    ReverseV2,
    Rfft2d,
    ScatterNd,
    SegmentSum,
    Select,
    ShapeOf,
    Slice,
    SpaceBatch,
    SpaceDepth,
    SparseToDense,
    Split,
    StridedSlice,
    Svdf,
    Tile,
    TopkV2,
    Transpose,
    TransposeConv,
    Unique,
    Unpack,
    UnsortedSegment,
    VarHandle,
    Where,
    ZerosLike,
}
