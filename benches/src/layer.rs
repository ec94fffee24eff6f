//! Single layers of whole models.

use demilite_core::graph::infer_shapes;
use demilite_core::{Graph, GraphParts, Model, NodeContext, NodeId, Op, Shape, Work};

/// What a layer computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// FULLY_CONNECTED, or CONV_2D with a filter of one element: a matrix product.
    Product,
    /// CONV_2D with a larger filter.
    Convolution,
    /// DEPTHWISE_CONV_2D.
    Depthwise,
    /// SOFTMAX.
    Softmax,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 4] = [
        Kind::Product,
        Kind::Convolution,
        Kind::Depthwise,
        Kind::Softmax,
    ];

    /// The name of the group of benchmarks.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Product => "matrix product",
            Kind::Convolution => "convolution",
            Kind::Depthwise => "depthwise convolution",
            Kind::Softmax => "softmax",
        }
    }

    fn is_of(self, node: &NodeContext<'_>) -> bool {
        match node.op() {
            Op::FullyConnected(_) => self == Kind::Product,
            Op::Conv2d(_) => {
                let is_product = node.shape(1).is_ok_and(|filter| filter[1] * filter[2] == 1);
                self == if is_product {
                    Kind::Product
                } else {
                    Kind::Convolution
                }
            }
            Op::DepthwiseConv2d(_) => self == Kind::Depthwise,
            Op::Softmax(_) => self == Kind::Softmax,
            _ => false,
        }
    }
}

/// A layer as a model of its own.
#[derive(Debug)]
pub struct Layer {
    /// Its place in the model that it comes from, such as `CONV_2D #60`.
    pub name: String,
    /// The layer, with its constants, between an input and an output.
    pub model: Model,
    /// What it has to do.
    pub work: Work,
}

impl Layer {
    /// The layer of this kind with the most work in the first graph of `model`, if there is one.
    ///
    /// # Panics
    /// Where the model's own shapes do not work out.
    pub fn heaviest(model: &Model, kind: Kind) -> Option<Self> {
        let graph = &model.graphs()[0];
        let inputs = graph.inputs().iter().map(|&id| graph.tensor(id));
        let inputs: Vec<Shape> = inputs.map(|tensor| tensor.shape.clone()).collect();
        let shapes = infer_shapes(graph, &inputs).unwrap_or_else(|error| panic!("{error}"));
        let nodes = graph.node_ids().filter_map(|id| {
            let node = NodeContext::new(graph, id, &shapes);
            kind.is_of(&node).then(|| Some((id, node.work().ok()?)))?
        });
        let (id, work) = nodes.max_by_key(|(_, work)| (work.multiply_adds, work.bytes))?;
        let name = format!("{} {id}", graph.node(id).op.name());
        let model = Model::from_graph(alone(graph, id, &shapes));
        Some(Layer { name, model, work })
    }
}

/// A graph of one node, and of those that expand its constants.
fn alone(graph: &Graph, id: NodeId, shapes: &[Option<Shape>]) -> Graph {
    let mut parts = graph.clone().into_parts();
    for (tensor, shape) in std::iter::zip(&mut parts.tensors, shapes) {
        tensor.shape = shape.clone().unwrap_or_else(|| tensor.shape.clone());
    }
    let (mut nodes, mut fed) = (Vec::new(), Vec::new());
    for &input in graph.node(id).inputs.iter().flatten() {
        match graph.producer(input) {
            Some(producer) if is_expansion(graph, producer) => {
                nodes.push(graph.node(producer).clone());
            }
            _ if graph.tensor(input).constant.is_none() => fed.push(input),
            _ => {}
        }
    }
    nodes.push(graph.node(id).clone());
    let parts = GraphParts {
        outputs: graph.node(id).outputs.clone(),
        inputs: fed,
        nodes,
        ..parts
    };
    Graph::new(parts).unwrap_or_else(|error| panic!("{error}"))
}

fn is_expansion(graph: &Graph, node: NodeId) -> bool {
    let node = graph.node(node);
    let mut inputs = node.inputs.iter().flatten();
    inputs.all(|&input| graph.tensor(input).constant.is_some())
}
