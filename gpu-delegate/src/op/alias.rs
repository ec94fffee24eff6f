//! Ops that give the elements of their input under another shape, without a dispatch.

use demilite_core::op::{ExpandDims, Reshape, Squeeze};
use demilite_core::{NodeContext, Reject};

use super::{GpuOp, check};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

macro_rules! alias {
    ($($variant:ident $(with $check:path)?),*) => {$(
        impl GpuOp for $variant {
            type Plan = ();

            fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<(), Reject> {
                $($check(node, 0)?;)?
                check::moved(node, [0], context).map(drop)
            }

            fn lower(
                &self,
                (): (),
                node: &NodeContext<'_>,
                lowering: &mut Lowering<'_>,
            ) -> Result<(), LowerError> {
                let input = lowering.stored_input(node, 0)?;
                lowering.alias(node, input);
                Ok(())
            }
        }
    )*};
}

// The reference asks EXPAND_DIMS alone for one scale on both sides.
alias!(ExpandDims with check::same_quantization, Reshape, Squeeze);
