//! The same model with what rounding does to it made visible.

use std::collections::{HashMap, HashSet};

use demilite_core::graph::infer_shapes;
use demilite_core::op::{Activation, Cast, Mul};
use demilite_core::partition::is_constant_expansion;
use demilite_core::{
    ActivationType, Constant, DataType, Graph, GraphError, GraphParts, Model, Node, NodeId, Op,
    Shape, Tensor, TensorId,
};

use super::tolerance::terms;
use crate::accuracy::Accuracy;
use crate::float_bound::FLOAT32_ROUNDOFF;
use crate::random::Random;

/// How many times as far as float32 rounds each node's results are moved in [`moved_twin`], so that its own roundings are small
/// beside that.
pub const MAGNIFICATION: f64 = 256.0;

/// Whether a node computes floats: what it writes is not a plain copy, nor integers turned into reals one by one.
fn computes_floats(graph: &Graph, id: NodeId) -> bool {
    let node = graph.node(id);
    let is_border = matches!(
        node.op,
        Op::Quantize(_) | Op::Dequantize(_) | Op::ControlFlow(_)
    );
    let is_float = |id: &TensorId| graph.tensor(*id).dtype == DataType::Float32;
    !is_border && !is_constant_expansion(graph, id) && node.outputs.iter().any(is_float)
}

/// A graph in the making, from the nodes of another with others between them.
struct Rewriting<'a> {
    graph: &'a Graph,
    parts: GraphParts,
    nodes: Vec<Node>,
}

impl<'a> Rewriting<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut parts = graph.clone().into_parts();
        let nodes = std::mem::take(&mut parts.nodes);
        Rewriting {
            graph,
            nodes: Vec::with_capacity(nodes.len()),
            parts,
        }
    }

    /// Another tensor of the type and shape of one.
    fn like(&mut self, id: TensorId, dtype: DataType) -> TensorId {
        let tensor = self.parts.tensors[id.0].clone();
        self.parts.tensor(Tensor {
            name: format!("{}, before it is rounded", tensor.name),
            dtype,
            quantization: None,
            blocks: None,
            constant: None,
            sparsity: None,
            ..tensor
        })
    }

    fn push(&mut self, op: Op, inputs: &[TensorId], output: TensorId) {
        let inputs = inputs.iter().map(|&id| Some(id));
        let id = self.parts.node(op, inputs, [output]);
        debug_assert_eq!(id.0, 0);
        self.nodes.append(&mut self.parts.nodes);
    }

    /// Has `target` hold what `source` holds, rounded to float16.
    fn round(&mut self, source: TensorId, target: TensorId) {
        let cast = |from, to| {
            Op::Cast(Cast {
                in_data_type: from,
                out_data_type: to,
            })
        };
        let half = self.like(source, DataType::Float16);
        let to_half = cast(DataType::Float32, DataType::Float16);
        let back = cast(DataType::Float16, DataType::Float32);
        self.push(to_half, &[source], half);
        self.push(back, &[half], target);
    }

    fn finish(mut self) -> Result<Graph, GraphError> {
        self.parts.nodes = self.nodes;
        Graph::new(self.parts)
    }

    /// Whether a tensor is an activation of floats.
    fn is_activation(&self, id: TensorId, expanded: &HashSet<TensorId>) -> bool {
        let tensor = self.graph.tensor(id);
        tensor.dtype == DataType::Float32
            && tensor.constant.is_none()
            && !tensor.is_variable
            && !expanded.contains(&id)
    }
}

/// What DEQUANTIZE makes of constants.
fn expanded(graph: &Graph) -> HashSet<TensorId> {
    let nodes = graph
        .node_ids()
        .filter(|&id| is_constant_expansion(graph, id));
    nodes
        .flat_map(|id| graph.node(id).outputs.clone())
        .collect()
}

/// The model that rounds to float16 what the nodes of `types` that keep float16 read and write, in all of its graphs.
///
/// # Errors
/// A [`GraphError`].
pub fn half_twin(model: &Model, types: &[ActivationType]) -> Result<Model, GraphError> {
    let halves: HashSet<(usize, NodeId)> = types
        .iter()
        .filter(|kept| kept.dtype == DataType::Float16)
        .map(|kept| (kept.graph_index, kept.node))
        .collect();
    let graphs = model.graphs().iter().enumerate();
    let graphs = graphs.map(|(index, graph)| rounded(graph, |id| halves.contains(&(index, id))));
    Ok(Model::from_graphs(
        graphs.collect::<Result<_, _>>()?,
        model.signatures().to_vec(),
    ))
}

