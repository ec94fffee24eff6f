//! Delegates and graphs small enough to see through.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeSet;
use std::sync::Arc;

use demilite_core::delegate::{Compiled, Delegate, Executable, Io, Partition, Reject};
use demilite_core::op::{Activation, Add, Mul, Relu, relu::ReluKind};
use demilite_core::{
    CompileError, DataType, Graph, GraphParts, NodeContext, Op, RunError, Tensor, TensorId, Value,
};

/// Runs ADD, MUL, RELU and LESS on float32 scalars, as far as its list of ops goes.
pub(crate) struct Toy {
    pub(crate) name: &'static str,
    pub(crate) ops: BTreeSet<&'static str>,
}

impl Toy {
    pub(crate) fn new(name: &'static str, ops: &[&'static str]) -> Self {
        Toy {
            name,
            ops: ops.iter().copied().collect(),
        }
    }
}

impl Delegate for Toy {
    fn name(&self) -> &str {
        self.name
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        if self.ops.contains(node.op().name()) {
            return Ok(());
        }
        Err(Reject::unsupported(format!("no {}", node.op().name())))
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        let graph = partition.graph();
        let steps = partition.nodes().iter().map(|&id| graph.node(id).clone());
        Ok(Arc::new(ToyExecutable {
            steps: steps.collect(),
            inputs: partition.inputs().to_vec(),
            outputs: partition.outputs().to_vec(),
            values: graph.tensors().iter().map(constant).collect(),
        }))
    }
}

/// The value of a constant, zero for anything else.
fn constant(tensor: &Tensor) -> f32 {
    let view = tensor.constant_view();
    let values = view.and_then(|view| view.as_slice::<f32>().ok());
    values.map_or(0.0, |values| values[0])
}

#[derive(Clone)]
struct ToyExecutable {
    steps: Vec<demilite_core::Node>,
    inputs: Vec<TensorId>,
    outputs: Vec<TensorId>,
    values: Vec<f32>,
}

impl Executable for ToyExecutable {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        for (id, view) in std::iter::zip(&self.inputs, io.inputs) {
            self.values[id.0] = view.as_slice::<f32>()?[0];
        }
        for node in &self.steps {
            let read = |index: usize| node.inputs[index].map_or(0.0, |id| self.values[id.0]);
            let result = match &node.op {
                Op::Add(_) => read(0) + read(1),
                Op::Mul(_) => read(0) * read(1),
                Op::Comparison(_) => f32::from(read(0) < read(1)),
                _ => read(0).max(0.0),
            };
            self.values[node.outputs[0].0] = result;
        }
        for (id, value) in std::iter::zip(&self.outputs, io.outputs.iter_mut()) {
            let result = self.values[id.0];
            match value.dtype() {
                DataType::Bool => value.bytes_mut()[0] = u8::from(result != 0.0),
                _ => value.as_mut_slice::<f32>()?[0] = result,
            }
        }
        Ok(())
    }
}

pub(crate) fn add() -> Op {
    Op::Add(Add {
        activation: Activation::None,
        pot_scale_int16: true,
    })
}

pub(crate) fn mul() -> Op {
    Op::Mul(Mul {
        activation: Activation::None,
    })
}

pub(crate) fn relu() -> Op {
    Op::Relu(Relu {
        kind: ReluKind::Relu,
    })
}

/// A graph over float32 tensors of one element: `tensors` in all, the first `inputs` of them fed,
/// each row of `nodes` an op with what it reads and what it writes.
pub(crate) fn graph(
    tensors: usize,
    inputs: usize,
    nodes: &[(Op, &[usize], usize)],
    outputs: &[usize],
) -> Graph {
    let mut parts = GraphParts::default();
    for index in 0..tensors {
        parts.tensor(Tensor::new(format!("t{index}"), DataType::Float32, [1]));
    }
    for (op, reads, writes) in nodes {
        let reads = reads.iter().map(|&index| Some(TensorId(index)));
        parts.node(op.clone(), reads, [TensorId(*writes)]);
    }
    parts.inputs = (0..inputs).map(TensorId).collect();
    parts.outputs = outputs.iter().map(|&index| TensorId(index)).collect();
    Graph::new(parts).expect("the test's graph is valid")
}

pub(crate) fn scalar(value: f32) -> Value {
    Value::from_slice([1], &[value]).expect("one element")
}
