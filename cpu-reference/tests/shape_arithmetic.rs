//! Graphs whose shapes follow from shapes, and graphs whose shapes follow from data.

use std::sync::Arc;

use demilite_core::op::{
    Gather, GatherNd, Pack, Range, Relu, Reshape, ShapeOf, StridedSlice, Where, relu::ReluKind,
};
use demilite_core::{
    CompileError, Compiled, Constant, DataType, Delegate, Graph, GraphParts, Model, NodeContext,
    NodeId, Op, Partition, Reject, Session, SessionBuilder, Shape, Tensor, TensorId, Value,
};
use demilite_cpu_reference::ReferenceDelegate;

/// Takes RELU and RESHAPE where the shape of the result is known, as a backend must that records its
/// work before it runs.
struct KnownShapes;

impl Delegate for KnownShapes {
    fn name(&self) -> &str {
        "known shapes"
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        let is_taken = matches!(node.op(), Op::Relu(_) | Op::Reshape(_));
        if is_taken && node.output_shape(0).is_some() {
            return Ok(());
        }
        Err(Reject::unsupported("another op or an unknown shape"))
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        ReferenceDelegate::default().compile(partition)
    }
}

fn builder(parts: GraphParts) -> SessionBuilder {
    let model = Model::from_graph(Graph::new(parts).unwrap());
    Session::builder(Arc::new(model))
}

fn tensor(parts: &mut GraphParts, dtype: DataType) -> TensorId {
    parts.tensor(Tensor::new("computed", dtype, Shape::SCALAR))
}

fn integers(parts: &mut GraphParts, shape: impl Into<Shape>, elements: &[i32]) -> TensorId {
    let bytes: Vec<u8> = elements.iter().flat_map(|v| v.to_le_bytes()).collect();
    let constant = Constant::copied(&bytes);
    parts.tensor(Tensor::new("integers", DataType::Int32, shape).with_constant(constant))
}

fn relu(parts: &mut GraphParts, input: TensorId) -> TensorId {
    let output = tensor(parts, DataType::Float32);
    let kind = ReluKind::Relu;
    parts.node(Op::Relu(Relu { kind }), [Some(input)], [output]);
    output
}

fn floats(shape: impl Into<Shape>) -> Value {
    let shape = shape.into();
    let elements: Vec<f32> = (0..shape.elements()).map(|i| i as f32 - 2.0).collect();
    Value::from_slice(shape, &elements).unwrap()
}

/// A tensor `[n,2,3]`, RELU, and a RESHAPE to `[n,6]` where `n` comes from the RELU's own SHAPE.
/// Also the tensor that holds the new shape.
fn flatten() -> (GraphParts, TensorId) {
    let mut parts = GraphParts::default();
    let input = parts.tensor(Tensor::new("input", DataType::Float32, [2, 2, 3]));
    let rectified = relu(&mut parts, input);
    let shape = tensor(&mut parts, DataType::Int32);
    let shape_of = ShapeOf {
        out_type: DataType::Int32,
    };
    parts.node(Op::ShapeOf(shape_of), [Some(rectified)], [shape]);
    let [zero, one] = [0, 1].map(|i| integers(&mut parts, [1], &[i]));
    let batch = tensor(&mut parts, DataType::Int32);
    let first = StridedSlice {
        begin_mask: 0,
        end_mask: 0,
        ellipsis_mask: 0,
        new_axis_mask: 0,
        shrink_axis_mask: 1,
        offset: false,
    };
    let entries = [shape, zero, one, one].map(Some);
    parts.node(Op::StridedSlice(first), entries, [batch]);
    let six = integers(&mut parts, Shape::SCALAR, &[6]);
    let new_shape = tensor(&mut parts, DataType::Int32);
    let pack = Pack {
        values_count: 2,
        axis: 0,
    };
    parts.node(Op::Pack(pack), [Some(batch), Some(six)], [new_shape]);
    let reshaped = tensor(&mut parts, DataType::Float32);
    let reshape = Op::Reshape(Reshape { new_shape: None });
    parts.node(reshape, [Some(rectified), Some(new_shape)], [reshaped]);
    let output = relu(&mut parts, reshaped);
    (parts.inputs, parts.outputs) = (vec![input], vec![output]);
    (parts, new_shape)
}

