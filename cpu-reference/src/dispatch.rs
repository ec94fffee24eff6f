//! From a node to the file of its op.

use demilite_core::{NodeContext, Op, OpError, Reject, Shape, State, for_each_op};

use crate::custom::CustomOps;
use crate::kernel::Prepared;
use crate::read_variable;

macro_rules! prepare_by_op {
    ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
        /// Makes a node ready to run.
        pub(crate) fn prepare(node: &NodeContext<'_>, custom_ops: &CustomOps) -> Prepared {
            expect_plain_tensors(node)?;
            match node.op() {
                $(Op::$variant(op) => crate::$file::prepare(op, node),)+
                Op::Custom(op) => custom_ops.prepare(op, node),
                Op::Unsupported(_) => {
                    Err(Reject::unsupported(format!("no kernel for {}", node.op().name())).into())
                }
            }
        }
    };
}

for_each_op!(prepare_by_op);

/// The shapes of a node's outputs.
pub(crate) fn infer(
    node: &NodeContext<'_>,
    custom_ops: &CustomOps,
    state: &State,
) -> Result<Vec<Shape>, OpError> {
    match node.op() {
        Op::ReadVariable(_) => read_variable::infer(node, state),
        Op::Custom(op) => custom_ops.output_shapes(op, node),
        op => op.infer(node),
    }
}

/// Whether a kernel of the op changes variable tensors.
fn keeps_state(op: &Op) -> bool {
    matches!(op, Op::Lstm(_) | Op::Svdf(_) | Op::Custom(_))
}

/// Checks that an input that keeps its value from one invocation to the next goes to an op that
/// changes it, and that none is packed but where unpacking is the op.
fn expect_plain_tensors(node: &NodeContext<'_>) -> Result<(), Reject> {
    for index in 0..node.input_count() {
        let Some(tensor) = node.input(index) else {
            continue;
        };
        if tensor.is_variable && !keeps_state(node.op()) {
            return Err(Reject::unsupported(format!(
                "its input {index} is the variable {:?}",
                tensor.name
            )));
        }
        if tensor.sparsity.is_some() && !matches!(node.op(), Op::Densify(_)) {
            return Err(Reject::unsupported(format!(
                "its input {index}, {:?}, is stored sparsely",
                tensor.name
            )));
        }
    }
    Ok(())
}
