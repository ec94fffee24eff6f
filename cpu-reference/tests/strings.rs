//! Strings from one graph to another, tables that CALL_ONCE fills, and bytes that are not strings.

use std::sync::Arc;

use demilite_core::op::control_flow::ControlFlow;
use demilite_core::op::{
    Gather, Hashtable, HashtableFind, HashtableImport, Reshape, Tile, comparison::ComparisonKind,
};
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, Op, Session, SessionBuilder, Tensor, TensorId,
    Value, op,
};
use demilite_cpu_reference::ReferenceDelegate;

fn tensor(parts: &mut GraphParts, dtype: DataType, extents: &[usize]) -> TensorId {
    parts.tensor(Tensor::new("x", dtype, extents.to_vec()))
}

fn constant(parts: &mut GraphParts, value: &Value) -> TensorId {
    let tensor = Tensor::new("c", value.dtype(), value.shape().clone());
    parts.tensor(tensor.with_constant(Constant::copied(value.bytes())))
}

fn builder(graphs: Vec<Graph>) -> SessionBuilder {
    let model = Arc::new(Model::from_graphs(graphs, Vec::new()));
    Session::builder(model).delegate(Arc::new(ReferenceDelegate::default()))
}

fn table(parts: &mut GraphParts) -> TensorId {
    let handle = tensor(parts, DataType::Resource, &[1]);
    let op = Op::Hashtable(Hashtable {
        table_id: 3,
        keys: DataType::String,
        values: DataType::Int64,
    });
    parts.node(op, [], [handle]);
    handle
}

/// Looks strings up in a table that graph 1 fills, which is called once, if it is.
fn lookup(is_filled: bool) -> Vec<Graph> {
    let mut parts = GraphParts::default();
    let keys = tensor(&mut parts, DataType::String, &[2]);
    if is_filled {
        let once = ControlFlow::CallOnce { graph: 1 };
        parts.node(Op::ControlFlow(once), [], []);
    }
    let handle = table(&mut parts);
    let default = constant(&mut parts, &Value::from_slice([1], &[-1_i64]).unwrap());
    let found = tensor(&mut parts, DataType::Int64, &[2]);
    let inputs = [handle, keys, default].map(Some);
    parts.node(Op::HashtableFind(HashtableFind), inputs, [found]);
    (parts.inputs, parts.outputs) = (vec![keys], vec![found]);

    let mut filling = GraphParts::default();
    let handle = table(&mut filling);
    let keys = constant(
        &mut filling,
        &Value::from_strings([2], ["a", "bb"]).unwrap(),
    );
    let values = constant(&mut filling, &Value::from_slice([2], &[1_i64, 2]).unwrap());
    let inputs = [handle, keys, values].map(Some);
    filling.node(Op::HashtableImport(HashtableImport), inputs, []);
    [parts, filling]
        .map(|parts| Graph::new(parts).unwrap())
        .into()
}

#[test]
fn a_table_is_filled_once_and_asked_again_and_again() {
    let mut session = builder(lookup(true)).build().unwrap();
    for (keys, values) in [(["bb", "zz"], [2, -1]), (["a", "a"], [1, 1])] {
        let keys = Value::from_strings([2], keys).unwrap();
        let found = session.run(&[keys]).unwrap();
        assert_eq!(found[0].as_slice::<i64>().unwrap(), values);
    }
    session.reset_state();
    let keys = Value::from_strings([2], ["a", ""]).unwrap();
    let found = session.run(&[keys]).unwrap();
    assert_eq!(found[0].as_slice::<i64>().unwrap(), [1, -1]);
}

#[test]
fn a_table_is_filled_before_it_is_asked() {
    let mut session = builder(lookup(false)).build().unwrap();
    let keys = Value::from_strings([2], ["a", "b"]).unwrap();
    let error = session.run(&[keys]).unwrap_err().to_string();
    assert!(error.contains("read before it is filled"), "{error}");
}

