//! Variable tensors as operands, as inputs and as outputs.

use std::sync::Arc;

use demilite_core::op::control_flow::ControlFlow;
use demilite_core::op::{Activation, Add, Svdf};
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, Op, Session, Tensor, TensorId, Value,
};
use demilite_cpu_reference::ReferenceDelegate;

fn add() -> Op {
    Op::Add(Add {
        activation: Activation::None,
        pot_scale_int16: false,
    })
}

fn floats(parts: &mut GraphParts, name: &str, extents: &[usize]) -> TensorId {
    parts.tensor(Tensor::new(name, DataType::Float32, extents.to_vec()))
}

fn variable(parts: &mut GraphParts, extents: &[usize]) -> TensorId {
    parts.tensor(Tensor {
        is_variable: true,
        ..Tensor::new("state", DataType::Float32, extents.to_vec())
    })
}

fn constant(parts: &mut GraphParts, extents: &[usize], elements: &[f32]) -> TensorId {
    let bytes: Vec<u8> = elements.iter().flat_map(|v| v.to_le_bytes()).collect();
    let tensor = Tensor::new("weights", DataType::Float32, extents.to_vec());
    parts.tensor(tensor.with_constant(Constant::copied(&bytes)))
}

/// SVDF of one filter with a memory of two.
struct Memory {
    features: TensorId,
    time: TensorId,
    state: TensorId,
    sum: TensorId,
}

impl Memory {
    fn new(parts: &mut GraphParts) -> Self {
        Memory {
            features: constant(parts, &[1, 1], &[1.0]),
            time: constant(parts, &[1, 2], &[1.0, 1.0]),
            state: variable(parts, &[1, 2]),
            sum: floats(parts, "sum", &[1, 1]),
        }
    }

    /// Adds the node that has `input` join the state.
    fn remember(&self, parts: &mut GraphParts, input: TensorId) {
        let op = Op::Svdf(Svdf {
            rank: 1,
            activation: Activation::None,
            asymmetric_quantize_inputs: false,
        });
        let [input, features, time] = [input, self.features, self.time].map(Some);
        let inputs = [input, features, time, None, Some(self.state)];
        parts.node(op, inputs, [self.sum]);
    }
}

fn session(graphs: Vec<Graph>) -> Session {
    let model = Arc::new(Model::from_graphs(graphs, Vec::new()));
    let builder = Session::builder(model).delegate(Arc::new(ReferenceDelegate::default()));
    builder.build().unwrap()
}

fn run(session: &mut Session, inputs: &[(&[usize], &[f32])]) -> Vec<Vec<f32>> {
    let inputs = inputs
        .iter()
        .map(|(shape, elements)| Value::from_slice(shape.to_vec(), elements).unwrap());
    let outputs = session.run(&inputs.collect::<Vec<_>>()).unwrap();
    let elements = outputs
        .iter()
        .map(|value| value.as_slice().unwrap().to_vec());
    elements.collect()
}

#[test]
fn an_observer_sees_tensors_between_nodes_and_variables_that_changed() {
    let mut parts = GraphParts::default();
    let memory = Memory::new(&mut parts);
    let [input, output] = ["input", "output"].map(|name| floats(&mut parts, name, &[1, 1]));
    memory.remember(&mut parts, input);
    parts.node(add(), [Some(memory.sum), Some(memory.sum)], [output]);
    (parts.inputs, parts.outputs) = (vec![input], vec![output]);
    let mut session = session(vec![Graph::new(parts).unwrap()]);
    let mut observed_in_turn = |fed: f32| {
        let mut seen = Vec::new();
        let inputs = [Value::from_slice([1, 1], &[fed]).unwrap()];
        let observed = session.run_observed(&inputs, &mut |observed| {
            let elements = observed.value.as_slice::<f32>().unwrap().to_vec();
            seen.push((observed.tensor, elements));
        });
        observed.unwrap();
        seen
    };
    let expected = |fed: f32, state: [f32; 2]| {
        let sum = state[0] + state[1];
        vec![
            (input, vec![fed]),
            (memory.sum, vec![sum]),
            (memory.state, state.to_vec()),
            (output, vec![2.0 * sum]),
        ]
    };
    assert_eq!(observed_in_turn(1.0), expected(1.0, [0.0, 1.0]));
    assert_eq!(observed_in_turn(5.0), expected(5.0, [1.0, 5.0]));
}

