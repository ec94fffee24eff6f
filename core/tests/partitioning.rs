//! How graphs are split between delegates, and that the parts compute what the whole does.

mod toy;

use std::sync::Arc;

use demilite_core::op::{Densify, Dequantize};
use demilite_core::partition::partition;
use demilite_core::{
    CompileError, Constant, DataType, Delegate, Graph, GraphParts, Model, NodeId, Op,
    PartitionOptions, Plan, Reject, RunError, Session, Shape, SparseDimension, Sparsity, Tensor,
    TensorId, Value,
};
use toy::{Toy, add, graph, mul, relu, scalar};

/// `t6 = relu(t0 + t1) · relu(t0) + t1`, written so that RELU lies between the others.
fn diamond() -> Graph {
    graph(
        7,
        2,
        &[
            (add(), &[0, 1], 2),
            (relu(), &[2], 3),
            (relu(), &[0], 4),
            (mul(), &[3, 4], 5),
            (add(), &[5, 1], 6),
        ],
        &[6],
    )
}

fn delegates(preferred: &[&'static str]) -> Vec<Arc<dyn Delegate>> {
    vec![
        Arc::new(Toy::new("preferred", preferred)),
        Arc::new(Toy::new("last", &["ADD", "MUL", "RELU"])),
    ]
}

fn plan(graph: &Graph, preferred: &[&'static str], options: &PartitionOptions) -> Plan {
    let shapes = vec![Some(Shape::from([1])); graph.tensors().len()];
    partition(graph, &shapes, &delegates(preferred), options, &[]).expect("the last takes all")
}

fn nodes_of(plan: &Plan) -> Vec<(usize, Vec<usize>)> {
    let partitions = plan.partitions.iter();
    partitions
        .map(|each| (each.delegate, each.nodes.iter().map(|id| id.0).collect()))
        .collect()
}

#[test]
fn one_delegate_gets_one_partition() {
    let plan = plan(
        &diamond(),
        &["ADD", "MUL", "RELU"],
        &PartitionOptions::default(),
    );
    assert_eq!(nodes_of(&plan), [(0, vec![0, 1, 2, 3, 4])]);
    assert_eq!(plan.partitions[0].inputs, [TensorId(0), TensorId(1)]);
    assert_eq!(plan.partitions[0].outputs, [TensorId(6)]);
}

#[test]
fn partitions_are_convex_and_as_large_as_can_be() {
    let plan = plan(&diamond(), &["ADD", "MUL"], &PartitionOptions::default());
    // ADD, then both RELUs together, then MUL and ADD: joining the first and the last would put
    // the RELUs in a circle with them.
    assert_eq!(
        nodes_of(&plan),
        [(0, vec![0]), (1, vec![1, 2]), (0, vec![3, 4])]
    );
    assert_eq!(plan.partitions[1].outputs, [TensorId(3), TensorId(4)]);
    assert_eq!(
        plan.placements[1].rejections,
        [(0, Reject::unsupported("no RELU"))]
    );
    assert_eq!(plan.compute_nodes(0), 3);
}

#[test]
fn small_and_surplus_partitions_go_to_the_last() {
    let at_least_two = PartitionOptions::default().min_nodes_per_partition(2);
    let plan_of_two = plan(&diamond(), &["ADD", "MUL"], &at_least_two);
    assert_eq!(
        nodes_of(&plan_of_two),
        [(1, vec![0, 1, 2]), (0, vec![3, 4])]
    );
    assert!(matches!(
        plan_of_two.placements[0].rejections[..],
        [(0, Reject::NotWorthwhile(_))]
    ));
    let at_most_one = PartitionOptions::default().max_partitions(1);
    let plan_of_one = plan(&diamond(), &["ADD", "MUL"], &at_most_one);
    assert_eq!(nodes_of(&plan_of_one), nodes_of(&plan_of_two));
}

#[test]
fn lists_keep_ops_from_the_first() {
    let everything = &["ADD", "MUL", "RELU"];
    let deny = PartitionOptions::default().deny(["RELU"]);
    let denied = plan(&diamond(), everything, &deny);
    assert_eq!(denied.partitions.len(), 3);
    assert_eq!(
        denied.placements[1].rejections,
        [(0, Reject::Excluded("RELU is on the deny list".to_owned()))]
    );
    let allow = PartitionOptions::default().allow(["MUL"]);
    let allowed = plan(&diamond(), everything, &allow);
    assert_eq!(
        nodes_of(&allowed),
        [(1, vec![0, 1, 2]), (0, vec![3]), (1, vec![4])]
    );
}

#[test]
fn options_concern_the_first_of_three() {
    let all: Vec<Arc<dyn Delegate>> = ["first", "second", "last"]
        .into_iter()
        .map(|name| Arc::new(Toy::new(name, &["ADD", "MUL", "RELU"])) as Arc<dyn Delegate>)
        .collect();
    let graph = diamond();
    let shapes = vec![Some(Shape::from([1])); graph.tensors().len()];
    for options in [
        PartitionOptions::default().deny(["ADD", "MUL", "RELU"]),
        PartitionOptions::default().min_nodes_per_partition(6),
        PartitionOptions::default().max_partitions(0),
    ] {
        let plan = partition(&graph, &shapes, &all, &options, &[]).expect("the second takes all");
        assert_eq!(nodes_of(&plan), [(1, vec![0, 1, 2, 3, 4])]);
    }
}

#[test]
fn a_node_that_nobody_takes_is_named_with_every_reason() {
    let graph = diamond();
    let shapes = vec![Some(Shape::from([1])); graph.tensors().len()];
    let nobody: Vec<Arc<dyn Delegate>> = vec![
        Arc::new(Toy::new("first", &["ADD"])),
        Arc::new(Toy::new("second", &["ADD"])),
    ];
    let error = partition(&graph, &shapes, &nobody, &PartitionOptions::default(), &[]);
    assert_eq!(
        error.expect_err("RELU has no taker").to_string(),
        "no delegate runs node #1 (RELU): first: unsupported: no RELU; second: unsupported: no RELU"
    );
}

/// `t4 = t0 + DEQUANTIZE(DENSIFY(t1))`, where `t1` is a constant that is stored sparsely.
fn sparse() -> Graph {
    let mut parts = GraphParts::default();
    let tensor = |name: &str, dtype| Tensor::new(name, dtype, [1]);
    for (name, dtype) in [
        ("t0", DataType::Float32),
        ("t1", DataType::Float16),
        ("t2", DataType::Float16),
        ("t3", DataType::Float32),
        ("t4", DataType::Float32),
    ] {
        parts.tensor(tensor(name, dtype));
    }
    parts.tensors[1].constant = Some(Constant::copied(&[0, 0x3c]));
    parts.tensors[1].sparsity = Some(Sparsity {
        traversal_order: vec![0],
        block_map: Vec::new(),
        dimensions: vec![SparseDimension::Dense { size: 1 }],
    });
    parts.node(Op::Densify(Densify), [Some(TensorId(1))], [TensorId(2)]);
    parts.node(
        Op::Dequantize(Dequantize),
        [Some(TensorId(2))],
        [TensorId(3)],
    );
    parts.node(add(), [Some(TensorId(0)), Some(TensorId(3))], [TensorId(4)]);
    parts.inputs = vec![TensorId(0)];
    parts.outputs = vec![TensorId(4)];
    Graph::new(parts).expect("the test's graph is valid")
}

#[test]
fn what_reads_an_expansion_of_another_delegate_runs_after_it() {
    let graph = sparse();
    let shapes = vec![Some(Shape::from([1])); graph.tensors().len()];
    let delegates: [Arc<dyn Delegate>; 2] = [
        Arc::new(Toy::new("preferred", &["ADD", "DEQUANTIZE"])),
        Arc::new(Toy::new("last", &["ADD", "DENSIFY", "DEQUANTIZE"])),
    ];
    let plan = partition(
        &graph,
        &shapes,
        &delegates,
        &PartitionOptions::default(),
        &[],
    );
    let plan = plan.expect("the last takes all");
    assert_eq!(nodes_of(&plan), [(1, vec![0]), (0, vec![1, 2])]);
}

#[test]
fn every_split_computes_the_same() {
    let model = Arc::new(Model::from_graph(diamond()));
    for preferred in [
        &["ADD"][..],
        &["MUL"],
        &["RELU"],
        &["ADD", "RELU"],
        &["ADD", "MUL", "RELU"],
    ] {
        let mut session = Session::builder(Arc::clone(&model))
            .delegates(delegates(preferred))
            .keep(TensorId(3))
            .build()
            .expect("the last takes all");
        for (a, b) in [(1.0, 2.0), (-4.0, 3.0), (2.0, -5.0)] {
            let outputs = session.run(&[scalar(a), scalar(b)]).expect("it runs");
            let kept = f32::max(a + b, 0.0);
            let expected = kept * a.max(0.0) + b;
            assert_eq!(outputs[0].as_slice::<f32>().unwrap(), [expected]);
            let intermediate = session.kept(TensorId(3)).expect("it was kept");
            assert_eq!(intermediate.as_slice::<f32>().unwrap(), [kept]);
        }
    }
}

#[test]
fn sessions_run_in_several_threads_at_once() {
    let model = Arc::new(Model::from_graph(diamond()));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let mut session = Session::builder(Arc::clone(&model))
                .delegates(delegates(&["MUL"]))
                .build()
                .expect("the last takes all");
            scope.spawn(move || {
                for step in 0..100 {
                    let a = (thread * 100 + step) as f32;
                    let outputs = session.run(&[scalar(a), scalar(1.0)]).expect("it runs");
                    let expected = (a + 1.0) * a + 1.0;
                    assert_eq!(outputs[0].as_slice::<f32>().unwrap(), [expected]);
                }
            });
        }
    });
}

