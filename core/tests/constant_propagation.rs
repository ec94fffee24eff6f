//! Values that follow from shapes are constants before a graph is split.

mod toy;

use std::sync::Arc;

use demilite_core::op::{Op, Rank, ShapeOf};
use demilite_core::{DataType, Graph, Model, NodeId, Session, Shape, Tensor};

use toy::{Toy, relu, scalar};

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
