//! A float op by itself, with the inputs that the quantized op got.

use std::sync::Arc;

use demilite_core::{
    CompileError, Constant, DataType, Delegate, Graph, GraphParts, Model, Op, RunError, Session,
    Shape, Tensor, TensorId, Value,
};

use super::pairs::Pair;
use crate::layer::Layer;

/// Whose constants an op has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Constants {
    /// Those of the float model.
    Float,
    /// The reals that those of the quantized model stand for.
    Quantized,
}

/// A node of the float model as a model of its own.
pub(super) struct Twin {
    session: Session,
    /// The places of the inputs that are fed.
    pub(super) fed: Vec<usize>,
}

/// Why a node is not run by itself.
pub(super) enum NoTwin {
    /// For what it is.
    Op(&'static str),
    /// It does not compile.
    Compile(CompileError),
}

impl Twin {
    /// The float node of a pair, for inputs of these shapes by their places.
    pub(super) fn new(
        (float, quantized): (&Graph, &Graph),
        pair: Pair,
        constants: Constants,
        shape: &dyn Fn(usize) -> Option<Shape>,
        delegates: &[Arc<dyn Delegate>],
    ) -> Result<Self, NoTwin> {
        let node = float.node(pair.float);
        if !node.op.is_pure() {
            return Err(NoTwin::Op(
                "it calls graphs, keeps a state or draws numbers",
            ));
        }
        let mut parts = GraphParts::default();
        let mut fed = Vec::new();
        let mut inputs = Vec::new();
        for (place, own) in inputs_of(float, quantized, pair, constants)
            .into_iter()
            .enumerate()
        {
            let id = match own {
                Input::Absent => None,
                Input::Constant(tensor) => Some(parts.tensor(*tensor)),
                Input::Unknown => {
                    return Err(NoTwin::Op("its constants are of a type that is not read"));
                }
                Input::Fed(tensor) if tensor.is_variable => {
                    return Err(NoTwin::Op("it keeps a state"));
                }
                Input::Fed(tensor) => {
                    let shape = shape(place);
                    let shape = shape.ok_or(NoTwin::Op("an input of it is not shown"))?;
                    let id = parts.tensor(Tensor::new(tensor.name.clone(), tensor.dtype, shape));
                    fed.push(place);
                    parts.inputs.push(id);
                    Some(id)
                }
            };
            inputs.push(id);
        }
        let outputs = node
            .outputs
            .iter()
            .map(|&id| parts.tensor(float.tensor(id).clone()));
        parts.outputs = outputs.collect();
        let mut own = node.clone();
        own.inputs = inputs;
        own.outputs = parts.outputs.clone();
        own.intermediates.clear();
        own.debug_metadata_index = None;
        parts.nodes.push(own);
        let compile = |error| NoTwin::Compile(CompileError::Graph(error));
        let model = Model::from_graph(Graph::new(parts).map_err(compile)?);
        let builder = Session::builder(Arc::new(model)).delegates(delegates.iter().cloned());
        let session = builder.build().map_err(NoTwin::Compile)?;
        Ok(Twin { session, fed })
    }

    /// Runs it on the inputs that are fed.
    pub(super) fn run(&mut self, inputs: &[Value]) -> Result<Vec<Value>, RunError> {
        self.session.run(inputs)
    }
}

/// What a place among the inputs of a float op holds.
pub(super) enum Input<'a> {
    /// Nothing.
    Absent,
    /// A constant.
    Constant(Box<Tensor>),
    /// What an invocation computes; the tensor of the float model.
    Fed(&'a Tensor),
    /// A constant that cannot be read as reals.
    Unknown,
}

/// The inputs of the float op of a pair. With the constants of the quantized model it has a bias too where that has one.
pub(super) fn inputs_of<'a>(
    float: &'a Graph,
    quantized: &Graph,
    pair: Pair,
    constants: Constants,
) -> Vec<Input<'a>> {
    let (node, other) = (float.node(pair.float), quantized.node(pair.quantized));
    let places = match constants {
        Constants::Quantized if Layer::of(&node.op).is_some() => {
            node.inputs.len().max(other.inputs.len())
        }
        _ => node.inputs.len(),
    };
    let inputs = (0..places).map(|place| {
        let own = node.inputs.get(place).copied().flatten();
        let own = own.map(|id| float.tensor(id));
        let in_quantized = other.inputs.get(place).copied().flatten();
        match (own, constants) {
            (Some(tensor), _) if tensor.constant.is_none() => Input::Fed(tensor),
            (None, Constants::Float) => Input::Absent,
            (Some(tensor), Constants::Float) => Input::Constant(Box::new(tensor.clone())),
            // Shapes, axes and the like are the same in both.
            (Some(tensor), Constants::Quantized) if tensor.dtype != DataType::Float32 => {
                Input::Constant(Box::new(tensor.clone()))
            }
            (own, Constants::Quantized) => match in_quantized.map(|id| constant(quantized, id)) {
                None => Input::Absent,
                Some(None) => Input::Unknown,
                Some(Some((shape, reals))) => {
                    let name = own.map_or_else(String::new, |tensor| tensor.name.clone());
                    let bytes: Vec<u8> = reals.iter().flat_map(|real| real.to_le_bytes()).collect();
                    let tensor = Tensor::new(name, DataType::Float32, shape);
                    Input::Constant(Box::new(tensor.with_constant(Constant::copied(&bytes))))
                }
            },
        }
    });
    inputs.collect()
}

/// The reals that a constant stands for, behind a DEQUANTIZE too; none where they cannot be read.
pub(super) fn constant(graph: &Graph, id: TensorId) -> Option<(Shape, Vec<f32>)> {
    let mut id = id;
    if graph.tensor(id).constant.is_none() {
        let node = graph.node(graph.producer(id)?);
        match node.op {
            Op::Dequantize(_) => id = (*node.inputs.first()?)?,
            _ => return None,
        }
    }
    let tensor = graph.tensor(id);
    if tensor.blocks.is_some() {
        return None;
    }
    let value = tensor.constant_view()?.to_value();
    let reals = value.to_reals(tensor.quantization.as_ref()).ok()?;
    Some((tensor.shape.clone(), reals))
}
