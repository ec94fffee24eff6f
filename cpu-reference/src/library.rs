//! The kernels of the reference as a library: from a node to the file of its op.

use demilite_core::{NodeContext, Op, OpError, Reject, Shape, State, for_each_op};
use demilite_executor::{CustomOps, KernelLibrary, Prepared};

use crate::movement::strings::{StringMoves, moves_strings};
use crate::op::read_variable;

macro_rules! prepare_by_op {
    ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
        /// Makes a node ready to run.
        fn prepare(node: &NodeContext<'_>, custom_ops: &CustomOps) -> Prepared {
            expect_dense_tensors(node)?;
            expect_own_state(node)?;
            let kernel = match node.op() {
                $(Op::$variant(op) => crate::op::$file::prepare(op, node),)+
                Op::Custom(op) => custom_ops.prepare(op, node),
                Op::Unsupported(_) => {
                    Err(Reject::unsupported(format!("no kernel for {}", node.op().name())).into())
                }
            };
            match moves_strings(node) {
                true => Ok(Box::new(StringMoves { kernel: kernel? })),
                false => kernel,
            }
        }
    };
}

for_each_op!(prepare_by_op);

/// The kernels of the reference.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReferenceKernels {
    pub(crate) custom_ops: CustomOps,
}

impl KernelLibrary for ReferenceKernels {
    fn prepare(&self, node: &NodeContext<'_>) -> Prepared {
        prepare(node, &self.custom_ops)
    }

    fn output_shapes(&self, node: &NodeContext<'_>, state: &State) -> Result<Vec<Shape>, OpError> {
        match node.op() {
            Op::ReadVariable(_) => read_variable::infer(node, state),
            Op::Custom(op) => self.custom_ops.output_shapes(op, node),
            op => op.infer(node),
        }
    }

    fn takes_sparse(&self, node: &NodeContext<'_>, index: usize) -> bool {
        takes_sparse(node, index)
    }

    fn takes_unknown(&self) -> bool {
        true
    }
}

/// Whether a node reads an input without its zeros, as LiteRT's kernel of the op does.
fn takes_sparse(node: &NodeContext<'_>, index: usize) -> bool {
    matches!(node.op(), Op::FullyConnected(_)) && index == 1
}

/// Checks that no input is packed but where unpacking is the op, or where no kernel is found anyway.
fn expect_dense_tensors(node: &NodeContext<'_>) -> Result<(), Reject> {
    if matches!(node.op(), Op::Densify(_) | Op::Unsupported(_)) {
        return Ok(());
    }
    for index in 0..node.input_count() {
        if let Some(tensor) = node.input(index)
            && tensor.sparsity.is_some()
            && !takes_sparse(node, index)
        {
            return Err(Reject::unsupported(format!(
                "its input {index}, {:?}, is stored sparsely",
                tensor.name
            )));
        }
    }
    Ok(())
}

/// Checks that a variable that the op changes is none of its other inputs.
fn expect_own_state(node: &NodeContext<'_>) -> Result<(), Reject> {
    for index in (0..node.input_count()).filter(|&index| node.op().changes_variable(index)) {
        let Some(id) = node.input_id(index) else {
            continue;
        };
        let tensor = node.graph().tensor(id);
        let mut others = (0..node.input_count()).filter(|&other| other != index);
        if let Some(other) = others.find(|&other| node.input_id(other) == Some(id))
            && tensor.is_variable
        {
            return Err(Reject::unsupported(format!(
                "its inputs {index} and {other} are the same variable, {:?}, which it changes",
                tensor.name
            )));
        }
    }
    Ok(())
}
