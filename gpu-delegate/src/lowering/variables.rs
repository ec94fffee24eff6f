//! Resource variables in the program of a partition: what each holds while its nodes are lowered one after the other.

use std::collections::HashMap;

use demilite_core::{DataType, NodeContext, NodeId, Reject, Shape};
use demilite_shaders::Element;

use super::{LowerError, Lowering, required};
use crate::memory::buffer::fed_storage;
use crate::memory::variable::{VariableUse, mismatch};
use crate::program::Storage;

/// Where a value lies at the end of an invocation, and the number of the variable that keeps it for the next.
type Kept = (Storage, usize);

/// What a variable holds at a point of the program.
#[derive(Clone)]
struct Held {
    storage: Storage,
    dtype: DataType,
    shape: Shape,
}

/// The variables of a partition while its nodes are lowered one after the other.
#[derive(Default)]
pub(super) struct Variables {
    all: Vec<VariableUse>,
    held: HashMap<String, Held>,
    assigned: Vec<String>,
}

impl Variables {
    /// Where the value of a variable lies that was read or assigned before; an error where it is of another type or shape.
    fn held(&self, name: &str, dtype: DataType, shape: &Shape) -> Result<Option<Storage>, String> {
        let Some(held) = self.held.get(name) else {
            return Ok(None);
        };
        if held.dtype == dtype && held.shape == *shape {
            return Ok(Some(held.storage));
        }
        Err(mismatch(name, (held.dtype, &held.shape), dtype, shape))
    }

    /// The number of a variable that `reader` reads first; the caller says where it lies with [`Variables::hold`].
    fn read(&mut self, reader: NodeId, name: &str, dtype: DataType, shape: &Shape) -> usize {
        self.all.push(VariableUse {
            name: name.to_owned(),
            dtype,
            shape: shape.clone(),
            reader: Some(reader),
        });
        self.all.len() - 1
    }

    /// From here on a variable holds what lies at `storage`.
    fn hold(&mut self, name: &str, storage: Storage, dtype: DataType, shape: &Shape) {
        let held = Held {
            storage,
            dtype,
            shape: shape.clone(),
        };
        self.held.insert(name.to_owned(), held);
    }

    /// [`Variables::hold`], by an assignment.
    fn assign(&mut self, name: &str, storage: Storage, dtype: DataType, shape: &Shape) {
        self.hold(name, storage, dtype, shape);
        if !self.assigned.iter().any(|assigned| assigned == name) {
            self.assigned.push(name.to_owned());
        }
    }

    /// All variables, and for those that are assigned where their values lie at the end.
    pub(super) fn finish(mut self) -> (Vec<VariableUse>, Vec<Kept>) {
        let mut kept = Vec::new();
        for name in &self.assigned {
            let held = &self.held[name];
            let fits = |each: &VariableUse| each.is(name, held.dtype, &held.shape);
            let variable = self.all.iter().position(fits).unwrap_or_else(|| {
                self.all.push(VariableUse {
                    name: name.clone(),
                    dtype: held.dtype,
                    shape: held.shape.clone(),
                    reader: None,
                });
                self.all.len() - 1
            });
            kept.push((held.storage, variable));
        }
        (self.all, kept)
    }
}

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
        let variable = self.variables.read(node.id(), name, dtype, shape);
        let elements = shape.elements() * count;
        let storage = self.program.variable(variable, elements, element)?;
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
            _ => self.words(id)?,
        };
        self.variables.assign(name, storage, dtype, shape);
        Ok(())
    }
}
