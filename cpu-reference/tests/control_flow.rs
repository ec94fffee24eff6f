//! Nodes that call other graphs, run by the interpreter over the reference kernels.

use std::collections::BTreeMap;
use std::sync::Arc;

use demilite_core::op::control_flow::{Composite, ControlFlow};
use demilite_core::op::{Activation, Add, Concatenation, comparison};
use demilite_core::{
    CompileError, Constant, DataType, Graph, GraphParts, Model, Observed, Op, RunError, Session,
    SessionBuilder, Shape, Signature, Tensor, TensorId, Value,
};
use demilite_cpu_reference::ReferenceDelegate;

fn floats(parts: &mut GraphParts, name: &str, shape: &[usize]) -> TensorId {
    parts.tensor(Tensor::new(name, DataType::Float32, shape.to_vec()))
}

fn constant(parts: &mut GraphParts, value: f32) -> TensorId {
    let tensor = Tensor::new("constant", DataType::Float32, [1]);
    parts.tensor(tensor.with_constant(Constant::copied(&value.to_le_bytes())))
}

fn add(parts: &mut GraphParts, left: TensorId, right: TensorId, sum: TensorId) {
    let op = Op::Add(Add {
        activation: Activation::None,
        pot_scale_int16: false,
    });
    parts.node(op, [Some(left), Some(right)], [sum]);
}

/// A graph from `[1]` to `[1]` that adds a constant.
fn adding(value: f32) -> Graph {
    let mut parts = GraphParts::default();
    let x = floats(&mut parts, "x", &[1]);
    let y = floats(&mut parts, "y", &[1]);
    let value = constant(&mut parts, value);
    add(&mut parts, x, value, y);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    Graph::new(parts).unwrap()
}

/// A graph with one node that takes `inputs` floats of shape `[1]` and gives as many.
fn calling(op: ControlFlow, inputs: usize, outputs: usize) -> Graph {
    let mut parts = GraphParts::default();
    let ids: Vec<TensorId> = (0..inputs).map(|_| floats(&mut parts, "a", &[1])).collect();
    let written: Vec<TensorId> = (0..outputs)
        .map(|_| floats(&mut parts, "b", &[1]))
        .collect();
    parts.node(
        Op::ControlFlow(op),
        ids.iter().copied().map(Some),
        written.clone(),
    );
    (parts.inputs, parts.outputs) = (ids, written);
    Graph::new(parts).unwrap()
}

fn builder(graphs: Vec<Graph>) -> SessionBuilder {
    let model = Arc::new(Model::from_graphs(graphs, Vec::new()));
    Session::builder(model).delegate(Arc::new(ReferenceDelegate::default()))
}

fn value(elements: &[f32]) -> Value {
    Value::from_slice([elements.len()], elements).unwrap()
}

/// The output, which a sibling of the session gives too.
fn only_output(session: &mut Session, inputs: &[Value]) -> Vec<f32> {
    let outputs = session.run(inputs).unwrap();
    let of_sibling = session.sibling().unwrap().run(inputs).unwrap();
    assert_eq!(of_sibling[0].bytes(), outputs[0].bytes());
    outputs[0].as_slice::<f32>().unwrap().to_vec()
}

/// Graph 1 of a loop: whether the first value is below a bound.
fn below(bound: f32, carried: usize) -> Graph {
    let mut parts = GraphParts::default();
    let inputs: Vec<TensorId> = (0..carried)
        .map(|_| floats(&mut parts, "value", &[1]))
        .collect();
    let bound = constant(&mut parts, bound);
    let verdict = parts.tensor(Tensor::new("below", DataType::Bool, [1]));
    let op = Op::Comparison(comparison::Comparison {
        kind: comparison::ComparisonKind::Less,
    });
    parts.node(op, [Some(inputs[0]), Some(bound)], [verdict]);
    (parts.inputs, parts.outputs) = (inputs, vec![verdict]);
    Graph::new(parts).unwrap()
}

