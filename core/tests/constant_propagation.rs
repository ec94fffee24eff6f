//! Values that follow from shapes are constants before a graph is split.

mod toy;

use std::sync::{Arc, Mutex};

use demilite_core::op::{Op, Rank, ShapeOf};
use demilite_core::{
    CompileError, Compiled, DataType, Delegate, Graph, Model, NodeContext, NodeId, Partition,
    Reject, Session, Shape, Tensor,
};

use toy::{Toy, add, relu, scalar};

#[test]
fn shapes_need_no_delegate() {
    let mut parts = toy::graph(2, 1, &[(relu(), &[0], 1)], &[1]).into_parts();
    let [extents, rank] = ["extents", "rank"]
        .map(|name| parts.tensor(Tensor::new(name, DataType::Int32, Shape::SCALAR)));
    let shape_of = ShapeOf {
        out_type: DataType::Int32,
    };
    let rectified = parts.outputs[0];
    parts.node(Op::ShapeOf(shape_of), [Some(rectified)], [extents]);
    parts.node(Op::Rank(Rank), [Some(rectified)], [rank]);
    parts.outputs.extend([extents, rank]);
    let model = Model::from_graph(Graph::new(parts).unwrap());
    let mut session = Session::builder(Arc::new(model))
        .delegate(Arc::new(Toy::new("toy", &["RELU"])))
        .build()
        .unwrap();
    assert_eq!(session.plan().partitions.len(), 1);
    assert_eq!(session.plan().partitions[0].nodes, [NodeId(0)]);
    assert_eq!(session.plan().compute_nodes(0), 1);
    let outputs = session.run(&[scalar(-3.0)]).unwrap();
    assert_eq!(outputs[1].as_slice::<i32>().unwrap(), [1]);
    assert_eq!(outputs[2].as_slice::<i32>().unwrap(), [1]);
    assert_eq!(*outputs[2].shape(), Shape::SCALAR);
}

/// A delegate that notes the graphs of the partitions that it compiles.
struct Noting {
    toy: Toy,
    graphs: Mutex<Vec<Arc<Graph>>>,
}

impl Delegate for Noting {
    fn name(&self) -> &str {
        self.toy.name()
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        self.toy.supports(node)
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        let mut graphs = self.graphs.lock().unwrap();
        graphs.push(Arc::clone(partition.graph()));
        self.toy.compile(partition)
    }
}

/// The graphs that the partitions of a session and of its sibling are of: RELU, ADD and RELU, each beside nodes of another delegate.
fn graphs_of(graph: Graph) -> (Arc<Model>, Vec<Arc<Graph>>) {
    let noting = |ops| {
        let (toy, graphs) = (Toy::new("toy", ops), Mutex::default());
        Arc::new(Noting { toy, graphs })
    };
    let (first, second) = (noting(&["RELU"]), noting(&["ADD"]));
    let model = Arc::new(Model::from_graph(graph));
    let session = Session::builder(Arc::clone(&model))
        .delegate(first.clone())
        .delegate(second.clone())
        .build()
        .unwrap();
    assert_eq!(session.plan().partitions.len(), 3);
    session.sibling().unwrap();
    let graphs = [first, second].map(|noting| noting.graphs.lock().unwrap().clone());
    (model, graphs.concat())
}

#[test]
fn partitions_share_the_graph_of_the_model_where_nothing_is_worked_out() {
    let nodes = [
        (relu(), &[0][..], 1),
        (add(), &[1, 1], 2),
        (relu(), &[2], 3),
    ];
    let (model, graphs) = graphs_of(toy::graph(4, 1, &nodes, &[3]));
    assert_eq!(graphs.len(), 3);
    for graph in &graphs {
        assert!(Arc::ptr_eq(graph, &model.graphs()[0]));
    }
}

#[test]
fn partitions_share_one_graph_with_what_was_worked_out() {
    let nodes = [
        (relu(), &[0][..], 1),
        (add(), &[1, 1], 2),
        (relu(), &[2], 3),
    ];
    let mut parts = toy::graph(4, 1, &nodes, &[3]).into_parts();
    let rank = parts.tensor(Tensor::new("rank", DataType::Int32, Shape::SCALAR));
    let node = parts.node(Op::Rank(Rank), [Some(parts.outputs[0])], [rank]);
    parts.outputs.push(rank);
    let (model, graphs) = graphs_of(Graph::new(parts).unwrap());
    let stated = &model.graphs()[0];
    for graph in &graphs {
        assert!(Arc::ptr_eq(graph, &graphs[0]));
        assert!(graph.is_precomputed(node) && !stated.is_precomputed(node));
    }
}
