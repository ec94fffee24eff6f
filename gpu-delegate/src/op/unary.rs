//! Functions of single elements.

use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::LengthParams;
use demilite_shaders::{Kernel, Params, QUAD_ELEMENTS, Role, Rows};

use super::check;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, line};

/// Checks a node of one input, and gives its number of elements.
pub(super) fn plan(node: &NodeContext<'_>, context: &GpuContext) -> Result<usize, Reject> {
    check::output(node, context)?;
    Ok(check::input(node, 0, context)?.elements())
}

/// Adds the dispatch of `kernel` over `length` elements.
pub(super) fn lower(
    kernel: &'static Kernel,
    length: usize,
    node: &NodeContext<'_>,
    lowering: &mut Lowering<'_>,
) -> Result<(), LowerError> {
    lower_with(
        kernel,
        LengthParams {
            length: length as u32,
        }
        .bytes(),
        length,
        node,
        lowering,
    )
}

/// Adds the dispatch of `kernel` with params of its own.
pub(super) fn lower_with(
    kernel: &'static Kernel,
    params: Vec<u8>,
    length: usize,
    node: &NodeContext<'_>,
    lowering: &mut Lowering<'_>,
) -> Result<(), LowerError> {
    let input = lowering.input(node, 0)?;
    let output = lowering.output(node, 0, length)?;
    lowering.dispatch(Dispatch {
        kernel,
        rows: Rows::Aligned,
        constants: Vec::new(),
        params,
        output,
        operands: vec![(Role::Input, input)],
        workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
    });
    Ok(())
}
