//! What a session keeps from one invocation to the next.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::fmt::Debug;
use std::sync::Arc;

use crate::dtype::DataType;
use crate::error::{OpError, ValueError};
use crate::hash_table::HashTable;
use crate::node::NodeId;
use crate::random::Philox;
use crate::shape::Shape;
use crate::tensor::{Tensor, TensorId};
use crate::value::{Value, View};

/// The value of a resource variable that a delegate keeps on its device.
pub trait DeviceVariable: Any + Debug + Send + Sync {
    /// The element type.
    fn dtype(&self) -> DataType;

    /// The shape.
    fn shape(&self) -> &Shape;

    /// Copies the value to the host.
    ///
    /// # Errors
    /// Those of the device.
    fn download(&self) -> Result<Value, Box<dyn Error + Send + Sync>>;
}

/// Where the value of a resource variable lies.
#[derive(Debug)]
enum Resource {
    Host(Value),
    Device(Arc<dyn DeviceVariable>),
}

/// Variable tensors, resource variables, hash tables and sequences of random numbers of one session.
///
/// Nodes that touch the same variable run in the order of the file, whichever delegates run them.
///
/// ```
/// use demilite_core::{State, Value};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut state = State::default();
/// state.assign_resource("count", Value::from_slice([1], &[3_i32])?.view())?;
/// let count = state.resource("count")?.expect("it was assigned");
/// assert_eq!(count.as_slice::<i32>()?, [3]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct State {
    variables: HashMap<(usize, TensorId), Value>,
    resources: HashMap<String, Resource>,
    tables: HashMap<String, HashTable>,
    generators: HashMap<(usize, NodeId), Philox>,
    initialized: BTreeSet<usize>,
}

impl State {
    /// Takes out the value of a variable tensor of graph `graph_index`, to be changed and put back
    /// with [`State::put_variable`]. One that was not put back yet holds zeros, or where it is
    /// int8, its zero point.
    ///
    /// # Errors
    /// [`ValueError::OutOfMemory`] when the machine has no memory for it.
    pub fn take_variable(
        &mut self,
        graph_index: usize,
        id: TensorId,
        tensor: &Tensor,
    ) -> Result<Value, ValueError> {
        if let Some(value) = self.variables.remove(&(graph_index, id)) {
            return Ok(value);
        }
        let mut value = Value::zeros(tensor.dtype, tensor.shape.clone())?;
        if let (DataType::Int8, Some(quantization)) = (tensor.dtype, &tensor.quantization) {
            value.bytes_mut().fill(quantization.zero_point_of(0) as u8);
        }
        Ok(value)
    }

    /// The value of a variable tensor of graph `graph_index`, for reading.
    ///
    /// # Errors
    /// [`ValueError::OutOfMemory`] when the machine has no memory for it.
    pub fn variable(
        &mut self,
        graph_index: usize,
        id: TensorId,
        tensor: &Tensor,
    ) -> Result<&Value, ValueError> {
        let value = self.take_variable(graph_index, id, tensor)?;
        Ok(self.variables.entry((graph_index, id)).or_insert(value))
    }

    /// The variable tensors that have a value, by the graph's index within the model and the tensor.
    pub fn variables(&self) -> impl Iterator<Item = ((usize, TensorId), &Value)> {
        self.variables.iter().map(|(&name, value)| (name, value))
    }

    /// Puts back the value of a variable tensor of graph `graph_index`.
    pub fn put_variable(&mut self, graph_index: usize, id: TensorId, value: Value) {
        self.variables.insert((graph_index, id), value);
    }

    /// The value of the resource variable of this name, if it was assigned before. One that lies on a device is on the host from
    /// here on.
    ///
    /// # Errors
    /// [`OpError::Shape`] where the device that has it fails.
    pub fn resource(&mut self, name: &str) -> Result<Option<&Value>, OpError> {
        let Some(resource) = self.resources.get_mut(name) else {
            return Ok(None);
        };
        if let Resource::Device(variable) = resource {
            let value = variable.download().map_err(|error| {
                OpError::rule(format!(
                    "the variable {name:?} lies on a device that does not give it: {error}"
                ))
            })?;
            *resource = Resource::Host(value);
        }
        match resource {
            Resource::Host(value) => Ok(Some(value)),
            Resource::Device(_) => Ok(None),
        }
    }