#[test]
fn other_ops_read_a_state_before_and_after_it_changes() {
    let mut parts = GraphParts::default();
    let [x, before, after] = ["x", "before", "after"].map(|name| floats(&mut parts, name, &[1, 2]));
    parts.tensors[x.0].shape = [1, 1].into();
    let memory = Memory::new(&mut parts);
    let state = Some(memory.state);
    parts.node(add(), [state, state], [before]);
    memory.remember(&mut parts, x);
    parts.node(add(), [state, Some(x)], [after]);
    (parts.inputs, parts.outputs) = (vec![x], vec![before, after]);
    let mut session = session(vec![Graph::new(parts).unwrap()]);
    let step = |session: &mut Session, x: f32| run(session, &[(&[1, 1], &[x])]);
    assert_eq!(step(&mut session, 1.0), [[0.0, 0.0], [1.0, 2.0]]);
    assert_eq!(step(&mut session, 5.0), [[0.0, 2.0], [6.0, 10.0]]);
    session.reset_state();
    assert_eq!(step(&mut session, 1.0), [[0.0, 0.0], [1.0, 2.0]]);
}

#[test]
fn a_variable_may_be_fed_and_given() {
    let mut parts = GraphParts::default();
    let x = floats(&mut parts, "x", &[1, 1]);
    let memory = Memory::new(&mut parts);
    memory.remember(&mut parts, x);
    (parts.inputs, parts.outputs) = (vec![x, memory.state], vec![memory.sum, memory.state]);
    let mut session = session(vec![Graph::new(parts).unwrap()]);
    let outputs = run(&mut session, &[(&[1, 1], &[3.0]), (&[1, 2], &[10.0, 20.0])]);
    assert_eq!(outputs, [vec![23.0], vec![20.0, 3.0]]);
}

#[test]
fn a_variable_that_is_not_named_keeps_its_value() {
    let mut parts = GraphParts::default();
    let x = floats(&mut parts, "x", &[1, 1]);
    let memory = Memory::new(&mut parts);
    memory.remember(&mut parts, x);
    (parts.inputs, parts.outputs) = (vec![x, memory.state], vec![memory.sum]);
    let mut session = session(vec![Graph::new(parts).unwrap()]);
    let mut step = |named: &[(&str, &[usize], &[f32])]| {
        let named = named.iter().map(|(name, shape, elements)| {
            let value = Value::from_slice(shape.to_vec(), elements).unwrap();
            ((*name).to_owned(), value)
        });
        let outputs = session.run_named(named.collect()).unwrap();
        outputs["sum"].as_slice::<f32>().unwrap()[0]
    };
    assert_eq!(step(&[("x", &[1, 1], &[3.0])]), 3.0);
    assert_eq!(step(&[("x", &[1, 1], &[4.0])]), 7.0);
    let state: (&str, &[usize], &[f32]) = ("state", &[1, 2], &[10.0, 20.0]);
    assert_eq!(step(&[("x", &[1, 1], &[5.0]), state]), 25.0);
}

#[test]
fn a_variable_is_handed_to_a_graph_that_is_called() {
    let mut called = GraphParts::default();
    let [left, right, sum] =
        ["left", "right", "sum"].map(|name| floats(&mut called, name, &[1, 2]));
    called.node(add(), [Some(left), Some(right)], [sum]);
    (called.inputs, called.outputs) = (vec![left, right], vec![sum]);

    let mut parts = GraphParts::default();
    let x = floats(&mut parts, "x", &[1, 1]);
    let memory = Memory::new(&mut parts);
    memory.remember(&mut parts, x);
    let twice = floats(&mut parts, "twice", &[1, 2]);
    let call = Op::ControlFlow(ControlFlow::Call { graph: 1 });
    let state = Some(memory.state);
    parts.node(call, [state, state], [twice]);
    (parts.inputs, parts.outputs) = (vec![x], vec![twice]);
    let graphs = vec![Graph::new(parts).unwrap(), Graph::new(called).unwrap()];
    let mut session = session(graphs);
    assert_eq!(run(&mut session, &[(&[1, 1], &[3.0])]), [[0.0, 6.0]]);
    assert_eq!(run(&mut session, &[(&[1, 1], &[4.0])]), [[6.0, 8.0]]);
}

#[test]
fn a_state_is_no_other_input_of_its_op() {
    let mut parts = GraphParts::default();
    let memory = Memory::new(&mut parts);
    parts.tensors[memory.features.0] = Tensor::new("features", DataType::Float32, [1, 2]);
    parts.inputs = vec![memory.features];
    memory.remember(&mut parts, memory.state);
    parts.outputs = vec![memory.sum];
    let model = Arc::new(Model::from_graph(Graph::new(parts).unwrap()));
    let builder = Session::builder(model).delegate(Arc::new(ReferenceDelegate::default()));
    let error = builder.build().err().unwrap().to_string();
    assert!(error.contains("same variable"), "{error}");
}
