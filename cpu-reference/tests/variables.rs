//! Resource variables from one invocation to the next.

use std::sync::Arc;

use demilite_core::op::control_flow::ControlFlow;
use demilite_core::op::{Activation, Add, AssignVariable, ReadVariable, VarHandle};
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, Op, Session, Shape, Tensor, TensorId, Value,
};
use demilite_cpu_reference::ReferenceDelegate;

fn handle(parts: &mut GraphParts) -> TensorId {
    let handle = parts.tensor(Tensor::new("handle", DataType::Resource, Shape::SCALAR));
    let op = VarHandle {
        container: String::new(),
        shared_name: "sum".to_owned(),
    };
    parts.node(Op::VarHandle(op), [], [handle]);
    handle
}

fn assign(parts: &mut GraphParts, handle: TensorId, value: TensorId) {
    let op = Op::AssignVariable(AssignVariable);
    parts.node(op, [Some(handle), Some(value)], []);
}

fn read(parts: &mut GraphParts, handle: TensorId, shape: &[usize]) -> TensorId {
    let value = parts.tensor(Tensor::new("value", DataType::Float32, shape.to_vec()));
    parts.node(Op::ReadVariable(ReadVariable), [Some(handle)], [value]);
    value
}

/// Sets the variable to these elements.
fn initialization(elements: &[f32]) -> Graph {
    let mut parts = GraphParts::default();
    let bytes: Vec<u8> = elements.iter().flat_map(|v| v.to_le_bytes()).collect();
    let start = Tensor::new("start", DataType::Float32, [elements.len()]);
    let start = parts.tensor(start.with_constant(Constant::copied(&bytes)));
    let handle = handle(&mut parts);
    assign(&mut parts, handle, start);
    Graph::new(parts).unwrap()
}

/// Gives the variable, adds the input to it, and gives it again; both are read with `shape`.
fn running_sum(shape: &[usize], calls_once: bool) -> Graph {
    let mut parts = GraphParts::default();
    let x = parts.tensor(Tensor::new("x", DataType::Float32, [1]));
    if calls_once {
        let once = ControlFlow::CallOnce { graph: 1 };
        parts.node(Op::ControlFlow(once), [], []);
    }
    let handle = handle(&mut parts);
    let before = read(&mut parts, handle, shape);
    let sum = parts.tensor(Tensor::new("sum", DataType::Float32, shape.to_vec()));
    let add = Op::Add(Add {
        activation: Activation::None,
        pot_scale_int16: false,
    });
    parts.node(add, [Some(before), Some(x)], [sum]);
    assign(&mut parts, handle, sum);
    let after = read(&mut parts, handle, shape);
    (parts.inputs, parts.outputs) = (vec![x], vec![before, after]);
    Graph::new(parts).unwrap()
}

fn session(graphs: Vec<Graph>) -> Session {
    let model = Arc::new(Model::from_graphs(graphs, Vec::new()));
    let builder = Session::builder(model).delegate(Arc::new(ReferenceDelegate::default()));
    builder.build().unwrap()
}

fn run(session: &mut Session, input: f32) -> Vec<Vec<f32>> {
    let outputs = session.run(&[Value::from_slice([1], &[input]).unwrap()]);
    let outputs = outputs.unwrap();
    let elements = outputs
        .iter()
        .map(|value| value.as_slice().unwrap().to_vec());
    elements.collect()
}

#[test]
fn variables_last_until_a_reset() {
    let mut session = session(vec![running_sum(&[1], true), initialization(&[10.0])]);
    assert_eq!(run(&mut session, 1.0), [[10.0], [11.0]]);
    assert_eq!(run(&mut session, 2.0), [[11.0], [13.0]]);
    session.reset_state();
    assert_eq!(run(&mut session, 3.0), [[10.0], [13.0]]);
}

#[test]
fn a_variable_of_unstated_shape_is_read_as_it_is() {
    let mut session = session(vec![running_sum(&[], true), initialization(&[1.0, 2.0])]);
    let both = [vec![1.0, 2.0], vec![2.0, 3.0]];
    assert_eq!(run(&mut session, 1.0), both);
}

#[test]
fn a_variable_of_another_shape_is_an_error() {
    let mut session = session(vec![running_sum(&[1], true), initialization(&[1.0, 2.0])]);
    let input = Value::from_slice([1], &[1.0_f32]).unwrap();
    let error = session.run(&[input]).unwrap_err().to_string();
    assert!(error.contains("holds float32 of shape [2]"), "{error}");
}

#[test]
fn a_variable_is_assigned_before_it_is_read() {
    for shape in [&[1][..], &[]] {
        let mut session = session(vec![running_sum(shape, false)]);
        let input = Value::from_slice([1], &[1.0_f32]).unwrap();
        let error = session.run(&[input]).unwrap_err().to_string();
        assert!(error.contains("read before it is assigned"), "{error}");
    }
}