#[test]
fn calls_run_their_graph() {
    let mut session = builder(vec![
        calling(ControlFlow::Call { graph: 1 }, 1, 1),
        adding(2.0),
    ])
    .build()
    .unwrap();
    assert_eq!(only_output(&mut session, &[value(&[5.0])]), [7.0]);
    let plan = session.plan();
    assert_eq!(plan.delegates, ["reference", "interpreter"]);
    assert_eq!(plan.partitions[0].delegate, 1);
    assert_eq!(plan.calls.len(), 1);
    assert_eq!(plan.calls[0].graph_index, 1);
    assert_eq!(plan.calls[0].plan.compute_nodes(0), 1);
}

#[test]
fn composites_run_their_decomposition_and_survive_a_file() {
    let composite = ControlFlow::Composite(Composite {
        name: "odml.add_two".to_owned(),
        decomposition: 1,
        attributes: vec![1, 2, 3],
        version: 4,
    });
    let graphs = vec![calling(composite.clone(), 1, 1), adding(2.0)];
    let bytes = Model::from_graphs(graphs, Vec::new()).to_bytes().unwrap();
    let model = Model::from_bytes(&bytes, "composite").unwrap();
    assert_eq!(model.graphs()[0].nodes()[0].op, Op::ControlFlow(composite));
    let builder =
        Session::builder(Arc::new(model)).delegate(Arc::new(ReferenceDelegate::default()));
    let mut session = builder.build().unwrap();
    assert_eq!(only_output(&mut session, &[value(&[5.0])]), [7.0]);
}

#[test]
fn branches_are_chosen_at_run_time() {
    let mut parts = GraphParts::default();
    let condition = parts.tensor(Tensor::new("condition", DataType::Bool, Shape::SCALAR));
    let x = floats(&mut parts, "x", &[1]);
    let y = floats(&mut parts, "y", &[1]);
    let op = ControlFlow::If {
        then_graph: 1,
        else_graph: 2,
    };
    parts.node(Op::ControlFlow(op), [Some(condition), Some(x)], [y]);
    (parts.inputs, parts.outputs) = (vec![condition, x], vec![y]);
    let main = Graph::new(parts).unwrap();
    let mut session = builder(vec![main, adding(1.0), adding(-1.0)])
        .build()
        .unwrap();
    let choose = |byte| Value::from_bytes(DataType::Bool, Shape::SCALAR, &[byte]).unwrap();
    let x = value(&[5.0]);
    assert_eq!(only_output(&mut session, &[choose(1), x.clone()]), [6.0]);
    assert_eq!(only_output(&mut session, &[choose(0), x]), [4.0]);
}

#[test]
fn loops_run_until_their_condition_fails() {
    let repeat = ControlFlow::While {
        condition: 1,
        body: 2,
    };
    let mut session = builder(vec![calling(repeat, 1, 1), below(10.0, 1), adding(3.0)])
        .build()
        .unwrap();
    assert_eq!(only_output(&mut session, &[value(&[0.0])]), [12.0]);
    assert_eq!(only_output(&mut session, &[value(&[11.0])]), [11.0]);
    assert_eq!(session.plan().calls.len(), 2);
    assert_eq!(session.shapes()[1].as_deref(), Some(&[1][..]));
}

#[test]
fn an_observer_sees_each_round_of_a_loop() {
    let repeat = ControlFlow::While {
        condition: 1,
        body: 2,
    };
    let mut session = builder(vec![calling(repeat, 1, 1), below(5.0, 1), adding(3.0)])
        .build()
        .unwrap();
    let mut seen = Vec::new();
    let mut observe = |observed: Observed<'_>| {
        let first = match observed.value.dtype() {
            DataType::Bool => f32::from(observed.value.bytes()[0]),
            _ => observed.value.as_slice::<f32>().unwrap()[0],
        };
        seen.push((observed.graph_index, observed.tensor.0, first));
    };
    let outputs = session.run_observed(&[value(&[0.0])], &mut observe);
    assert_eq!(outputs.unwrap()[0].as_slice::<f32>().unwrap(), [6.0]);
    let (input, output) = ((0, 0, 0.0), (0, 1, 6.0));
    let round = |at: f32| [(1, 0, at), (1, 2, 1.0), (2, 0, at), (2, 1, at + 3.0)];
    let last = [(1, 0, 6.0), (1, 2, 0.0)];
    let all = [input].into_iter().chain(round(0.0)).chain(round(3.0));
    assert_eq!(seen, all.chain(last).chain([output]).collect::<Vec<_>>());
}

