//! Graphs that keep something from one invocation to the next.

use std::sync::Arc;

use demilite_core::op::control_flow::ControlFlow;
use demilite_core::op::{Activation, Add, AssignVariable, ReadVariable, VarHandle};
use demilite_core::{
    Constant, DataType, Delegate, Graph, GraphParts, Model, Op, Tensor, TensorId, Value,
};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::{GpuContext, GpuDelegate, GpuError, GpuOptions};
use demilite_needs::Need;

/// Elements of a variable.
const LENGTH: usize = 7;

/// The GPU and the reference; none without an adapter.
pub(crate) fn delegates() -> Option<[Arc<dyn Delegate>; 2]> {
    let options = GpuOptions::default().guard_bands(true);
    match GpuContext::open(options) {
        Ok(context) => Some([
            Arc::new(GpuDelegate::new(context)),
            Arc::new(ReferenceDelegate::default()),
        ]),
        Err(GpuError::NoAdapter) => {
            demilite_needs::skip(Need::Gpu, "no adapter");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// What is fed in a step.
pub(crate) fn numbers(dtype: DataType, step: usize) -> Value {
    let numbers = (0..LENGTH).map(|i| (i * 5 + step * 3) as i32 - 11);
    let value = match dtype {
        DataType::Float32 => {
            let floats: Vec<f32> = numbers.map(|number| number as f32 / 3.0).collect();
            Value::from_slice([LENGTH], &floats)
        }
        _ => Value::from_slice([LENGTH], &numbers.collect::<Vec<i32>>()),
    };
    value.unwrap()
}

struct Network(GraphParts);

impl Network {
    fn tensor(&mut self, name: &str, dtype: DataType) -> TensorId {
        self.0.tensor(Tensor::new(name, dtype, [LENGTH]))
    }

    fn handle(&mut self, name: &str) -> TensorId {
        let handle = Tensor::new(name, DataType::Resource, [0; 0]);
        let handle = self.0.tensor(handle);
        let op = VarHandle {
            container: String::new(),
            shared_name: name.to_owned(),
        };
        self.0.node(Op::VarHandle(op), [], [handle]);
        handle
    }

    fn read(&mut self, handle: TensorId, dtype: DataType) -> TensorId {
        let value = self.tensor("held", dtype);
        self.0
            .node(Op::ReadVariable(ReadVariable), [Some(handle)], [value]);
        value
    }

    fn assign(&mut self, handle: TensorId, value: TensorId) {
        let inputs = [Some(handle), Some(value)];
        self.0.node(Op::AssignVariable(AssignVariable), inputs, []);
    }

    fn constant(&mut self, value: &Value) -> TensorId {
        let tensor = Tensor::new("constant", value.dtype(), value.shape().clone());
        self.0
            .tensor(tensor.with_constant(Constant::copied(value.bytes())))
    }

    fn add(&mut self, left: TensorId, right: TensorId, dtype: DataType) -> TensorId {
        let sum = self.tensor("sum", dtype);
        let op = Op::Add(Add {
            activation: Activation::None,
            pot_scale_int16: false,
        });
        self.0.node(op, [Some(left), Some(right)], [sum]);
        sum
    }

    /// Gives the variables of these names their first values, in a graph of its own.
    fn first_values(values: &[(&str, Value)]) -> Graph {
        let mut network = Network(GraphParts::default());
        for (name, value) in values {
            let handle = network.handle(name);
            let constant = network.constant(value);
            network.assign(handle, constant);
        }
        Graph::new(network.0).unwrap()
    }

    fn call_once(&mut self) {
        let op = Op::ControlFlow(ControlFlow::CallOnce { graph: 1 });
        self.0.node(op, [], []);
    }

    fn model(self, first_values: Graph) -> Arc<Model> {
        let graph = Graph::new(self.0).unwrap();
        Arc::new(Model::from_graphs(vec![graph, first_values], Vec::new()))
    }
}

/// A variable to which what is fed is added, and added again.
pub(crate) struct Accumulator {
    pub(crate) dtype: DataType,
    pub(crate) is_initialized: bool,
}

impl Accumulator {
    /// Outputs: what the variable held, and what it holds.
    pub(crate) fn model(&self) -> Arc<Model> {
        let dtype = self.dtype;
        let mut network = Network(GraphParts::default());
        if self.is_initialized {
            network.call_once();
        }
        let fed = network.tensor("fed", dtype);
        let handle = network.handle("total");
        let before = network.read(handle, dtype);
        let once = network.add(before, fed, dtype);
        network.assign(handle, once);
        // What was read before the assignment stays what it was.
        let again = network.read(handle, dtype);
        let twice = network.add(again, fed, dtype);
        network.assign(handle, twice);
        network.0.inputs = vec![fed];
        network.0.outputs = vec![before, twice];
        network.model(Network::first_values(&[("total", numbers(dtype, 100))]))
    }
}

/// Two variables that take one another's value.
pub(crate) fn swapped() -> Arc<Model> {
    let dtype = DataType::Float32;
    let mut network = Network(GraphParts::default());
    network.call_once();
    let [left, right] = ["left", "right"].map(|name| network.handle(name));
    let [a, b] = [left, right].map(|handle| network.read(handle, dtype));
    network.assign(left, b);
    network.assign(right, a);
    network.0.outputs = vec![a, b];
    network.model(Network::first_values(&[
        ("left", numbers(dtype, 1)),
        ("right", numbers(dtype, 2)),
    ]))
}
