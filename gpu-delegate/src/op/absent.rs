//! Ops without GPU kernels: each is a line in the list at the end.

use std::convert::Infallible;

use demilite_core::{NodeContext, Reject};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};

macro_rules! absent {
    ($($variant:ident),* $(,)?) => {$(
        impl GpuOp for demilite_core::op::$variant {
            type Plan = Infallible;

            fn plan(&self, node: &NodeContext<'_>, _: &Device) -> Result<Infallible, Reject> {
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
    BidirectionalLstm,
    Bitcast,
    BroadcastArgs,
    ComplexPart,
    ControlFlow,
    Conv3d,
    FakeQuant,
    Hashtable,
    HashtableFind,
    HashtableImport,
    HashtableLookup,
    HashtableSize,
    Lstm,
    NonMaxSuppression,
    Random,
    Range,
    Rank,
    Rfft2d,
    RngBitGenerator,
    Rnn,
    ShapeOf,
    Svdf,
    Unique,
    Where,
}