/// A loop whose second value doubles its length in each round, and whose third stays.
fn growing(bound: f32) -> SessionBuilder {
    let repeat = ControlFlow::While {
        condition: 1,
        body: 2,
    };
    let mut parts = GraphParts::default();
    let count = floats(&mut parts, "count", &[1]);
    let list = floats(&mut parts, "list", &[1]);
    let step = floats(&mut parts, "step", &[1]);
    let next = floats(&mut parts, "next", &[1]);
    let longer = floats(&mut parts, "longer", &[2]);
    add(&mut parts, count, step, next);
    let concatenation = Concatenation {
        axis: 0,
        activation: Activation::None,
    };
    parts.node(
        Op::Concatenation(concatenation),
        [Some(list), Some(list)],
        [longer],
    );
    parts.inputs = vec![count, list, step];
    parts.outputs = vec![next, longer, step];
    let body = Graph::new(parts).unwrap();
    builder(vec![calling(repeat, 3, 3), below(bound, 3), body])
}

#[test]
fn loops_carry_shapes_that_change() {
    let mut session = growing(3.0).build().unwrap();
    assert_eq!(session.shapes()[4], None);
    assert_eq!(session.shapes()[5].as_deref(), Some(&[1][..]));
    for _ in 0..2 {
        let inputs = [value(&[0.0]), value(&[1.5]), value(&[1.0])];
        let outputs = session.run(&inputs).unwrap();
        assert_eq!(outputs[0].as_slice::<f32>().unwrap(), [3.0]);
        assert_eq!(outputs[1].as_slice::<f32>().unwrap(), [1.5; 8]);
        assert_eq!(outputs[2].as_slice::<f32>().unwrap(), [1.0]);
    }
}

#[test]
fn a_loop_that_grows_without_end_meets_the_memory_limit() {
    let mut session = growing(f32::INFINITY).memory_limit(4096).build().unwrap();
    let inputs = [value(&[0.0]), value(&[1.5]), value(&[1.0])];
    let error = session.run(&inputs).unwrap_err();
    assert!(
        error.to_string().contains("memory limit of 4096"),
        "{error}"
    );
}

#[test]
fn a_loop_without_end_meets_the_limit_of_rounds() {
    let repeat = ControlFlow::While {
        condition: 1,
        body: 2,
    };
    let graphs = || vec![calling(repeat.clone(), 1, 1), below(10.5, 1), adding(1.0)];
    let run = |rounds: u64| {
        let mut session = builder(graphs()).round_limit(rounds).build().unwrap();
        // A second invocation has as many rounds as the first.
        session.run(&[value(&[10.0])]).unwrap();
        session.run(&[value(&[0.0])])
    };
    assert_eq!(run(11).unwrap()[0].as_slice::<f32>().unwrap(), [11.0]);
    let error = run(10).unwrap_err().to_string();
    assert!(
        error.contains("more rounds than the session's limit"),
        "{error}"
    );
}

#[test]
fn graphs_that_call_themselves_are_refused() {
    let this = ControlFlow::Call { graph: 0 };
    let there = ControlFlow::Call { graph: 1 };
    for graphs in [
        vec![calling(this.clone(), 1, 1)],
        vec![calling(there, 1, 1), calling(this, 1, 1)],
    ] {
        let error = builder(graphs).build().err().unwrap();
        assert!(error.to_string().contains("from within itself"), "{error}");
    }
}

