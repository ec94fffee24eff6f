//! A case: one op with its tensors and attributes, and how its data is drawn.

mod draft;

use std::collections::HashMap;

use demilite_core::{DataType, Graph, GraphParts, NodeContext, TensorId, Value};

pub(crate) use draft::Draft;

use crate::accuracy::Accuracy;
use crate::data::{Content, Domain, drawn, scatter_specials};
use crate::float_bound::Rounding;
use crate::golden::is_dynamic_range;
use crate::random::Random;
use crate::under_test;

/// One op on tensors of given types, shapes and quantizations.
///
/// Its name says everything about it: it picks the case out on a command line, and its hash is the
/// seed of all that is drawn.
#[derive(Debug, Clone)]
pub struct Case {
    name: String,
    graph: Graph,
    rounding: Rounding,
    domain: Domain,
    /// What is fed to inputs that nothing is drawn for.
    chosen: HashMap<TensorId, Value>,
}

impl Case {
    /// The same op on tensors that `alter` changes, which draws its data by another name.
    pub(crate) fn altered(self, name: String, alter: impl FnOnce(&mut GraphParts)) -> Case {
        let mut parts = self.graph.into_parts();
        alter(&mut parts);
        Case {
            graph: Graph::new(parts).unwrap_or_else(|error| panic!("{name}: {error}")),
            name,
            ..self
        }
    }

    /// `op/type/…`, without spaces.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The op, by the stem of its files: what the name begins with.
    pub fn op(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// A graph of the op, after the expansions of its constants, where it has any.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// What the op does to floats.
    pub fn rounding(&self) -> Rounding {
        self.rounding
    }

    /// How exactly the op computes its function, where it is one.
    pub fn accuracy(&self) -> Accuracy {
        let last = self.graph.nodes().last();
        last.map_or(Accuracy::EXACT, |node| Accuracy::of(&node.op))
    }

    /// How often the op rounds parts of a float16 result to float16 on the way.
    pub(crate) fn roundings_on_the_way(&self) -> u32 {
        let last = self.graph.nodes().last();
        last.map_or(0, |node| under_test::roundings_on_the_way(&node.op))
    }

    /// Whether any of its tensors holds floats.
    pub(crate) fn has_floats(&self) -> bool {
        use DataType::{Float16, Float32, Float64};
        let mut tensors = self.graph.tensors().iter();
        tensors.any(|tensor| matches!(tensor.dtype, Float16 | Float32 | Float64))
    }

    /// The type of the first input, or of the output where nothing is fed.
    pub fn dtype(&self) -> DataType {
        let first = self
            .graph
            .inputs()
            .iter()
            .chain(self.graph.outputs())
            .next();
        first.map_or(DataType::Float32, |&id| self.graph.tensor(id).dtype)
    }

    /// Data for the inputs, other data for each `run`: numbers all over the domain, then such that sums of them are exact in any
    /// order, then some that are not usual numbers, and so on again. Data that was chosen begins one row further on each time.
    pub fn inputs(&self, run: u64) -> Vec<Value> {
        let mut random = Random::of(&format!("{} run {run}", self.name));
        let inputs = self.graph.inputs().iter();
        inputs
            .map(|&id| {
                if let Some(chosen) = self.chosen.get(&id) {
                    return turned(chosen, run);
                }
                let tensor = self.graph.tensor(id);
                let content = Content::of_run(run);
                let (dtype, shape) = (tensor.dtype, &tensor.shape);
                let mut bytes = drawn(&mut random, dtype, shape, &self.domain, content);
                // Floats that are quantized for integer weights become integers, which C++ leaves undefined for such numbers.
                let is_plain = !matches!(self.rounding, Rounding::Network { .. })
                    && !is_dynamic_range(&self.graph)
                    && takes_specials(&self.graph);
                if let (Content::Special, true, Some(last)) =
                    (content, is_plain, self.graph.nodes().last())
                {
                    scatter_specials(&mut random, dtype, &mut bytes, &last.op);
                }
                Value::from_bytes(tensor.dtype, tensor.shape.clone(), &bytes)
                    .expect("as many bytes as the shape takes")
            })
            .collect()
    }
}

/// The rows of a tensor from row `first` on, and those before it behind them.
fn turned(value: &Value, first: u64) -> Value {
    let (shape, mut bytes) = (value.shape(), value.bytes().to_vec());
    let rows = shape.first().copied().unwrap_or(1).max(1);
    let row = bytes.len() / rows;
    bytes.rotate_left(first as usize % rows * row);
    Value::from_bytes(value.dtype(), shape.clone(), &bytes).expect("as many bytes as before")
}

/// Whether every node may be fed floats that are not usual numbers.
fn takes_specials(graph: &Graph) -> bool {
    let tensors = graph.tensors().iter();
    let shapes: Vec<_> = tensors.map(|tensor| Some(tensor.shape.clone())).collect();
    let mut nodes = graph.node_ids();
    nodes.all(|id| under_test::takes_specials(&NodeContext::new(graph, id, &shapes)))
}

/// A shape as it stands in a name: `2x3x5`, or `scalar`.
pub(crate) fn extents(shape: &[usize]) -> String {
    let extents: Vec<String> = shape.iter().map(usize::to_string).collect();
    match extents[..] {
        [] => "scalar".to_owned(),
        _ => extents.join("x"),
    }
}