fn rounded(graph: &Graph, is_half: impl Fn(NodeId) -> bool) -> Result<Graph, GraphError> {
    let mut twin = Rewriting::new(graph);
    let expanded = expanded(graph);
    // What is read as float16 and was written, or fed, as float32.
    let mut read: HashMap<TensorId, TensorId> = HashMap::new();
    let mut written: HashSet<TensorId> = HashSet::new();
    for id in graph.node_ids() {
        let mut node = graph.node(id).clone();
        let rounds = is_half(id);
        if rounds {
            for input in node.inputs.iter_mut().flatten() {
                if !twin.is_activation(*input, &expanded) || written.contains(input) {
                    continue;
                }
                *input = match read.get(input) {
                    Some(&rounded) => rounded,
                    None => {
                        let rounded = twin.like(*input, DataType::Float32);
                        twin.round(*input, rounded);
                        read.insert(*input, rounded);
                        rounded
                    }
                };
            }
        }
        let outputs = node.outputs.clone();
        let mut raw = Vec::new();
        for (index, &output) in outputs.iter().enumerate() {
            if rounds && graph.tensor(output).dtype == DataType::Float32 {
                node.outputs[index] = twin.like(output, DataType::Float32);
                raw.push((node.outputs[index], output));
                written.insert(output);
            }
        }
        twin.nodes.push(node);
        for (source, target) in raw {
            twin.round(source, target);
        }
    }
    twin.finish()
}

/// The model in which each float that a node computes is moved up or down by [`MAGNIFICATION`] times what float32 rounds there: a
/// factor of 1 ± ((1 + √terms)·2⁻²⁴ + a) each time, where sums have so many terms and `a` is how exactly the node's function is
/// to be computed ([`Accuracy`]). Up or down is drawn from the seed. Only for inputs of these shapes.
///
/// # Errors
/// A [`GraphError`].
pub fn moved_twin(model: &Model, inputs: &[Shape], seed: u64) -> Result<Model, GraphError> {
    Ok(moved_and_places(model, inputs, seed)?.0)
}

/// [`half_twin`] of [`moved_twin`]: another draw of what rounding to float16 does. `types` are those of the model's own nodes.
///
/// # Errors
/// A [`GraphError`].
pub fn moved_half_twin(
    model: &Model,
    inputs: &[Shape],
    seed: u64,
    types: &[ActivationType],
) -> Result<Model, GraphError> {
    let (twin, places) = moved_and_places(model, inputs, seed)?;
    let types = types.iter().map(|kept| ActivationType {
        node: places[kept.graph_index][kept.node.0],
        ..*kept
    });
    half_twin(&twin, &types.collect::<Vec<_>>())
}

/// The moved twin, and which of its nodes stands for each of the model's, by graph.
fn moved_and_places(
    model: &Model,
    inputs: &[Shape],
    seed: u64,
) -> Result<(Model, Vec<Vec<NodeId>>), GraphError> {
    let graphs = model.graphs().iter().enumerate().map(|(index, graph)| {
        let stated: Vec<Shape> = match index {
            0 => inputs.to_vec(),
            _ => {
                let ids = graph.inputs().iter();
                ids.map(|&id| graph.tensor(id).shape.clone()).collect()
            }
        };
        moved(graph, &infer_shapes(graph, &stated)?, seed)
    });
    let moved = graphs.collect::<Result<Vec<_>, GraphError>>()?;
    let (graphs, places) = moved.into_iter().unzip();
    Ok((
        Model::from_graphs(graphs, model.signatures().to_vec()),
        places,
    ))
}

fn moved(
    graph: &Graph,
    shapes: &[Option<Shape>],
    seed: u64,
) -> Result<(Graph, Vec<NodeId>), GraphError> {
    let mut twin = Rewriting::new(graph);
    let mut places = Vec::with_capacity(graph.nodes().len());
    for id in graph.node_ids() {
        places.push(NodeId(twin.nodes.len()));
        let mut node = graph.node(id).clone();
        if !computes_floats(graph, id) {
            twin.nodes.push(node);
            continue;
        }
        let terms = terms(graph, &node) as f64;
        let rounding = (1.0 + terms.sqrt()) * FLOAT32_ROUNDOFF;
        let part = MAGNIFICATION * (rounding + Accuracy::of(&node.op).allowance(1.0));
        let part = part as f32;
        let mut raw = Vec::new();
        for output in &mut node.outputs {
            if graph.tensor(*output).dtype != DataType::Float32 {
                continue;
            }
            // Where only an invocation shows the shape, one factor does for all elements.
            let shape = shapes[output.0].clone().unwrap_or(Shape::SCALAR);
            let mut random = Random::new(seed ^ (output.0 as u64) << 32);
            let factors = factors(&mut random, &shape, part);
            let name = format!("factors of {}", graph.tensor(*output).name);
            let factors = twin.parts.tensor(
                Tensor::new(name, DataType::Float32, shape)
                    .with_constant(Constant::copied(&factors)),
            );
            let target = std::mem::replace(output, twin.like(*output, DataType::Float32));
            raw.push((*output, factors, target));
        }
        twin.nodes.push(node);
        for (source, factors, target) in raw {
            let activation = Activation::None;
            twin.push(Op::Mul(Mul { activation }), &[source, factors], target);
        }
    }
    Ok((twin.finish()?, places))
}

/// 1 and a part more or less, for each element.
fn factors(random: &mut Random, shape: &Shape, part: f32) -> Vec<u8> {
    let factors = (0..shape.elements()).map(|_| match random.one_in(2) {
        true => 1.0 + part,
        false => 1.0 - part,
    });
    factors.flat_map(f32::to_le_bytes).collect()
}