#[test]
fn shapes_that_follow_from_shapes_are_known_before() {
    let (parts, new_shape) = flatten();
    let mut session = builder(parts)
        .delegate(Arc::new(KnownShapes))
        .delegate(Arc::new(ReferenceDelegate::default()))
        .keep(new_shape)
        .build()
        .unwrap();
    assert!(session.shapes().iter().all(Option::is_some));
    let plan = session.plan();
    assert_eq!(plan.partitions.len(), 1);
    assert_eq!(plan.partitions[0].delegate, 0);
    assert_eq!(plan.partitions[0].nodes, [0, 4, 5].map(NodeId));
    assert!((1..4).all(|node| plan.placements[node].partitions.is_empty()));
    for batch in [2, 5] {
        session
            .resize_inputs(&[(0, Shape::from([batch, 2, 3]))])
            .unwrap();
        let output = &session.run(&[floats([batch, 2, 3])]).unwrap()[0];
        assert_eq!(*output.shape(), Shape::from([batch, 6]));
        assert_eq!(
            output.as_slice::<f32>().unwrap()[..5],
            [0.0, 0.0, 0.0, 1.0, 2.0]
        );
        let kept = session.kept(new_shape).unwrap();
        assert_eq!(kept.as_slice::<i32>().unwrap(), [batch as i32, 6]);
    }
}

#[test]
fn a_shape_can_be_an_output() {
    let (mut parts, new_shape) = flatten();
    parts.outputs.insert(0, new_shape);
    let mut session = builder(parts)
        .delegate(Arc::new(ReferenceDelegate::default()))
        .build()
        .unwrap();
    let outputs = session.run(&[floats([2, 2, 3])]).unwrap();
    assert_eq!(outputs[0].as_slice::<i32>().unwrap(), [2, 6]);
    assert_eq!(*outputs[1].shape(), Shape::from([2, 6]));
}

#[test]
fn shapes_that_follow_from_data_are_known_when_they_are_there() {
    let mut parts = GraphParts::default();
    let input = parts.tensor(Tensor::new("input", DataType::Float32, [2, 3]));
    let coordinates = tensor(&mut parts, DataType::Int64);
    parts.node(Op::Where(Where), [Some(input)], [coordinates]);
    let found = tensor(&mut parts, DataType::Float32);
    parts.node(
        Op::GatherNd(GatherNd),
        [Some(input), Some(coordinates)],
        [found],
    );
    let output = relu(&mut parts, found);
    (parts.inputs, parts.outputs) = (vec![input], vec![coordinates, output]);
    let mut session = builder(parts)
        .delegate(Arc::new(KnownShapes))
        .delegate(Arc::new(ReferenceDelegate::default()))
        .build()
        .unwrap();
    assert_eq!(session.shapes()[output.0], None);
    assert_eq!(session.plan().compute_nodes(0), 0);
    for (elements, coordinates, positive) in [
        (
            [0.0_f32, 1.5, 0.0, -2.0, 0.0, 3.0],
            vec![0, 1, 1, 0, 1, 2],
            vec![1.5, 0.0, 3.0],
        ),
        ([0.0, 0.0, 0.0, 0.0, 7.0, 0.0], vec![1, 1], vec![7.0]),
        ([0.0; 6], vec![], vec![]),
    ] {
        let value = Value::from_slice([2, 3], &elements).unwrap();
        let outputs = session.run(&[value]).unwrap();
        assert_eq!(*outputs[0].shape(), Shape::from([positive.len(), 2]));
        assert_eq!(outputs[0].as_slice::<i64>().unwrap(), coordinates);
        assert_eq!(outputs[1].as_slice::<f32>().unwrap(), positive);
    }
}

#[test]
fn ranges_end_where_data_says() {
    let mut parts = GraphParts::default();
    let limit = parts.tensor(Tensor::new("limit", DataType::Int32, Shape::SCALAR));
    let [zero, one] = [0, 1].map(|i| integers(&mut parts, Shape::SCALAR, &[i]));
    let range = tensor(&mut parts, DataType::Int32);
    parts.node(
        Op::Range(Range),
        [Some(zero), Some(limit), Some(one)],
        [range],
    );
    let table = integers(&mut parts, [4], &[7, 5, 3, 2]);
    let output = tensor(&mut parts, DataType::Int32);
    let gather = Gather {
        axis: 0,
        batch_dims: 0,
    };
    parts.node(Op::Gather(gather), [Some(table), Some(range)], [output]);
    (parts.inputs, parts.outputs) = (vec![limit], vec![output]);
    let mut session = builder(parts)
        .delegate(Arc::new(ReferenceDelegate::default()))
        .build()
        .unwrap();
    let mut run = |limit: i32| {
        let limit = Value::from_slice(Shape::SCALAR, &[limit]).unwrap();
        let outputs = session.run(&[limit]);
        outputs.map(|outputs| outputs[0].as_slice::<i32>().unwrap().to_vec())
    };
    assert_eq!(run(3).unwrap(), [7, 5, 3]);
    assert_eq!(run(1).unwrap(), [7]);
    assert_eq!(
        run(-1).unwrap_err().to_string(),
        "node #0 (RANGE): its step does not lead from its start to its limit"
    );
    assert_eq!(
        run(5).unwrap_err().to_string(),
        "node #1 (GATHER): index 4 is outside an extent of 4"
    );
    assert_eq!(run(4).unwrap(), [7, 5, 3, 2]);
}