/// Graphs of one node over strings.
fn nodes() -> Vec<Graph> {
    let mut graphs = Vec::new();
    let mut add = |op: Op, numbers: Option<Value>, dtype: DataType, extents: &[usize]| {
        let mut parts = GraphParts::default();
        let strings = tensor(&mut parts, DataType::String, &[3]);
        let mut inputs = vec![Some(strings)];
        match numbers {
            Some(numbers) => inputs.push(Some(constant(&mut parts, &numbers))),
            None => inputs.push(Some(strings)),
        }
        let output = tensor(&mut parts, dtype, extents);
        parts.node(op, inputs, [output]);
        (parts.inputs, parts.outputs) = (vec![strings], vec![output]);
        graphs.push(Graph::new(parts).unwrap());
    };
    let numbers = |elements: &[i32]| Some(Value::from_slice([elements.len()], elements).unwrap());
    let gather = Op::Gather(Gather {
        axis: 0,
        batch_dims: 0,
    });
    add(gather, numbers(&[2, 0]), DataType::String, &[2]);
    let reshape = Op::Reshape(Reshape { new_shape: None });
    add(reshape, numbers(&[3, 1]), DataType::String, &[3, 1]);
    add(
        Op::Tile(Tile),
        numbers(&[100_000]),
        DataType::String,
        &[300_000],
    );
    let equal = Op::Comparison(op::Comparison {
        kind: ComparisonKind::Equal,
    });
    add(equal, None, DataType::Bool, &[3]);
    graphs
}

#[test]
fn bytes_that_are_no_strings_are_an_error() {
    let good = Value::from_strings([3], ["one", "", "three"]).unwrap();
    for graph in nodes() {
        let mut session = builder(vec![graph]).build().unwrap();
        session.run(std::slice::from_ref(&good)).unwrap();
        for length in 0..good.bytes().len() {
            let cut = Value::from_bytes(DataType::String, [3], &good.bytes()[..length]).unwrap();
            let error = session.run(&[cut]).unwrap_err().to_string();
            assert!(error.contains("strings of shape [3] is damaged"), "{error}");
        }
        for place in 0..good.bytes().len() {
            let mut bytes = good.bytes().to_vec();
            bytes[place] ^= 0x81;
            let damaged = Value::from_bytes(DataType::String, [3], &bytes).unwrap();
            // Whatever it says, it does not panic.
            let _ = session.run(&[damaged]);
        }
    }
}

#[test]
fn strings_keep_to_the_memory_limit() {
    let graph = nodes().remove(2);
    let long = Value::from_strings([3], ["x".repeat(1000), String::new(), String::new()]).unwrap();
    let mut session = builder(vec![graph])
        .memory_limit(2_000_000)
        .build()
        .unwrap();
    let error = session.run(&[long]).unwrap_err().to_string();
    assert!(error.contains("memory limit of 2000000 bytes"), "{error}");
}

#[test]
fn strings_go_into_and_out_of_graphs_that_are_called() {
    let mut called = GraphParts::default();
    let strings = tensor(&mut called, DataType::String, &[3]);
    let chosen = tensor(&mut called, DataType::String, &[2]);
    let places = constant(&mut called, &Value::from_slice([2], &[2, 2]).unwrap());
    let gather = Op::Gather(Gather {
        axis: 0,
        batch_dims: 0,
    });
    called.node(gather, [Some(strings), Some(places)], [chosen]);
    (called.inputs, called.outputs) = (vec![strings], vec![chosen]);
    let mut parts = GraphParts::default();
    let fed = tensor(&mut parts, DataType::String, &[3]);
    let given = tensor(&mut parts, DataType::String, &[2]);
    let call = Op::ControlFlow(ControlFlow::Call { graph: 1 });
    parts.node(call, [Some(fed)], [given]);
    (parts.inputs, parts.outputs) = (vec![fed], vec![given]);
    let graphs = [parts, called].map(|parts| Graph::new(parts).unwrap());
    let mut session = builder(graphs.into()).build().unwrap();
    for third in ["c", "longer than before", ""] {
        let strings = Value::from_strings([3], ["a", "b", third]).unwrap();
        let outputs = session.run(&[strings]).unwrap();
        let found: Vec<&[u8]> = outputs[0].strings().unwrap().iter().collect();
        assert_eq!(found, [third.as_bytes(); 2]);
    }
}
