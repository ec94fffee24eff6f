//! Resource variables in the program of a partition.

use std::sync::Arc;

use demilite_core::{DataType, NodeContext, Reject, Shape};
use demilite_shaders::Element;

use super::{LowerError, Lowering, required};
use crate::memory::buffer::fed_storage;

impl Lowering<'_> {
    /// Makes output 0 a name of what the variable `name` holds at this point.
    pub(crate) fn read_variable(
        &mut self,
        node: &NodeContext<'_>,
        name: &str,
        shape: &Shape,
    ) -> Result<(), LowerError> {
        let dtype = node.output(0).dtype;
        let held = self.variables.held(name, dtype, shape);
        if let Some(storage) = held.map_err(Reject::invalid)? {
            self.alias(node, storage);
            return Ok(());
        }
        let Some((element, count)) = fed_storage(dtype) else {
            let reason = format!("the variable {name:?} is {dtype}");
            return Err(Reject::unsupported(reason).into());
        };
        let context = Arc::clone(self.program.context());
        let buffer = self
            .variables
            .read(context, node.id(), name, dtype, shape)?;
        let elements = shape.elements() * count;
        let storage =
            self.program
                .in_buffer("a resource variable", buffer.clone(), elements, element)?;
        self.variables.hold(name, storage, dtype, shape);
        self.alias(node, storage);
        Ok(())
    }

    /// Has the variable `name` hold input 1 from here on.
    pub(crate) fn assign_variable(
        &mut self,
        node: &NodeContext<'_>,
        name: &str,
        shape: &Shape,
    ) -> Result<(), LowerError> {
        let id = required(node, 1)?;
        let dtype = self.graph.tensor(id).dtype;
        let storage = match dtype {
            DataType::Float32 => self.with_element(id, Element::F32)?,
            _ => self.operand(id)?,
        };
        self.variables.assign(name, storage, dtype, shape);
        Ok(())
    }
}
