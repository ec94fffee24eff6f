//! Small models whose graphs call each other, hold state and have signatures, and models of custom ops.

use demilite_core::op::control_flow::{Composite, ControlFlow};
use demilite_core::op::{Activation, Add, CustomOp, comparison};
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, Op, Shape, Signature, Tensor, TensorId,
};

use super::sound_custom_ops::{input_type, output_type, sound_nodes};

/// Files of calls by name.
pub(crate) fn calling_models() -> Vec<(String, Vec<u8>)> {
    let models = [
        ("call", calling(ControlFlow::Call { graph: 1 }, &[FLOAT], 1)),
        (
            "composite",
            calling(
                ControlFlow::Composite(Composite {
                    name: "odml.add_one".to_owned(),
                    decomposition: 1,
                    attributes: vec![1, 2, 3],
                    version: 1,
                }),
                &[FLOAT],
                1,
            ),
        ),
        (
            "if",
            calling(
                ControlFlow::If {
                    then_graph: 1,
                    else_graph: 3,
                },
                &[DataType::Bool, FLOAT],
                1,
            ),
        ),
        (
            "while",
            calling(
                ControlFlow::While {
                    condition: 2,
                    body: 1,
                },
                &[FLOAT],
                1,
            ),
        ),
    ];
    let file = |graph: Graph| {
        let signature = |key: &str, graph_index: usize, graph: &Graph| Signature {
            key: key.to_owned(),
            graph_index,
            inputs: named("in", graph.inputs()),
            outputs: named("out", graph.outputs()),
        };
        let graphs = vec![graph, adding(1.0), below(3.5), adding(2.0)];
        let signatures = vec![
            signature("serving_default", 0, &graphs[0]),
            signature("add_one", 1, &graphs[1]),
        ];
        let model = Model::from_graphs(graphs, signatures);
        model.to_bytes().expect("the format holds it")
    };
    models
        .map(|(name, graph)| (name.to_owned(), file(graph)))
        .into()
}

/// Files of one custom op each by name.
pub(crate) fn custom_models() -> Vec<(String, Vec<u8>)> {
    let nodes = sound_nodes().into_iter().enumerate();
    nodes
        .map(|(index, node)| {
            let model = custom_model(index, node.options);
            let bytes = model.to_bytes().expect("the format holds it");
            (format!("custom/{index}/{}", node.name), bytes)
        })
        .collect()
}

/// A model of the custom op with this place among the sound ones, with these options.
pub(crate) fn custom_model(index: usize, options: Vec<u8>) -> Model {
    let nodes = sound_nodes();
    let node = &nodes[index % nodes.len()];
    let mut parts = GraphParts::default();
    for (input, shape) in node.inputs.iter().enumerate() {
        let dtype = input_type(node.name, input);
        let id = parts.tensor(Tensor::new("input", dtype, Shape::new(*shape)));
        parts.inputs.push(id);
    }
    for _ in 0..node.outputs {
        let id = parts.tensor(Tensor::new("output", output_type(node.name), [1]));
        parts.outputs.push(id);
    }
    let op = CustomOp {
        name: node.name.to_owned(),
        options,
    };
    let (inputs, outputs) = (parts.inputs.clone(), parts.outputs.clone());
    parts.node(Op::Custom(op), inputs.into_iter().map(Some), outputs);
    parts.nodes[0].version = node.version;
    Model::from_graph(Graph::new(parts).expect("it is sound"))
}

const FLOAT: DataType = DataType::Float32;

fn named(prefix: &str, tensors: &[TensorId]) -> Vec<(String, TensorId)> {
    let tensors = tensors.iter().enumerate();
    tensors
        .map(|(index, &id)| (format!("{prefix}{index}"), id))
        .collect()
}

fn constant(parts: &mut GraphParts, value: f32) -> TensorId {
    let tensor = Tensor::new("constant", FLOAT, [1]);
    parts.tensor(tensor.with_constant(Constant::copied(&value.to_le_bytes())))
}

/// A graph with one node that takes values of these types and gives floats.
fn calling(op: ControlFlow, inputs: &[DataType], outputs: usize) -> Graph {
    let mut parts = GraphParts::default();
    for &dtype in inputs {
        let id = parts.tensor(Tensor::new("input", dtype, [1]));
        parts.inputs.push(id);
    }
    for _ in 0..outputs {
        let id = parts.tensor(Tensor::new("output", FLOAT, [1]));
        parts.outputs.push(id);
    }
    let (inputs, outputs) = (parts.inputs.clone(), parts.outputs.clone());
    parts.node(Op::ControlFlow(op), inputs.into_iter().map(Some), outputs);
    Graph::new(parts).expect("it is sound")
}

/// A graph from one float to that float and `value`.
fn adding(value: f32) -> Graph {
    let mut parts = GraphParts::default();
    let x = parts.tensor(Tensor::new("x", FLOAT, [1]));
    let y = parts.tensor(Tensor::new("y", FLOAT, [1]));
    let value = constant(&mut parts, value);
    let op = Op::Add(Add {
        activation: Activation::None,
        pot_scale_int16: false,
    });
    parts.node(op, [Some(x), Some(value)], [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    Graph::new(parts).expect("it is sound")
}

/// A graph from one float to whether it is below `bound`.
fn below(bound: f32) -> Graph {
    let mut parts = GraphParts::default();
    let x = parts.tensor(Tensor::new("x", FLOAT, [1]));
    let is_below = parts.tensor(Tensor::new("is_below", DataType::Bool, [1]));
    let bound = constant(&mut parts, bound);
    let op = Op::Comparison(comparison::Comparison {
        kind: comparison::ComparisonKind::Less,
    });
    parts.node(op, [Some(x), Some(bound)], [is_below]);
    (parts.inputs, parts.outputs) = (vec![x], vec![is_below]);
    Graph::new(parts).expect("it is sound")
}
