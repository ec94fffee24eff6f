//! Functions of single elements.

use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::LengthParams;
use demilite_shaders::{Element, Kernel, Params, QUAD_ELEMENTS, Role, Rows};

use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers, word};
use crate::program::{Dispatch, Storage, line};
use crate::table::function::Function;
use crate::table::lookup::Lookup;

/// How a node computes.
pub(crate) enum UnaryPlan {
    /// So many elements, by a kernel.
    Elements(usize),
    /// So many integers of 64 bits, by a kernel.
    Int64(usize),
    /// By a table.
    Table(Lookup),
}

/// Checks a node of one input; `function` gives what becomes of quantized integers of an element, or why there is nothing.
pub(crate) fn plan(
    node: &NodeContext<'_>,
    device: &Device,
    function: impl FnOnce(Element) -> Result<Function, Reject>,
) -> Result<UnaryPlan, Reject> {
    match check::numbers(node)? {
        numbers @ (Numbers::Float | Numbers::Half) => {
            check::output(node, device)?;
            let length = check::data(node, 0, numbers, device)?.elements();
            Ok(UnaryPlan::Elements(length))
        }
        Numbers::Quantized(element) => {
            let function = function(element)?;
            Lookup::new(node, element, device, function).map(UnaryPlan::Table)
        }
    }
}

/// Checks a node of one input whose elements, floats or not, become others of the same type by a kernel.
pub(crate) fn plan_moved(node: &NodeContext<'_>, device: &Device) -> Result<UnaryPlan, Reject> {
    let moved = check::moved(node, [0], device)?;
    let length = check::known_output(node, 0)?.elements();
    match moved.count() {
        1 => Ok(UnaryPlan::Elements(length)),
        _ => Ok(UnaryPlan::Int64(length)),
    }
}

/// Adds the dispatch of `kernel`, or that of the table.
pub(crate) fn lower(
    kernel: &'static Kernel,
    plan: &UnaryPlan,
    node: &NodeContext<'_>,
    lowering: &mut Lowering<'_>,
) -> Result<(), LowerError> {
    let params = |length| LengthParams { length }.bytes();
    lower_with(kernel, params, plan, node, lowering)
}

/// Adds the dispatch of `kernel`, from the element that the input is stored with to the same, or that of the table.
pub(crate) fn lower_as_stored(
    kernel: &'static Kernel,
    plan: &UnaryPlan,
    node: &NodeContext<'_>,
    lowering: &mut Lowering<'_>,
) -> Result<(), LowerError> {
    let params = |length| LengthParams { length }.bytes();
    lower_as_stored_with(kernel, params, plan, node, lowering)
}

/// The same with params of its own.
pub(crate) fn lower_as_stored_with(
    kernel: &'static Kernel,
    params: impl Fn(u32) -> Vec<u8>,
    plan: &UnaryPlan,
    node: &NodeContext<'_>,
    lowering: &mut Lowering<'_>,
) -> Result<(), LowerError> {
    let length = match plan {
        UnaryPlan::Elements(length) => *length,
        UnaryPlan::Int64(length) => 2 * length,
        UnaryPlan::Table(lookup) => return lookup.lower(node, lowering),
    };
    let input = lowering.stored_input(node, 0)?;
    let output = lowering.output_of(node, length, lowering.element(input))?;
    dispatch(
        kernel,
        params(word(length)?),
        [input, output],
        length,
        lowering,
    );
    Ok(())
}

/// Adds the dispatch of `kernel` with params of its own, or that of the table.
pub(crate) fn lower_with(
    kernel: &'static Kernel,
    params: impl Fn(u32) -> Vec<u8>,
    plan: &UnaryPlan,
    node: &NodeContext<'_>,
    lowering: &mut Lowering<'_>,
) -> Result<(), LowerError> {
    let length = match plan {
        UnaryPlan::Elements(length) => *length,
        // They are no floats.
        UnaryPlan::Int64(_) => {
            return lower_as_stored_with(kernel, params, plan, node, lowering);
        }
        UnaryPlan::Table(lookup) => return lookup.lower(node, lowering),
    };
    let input = lowering.input(node, 0)?;
    let output = lowering.output(node, 0, length)?;
    dispatch(
        kernel,
        params(word(length)?),
        [input, output],
        length,
        lowering,
    );
    Ok(())
}

fn dispatch(
    kernel: &'static Kernel,
    params: Vec<u8>,
    [input, output]: [Storage; 2],
    length: usize,
    lowering: &mut Lowering<'_>,
) {
    lowering.dispatch(Dispatch {
        kernel,
        rows: Rows::Aligned,
        constants: Vec::new(),
        params,
        output,
        operands: vec![(Role::Input, input)],
        workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
    });
}
