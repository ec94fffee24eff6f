//! Ops outside the schema, which files know by a name of their own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use demilite_core::op::CustomOp;
use demilite_core::{NodeContext, OpError, Reject, Shape};

use crate::kernel::Prepared;

/// What runs the nodes of a custom op.
///
/// A node shows its inputs and outputs with their types and quantization, the shapes that are known
/// ([`NodeContext::shape`]) and the values that are ([`NodeContext::value`]). Where a shape or a value is missing,
/// [`OpError::Unknown`] says so, and both methods are called again in the invocation that shows it.
pub trait CustomKernel: Send + Sync {
    /// The name that files know the op by.
    fn name(&self) -> &str;

    /// The shapes of the outputs, one for each that the node has. They may depend on values of the
    /// inputs.
    ///
    /// # Errors
    /// [`OpError::Unknown`] where only an invocation shows them; another [`OpError`] where options or
    /// inputs break the op's rules.
    fn output_shapes(&self, options: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError>;

    /// Makes a node ready to run: reads the options, which any file may have written, checks types
    /// and shapes, and works out whatever stays the same from one run to the next.
    ///
    /// # Errors
    /// [`Unprepared`](crate::Unprepared): [`OpError`] and [`Reject`] turn into one by `?`.
    fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared;
}

/// The custom ops of a library, by their names.
#[derive(Clone, Default)]
pub struct CustomOps {
    kernels: BTreeMap<String, Arc<dyn CustomKernel>>,
}

impl CustomOps {
    /// Adds a kernel, instead of the one that had its name.
    pub fn register(&mut self, kernel: Arc<dyn CustomKernel>) {
        self.kernels.insert(kernel.name().to_owned(), kernel);
    }

    /// The names of the ops.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.kernels.keys().map(String::as_str)
    }

    /// The shapes of the outputs of a node.
    ///
    /// # Errors
    /// [`OpError::Unknown`] where only an invocation shows them and for an op that is not here; another [`OpError`] where
    /// the node breaks the op's rules.
    pub fn output_shapes(
        &self,
        op: &CustomOp,
        node: &NodeContext<'_>,
    ) -> Result<Vec<Shape>, OpError> {
        let kernel = self.kernels.get(&op.name);
        let kernel = kernel.ok_or(OpError::Unknown { index: 0 })?;
        let shapes = kernel.output_shapes(&op.options, node)?;
        let outputs = node.node().outputs.len();
        if shapes.len() != outputs {
            let count = shapes.len();
            let rule = format!("its kernel gives the shapes of {count} outputs, not of {outputs}");
            return Err(OpError::rule(rule));
        }
        Ok(shapes)
    }

    /// Makes a node ready to run.
    ///
    /// # Errors
    /// A rejection where the op is not here; what its kernel says.
    pub fn prepare(&self, op: &CustomOp, node: &NodeContext<'_>) -> Prepared {
        match self.kernels.get(&op.name) {
            Some(kernel) => kernel.prepare(&op.options, node),
            None => Err(not_registered(&op.name).into()),
        }
    }
}

fn not_registered(name: &str) -> Reject {
    Reject::unsupported(match name.strip_prefix("Flex") {
        Some(op) => format!("the TensorFlow op {op} has no kernel here"),
        None => format!(
            "no kernel of the custom op {name:?} is registered: hand \
             ReferenceDelegate::with_custom_op a CustomKernel of that name"
        ),
    })
}

impl fmt::Debug for CustomOps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.kernels.keys()).finish()
    }
}
