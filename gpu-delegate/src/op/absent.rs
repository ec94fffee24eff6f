//! Ops without GPU kernels: each says so in its file.

macro_rules! absent {
    ($variant:ident) => {
        impl $crate::op::GpuOp for demilite_core::op::$variant {
            type Plan = ::std::convert::Infallible;

            fn plan(
                &self,
                node: &::demilite_core::NodeContext<'_>,
                _: &$crate::device::Device,
            ) -> Result<::std::convert::Infallible, ::demilite_core::Reject> {
                let name = node.op().name();
                Err(::demilite_core::Reject::unsupported(format!(
                    "there is no GPU kernel for {name}"
                )))
            }

            fn lower(
                &self,
                plan: ::std::convert::Infallible,
                _: &::demilite_core::NodeContext<'_>,
                _: &mut $crate::lowering::Lowering<'_>,
            ) -> Result<(), $crate::lowering::LowerError> {
                match plan {}
            }
        }
    };
}