#[test]
fn wrong_inputs_are_named() {
    let model = Arc::new(Model::from_graph(diamond()));
    let build = |builder: demilite_core::SessionBuilder| builder.delegates(delegates(&[])).build();
    let mut session = build(Session::builder(Arc::clone(&model))).expect("it builds");
    assert!(matches!(
        session.run(&[scalar(1.0)]),
        Err(RunError::InputCount {
            expected: 2,
            actual: 1
        })
    ));
    let wide = Value::from_slice([2], &[1.0_f32, 2.0]).unwrap();
    let error = session.run(&[scalar(1.0), wide]).expect_err("two elements");
    assert_eq!(
        error.to_string(),
        "input 1 (\"t1\") takes float32 of shape [1], not float32 of shape [2]; resize the \
         session's input for another shape"
    );
    let beyond = Session::builder(Arc::clone(&model)).input_shape(2, [1]);
    assert!(matches!(
        build(beyond),
        Err(CompileError::Input { index: 2, .. })
    ));
    let too_large = Session::builder(model)
        .memory_limit(1 << 20)
        .input_shape(0, [1 << 20]);
    let error = build(too_large).expect_err("more than the limit");
    assert!(error.to_string().contains("memory limit"), "{error}");
}

#[test]
fn a_resize_that_fails_leaves_the_session_as_it_was() {
    let model = Arc::new(Model::from_graph(diamond()));
    let mut session = Session::builder(model)
        .delegates(delegates(&["ADD"]))
        .build()
        .expect("it builds");
    let mismatched = [(0, Shape::from([2])), (1, Shape::from([3]))];
    let error = session
        .resize_inputs(&mismatched)
        .expect_err("no broadcast");
    assert!(error.to_string().contains("node #0 (ADD)"), "{error}");
    assert!(session.run(&[scalar(1.0), scalar(2.0)]).is_ok());
    assert_eq!(
        session.plan().delegates_of(NodeId(0)).collect::<Vec<_>>(),
        [0]
    );
}

#[test]
fn a_graph_knows_who_writes_and_who_reads_each_tensor() {
    let nodes = [
        (add(), &[0, 1][..], 2),
        (mul(), &[2, 2], 3),
        (add(), &[2, 3], 4),
    ];
    let graph = graph(5, 2, &nodes, &[4]);
    let producers = (0..5).map(|tensor| graph.producer(TensorId(tensor)));
    let written = [
        None,
        None,
        Some(NodeId(0)),
        Some(NodeId(1)),
        Some(NodeId(2)),
    ];
    assert!(producers.eq(written));
    assert_eq!(graph.consumers(TensorId(2)), [NodeId(1), NodeId(2)]);
    assert_eq!(graph.consumers(TensorId(1)), [NodeId(0)]);
    assert!(graph.consumers(TensorId(4)).is_empty());
}