#[test]
fn deep_and_wide_nests_are_refused() {
    let nest = |calls: usize, depth: usize| {
        let call = |graph: usize| {
            let mut parts = GraphParts::default();
            let mut last = floats(&mut parts, "x", &[1]);
            parts.inputs = vec![last];
            for _ in 0..calls {
                let next = floats(&mut parts, "y", &[1]);
                let op = Op::ControlFlow(ControlFlow::Call { graph });
                parts.node(op, [Some(last)], [next]);
                last = next;
            }
            parts.outputs = vec![last];
            Graph::new(parts).unwrap()
        };
        let mut graphs: Vec<Graph> = (1..=depth).map(call).collect();
        graphs.push(adding(1.0));
        builder(graphs).build().err().unwrap().to_string()
    };
    assert!(nest(1, 1000).contains("a call within 32 calls"));
    // Each call stands for hundreds: 256³ and more graphs in all.
    assert!(nest(256, 4).contains("tensors and nodes"));
}

#[test]
fn graphs_that_do_not_fit_their_calls_are_refused() {
    let call = |graph| ControlFlow::Call { graph };
    let refused = |graphs: Vec<Graph>, reason: &str| {
        let error = builder(graphs).build().err().unwrap();
        assert!(matches!(error, CompileError::Graph(_)), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    };
    refused(vec![calling(call(7), 1, 1)], "calls graph 7");
    refused(
        vec![calling(call(1), 2, 1), adding(1.0)],
        "inputs of the graph",
    );
    refused(
        vec![calling(call(1), 1, 2), adding(1.0)],
        "outputs of the graph",
    );
    // The condition gives a float, and the body has lost a value.
    let repeat = |condition, body| ControlFlow::While { condition, body };
    refused(
        vec![calling(repeat(1, 1), 1, 1), adding(1.0)],
        "one bool is needed",
    );
    refused(
        vec![calling(repeat(1, 2), 2, 2), below(1.0, 2), adding(1.0)],
        "of the graph",
    );
    let once = ControlFlow::CallOnce { graph: 1 };
    refused(vec![calling(once, 0, 0), adding(1.0)], "of the graph");
    let choice = ControlFlow::If {
        then_graph: 1,
        else_graph: 1,
    };
    refused(
        vec![calling(choice, 2, 1), adding(1.0)],
        "one bool is needed",
    );
}

#[test]
fn signatures_name_inputs_and_outputs() {
    let signature = |key: &str, graph_index| Signature {
        key: key.to_owned(),
        graph_index,
        inputs: vec![("given".to_owned(), TensorId(0))],
        outputs: vec![("sum".to_owned(), TensorId(1))],
    };
    let signatures = vec![
        signature("one", 0),
        signature("two", 1),
        signature("bad", 2),
    ];
    let bad = {
        let mut parts = GraphParts::default();
        let x = floats(&mut parts, "x", &[1]);
        floats(&mut parts, "unused", &[1]);
        (parts.inputs, parts.outputs) = (vec![x], vec![x]);
        Graph::new(parts).unwrap()
    };
    let graphs = vec![adding(1.0), adding(2.0), bad];
    let model = Arc::new(Model::from_graphs(graphs, signatures));
    let builder =
        || Session::builder(Arc::clone(&model)).delegate(Arc::new(ReferenceDelegate::default()));
    let mut session = builder().signature("two").build().unwrap();
    assert_eq!(session.input_names(), ["given"]);
    let feed = |name: &str| BTreeMap::from([(name.to_owned(), value(&[5.0]))]);
    let outputs = session.run_named(feed("given")).unwrap();
    assert_eq!(outputs["sum"].as_slice::<f32>().unwrap(), [7.0]);

    let error = session.run_named(feed("other")).unwrap_err();
    assert!(matches!(error, RunError::InputName { .. }));
    assert_eq!(
        error.to_string(),
        "input \"given\" is missing; the inputs are \"given\""
    );
    let error = builder().signature("three").build().err().unwrap();
    assert_eq!(
        error.to_string(),
        "the model has no signature \"three\"; it has \"one\", \"two\", \"bad\""
    );
    let error = builder().signature("bad").build().err().unwrap();
    assert!(error.to_string().contains("calls \"sum\""), "{error}");
}