    /// The type and shape of the resource variable of this name, if it was assigned before.
    pub fn resource_type(&self, name: &str) -> Option<(DataType, &Shape)> {
        Some(match self.resources.get(name)? {
            Resource::Host(value) => (value.dtype(), value.shape()),
            Resource::Device(variable) => (variable.dtype(), variable.shape()),
        })
    }

    /// The resource variable of this name, if it lies on a device.
    pub fn device_resource(&self, name: &str) -> Option<&Arc<dyn DeviceVariable>> {
        match self.resources.get(name)? {
            Resource::Host(_) => None,
            Resource::Device(variable) => Some(variable),
        }
    }

    /// Has the resource variable of this name lie on a device, with the value that it has there.
    pub fn keep_on_device(&mut self, name: &str, variable: Arc<dyn DeviceVariable>) {
        let resource = Resource::Device(variable);
        match self.resources.get_mut(name) {
            Some(kept) => *kept = resource,
            None => drop(self.resources.insert(name.to_owned(), resource)),
        }
    }

    /// Assigns the resource variable of this name.
    ///
    /// # Errors
    /// [`ValueError::OutOfMemory`] when the machine has no memory for a copy.
    pub fn assign_resource(&mut self, name: &str, value: View<'_>) -> Result<(), ValueError> {
        match self.resources.get_mut(name) {
            Some(Resource::Host(held)) => return held.assign(value),
            Some(resource) => *resource = Resource::Host(value.to_value()),
            None => {
                let resource = Resource::Host(value.to_value());
                self.resources.insert(name.to_owned(), resource);
            }
        }
        Ok(())
    }

    /// The table of this name, which `empty` makes where there is none yet.
    pub fn table(&mut self, name: &str, empty: impl FnOnce() -> HashTable) -> &mut HashTable {
        self.tables.entry(name.to_owned()).or_insert_with(empty)
    }

    /// The table of this name.
    ///
    /// # Errors
    /// [`OpError::Shape`] where there is none.
    pub fn existing_table(&mut self, name: &str) -> Result<&mut HashTable, OpError> {
        let table = self.tables.get_mut(name);
        table.ok_or_else(|| OpError::rule(format!("there is no hash table {name:?}")))
    }

    /// Takes out the random numbers that a node is to draw next, to be put back with
    /// [`State::put_generator`]; the node is named by its graph's index within the model and its own. `None` where
    /// it drew none yet.
    pub fn take_generator(&mut self, node: (usize, NodeId)) -> Option<Philox> {
        self.generators.remove(&node)
    }

    /// Puts back the random numbers that a node is to draw next.
    pub fn put_generator(&mut self, node: (usize, NodeId), generator: Philox) {
        self.generators.insert(node, generator);
    }

    /// Whether graph `graph_index`, which runs once, did run.
    pub fn is_initialized(&self, graph_index: usize) -> bool {
        self.initialized.contains(&graph_index)
    }

    /// Notes that graph `graph_index`, which runs once, did run.
    pub fn set_initialized(&mut self, graph_index: usize) {
        self.initialized.insert(graph_index);
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = State::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantization::Quantization;

    #[test]
    fn variables_begin_with_what_stands_for_zero() {
        let mut state = State::default();
        let quantization = Quantization::per_tensor(0.5, -3);
        let int8 = Tensor::new("h", DataType::Int8, [2]).quantized(quantization.clone());
        let int16 = Tensor::new("c", DataType::Int16, [2]).quantized(quantization);
        let mut value = state.take_variable(0, TensorId(0), &int8).unwrap();
        assert_eq!(value.as_slice::<i8>().unwrap(), [-3, -3]);
        let other = state.take_variable(0, TensorId(1), &int16).unwrap();
        assert_eq!(other.as_slice::<i16>().unwrap(), [0, 0]);
        value.as_mut_slice::<i8>().unwrap()[1] = 7;
        state.put_variable(0, TensorId(0), value);
        let value = state.take_variable(0, TensorId(0), &int8).unwrap();
        assert_eq!(value.as_slice::<i8>().unwrap(), [-3, 7]);
    }

    #[test]
    fn a_reset_forgets() {
        let mut state = State::default();
        let value = Value::from_slice([1], &[1.5_f32]).unwrap();
        state.assign_resource("x", value.view()).unwrap();
        state.set_initialized(2);
        assert!(state.resource("x").unwrap().is_some() && state.is_initialized(2));
        state.reset();
        assert!(state.resource("x").unwrap().is_none() && !state.is_initialized(2));
    }
}
