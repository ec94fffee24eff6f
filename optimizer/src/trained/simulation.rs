//! What rounds in a graph of floats as integers would.

use demilite_core::graph::GraphEditor;
use demilite_core::{Constant, DataType, Graph, NodeId, Op, TensorId};

use super::parameters::Parameters;
use crate::soundness::reals;

/// A tensor that is rounded, and how.
struct Simulation {
    /// What is rounded.
    from: TensorId,
    /// What it becomes.
    to: Vec<TensorId>,
    /// The nodes that do it.
    nodes: Vec<NodeId>,
    parameters: Parameters,
}

/// What was found while a graph was made plain.
#[derive(Debug, Default)]
pub(super) struct Stripped {
    /// The tensors that were rounded, by their ids in the editor.
    pub(super) tensors: Vec<(TensorId, Parameters)>,
    pub(super) warnings: Vec<String>,
}

/// Whether something in a graph of floats rounds as integers would.
pub(super) fn is_in(graph: &Graph) -> bool {
    graph.node_ids().any(|id| match &graph.node(id).op {
        Op::FakeQuant(_) => true,
        Op::Quantize(_) => {
            let integers = graph.node(id).outputs[0];
            let mut readers = graph.consumers(integers).iter();
            readers.len() > 0
                && readers.all(|&reader| matches!(graph.node(reader).op, Op::Dequantize(_)))
        }
        _ => false,
    })
}

/// Takes out what rounds: whoever read what was rounded reads what is not.
pub(super) fn strip(editor: &mut GraphEditor) -> Stripped {
    let mut stripped = Stripped::default();
    for id in editor.order().to_vec() {
        match found(editor, id) {
            Some(simulation) => stripped.take_out(editor, simulation),
            None => stripped.expand(editor, id),
        }
    }
    stripped
}

/// What a node begins to round.
fn found(editor: &GraphEditor, id: NodeId) -> Option<Simulation> {
    let node = editor.node(id);
    let from = node.inputs.first().copied().flatten()?;
    let output = *node.outputs.first()?;
    if editor.tensor(from).dtype != DataType::Float32 {
        return None;
    }
    match &node.op {
        Op::FakeQuant(op) => Some(Simulation {
            from,
            to: vec![output],
            nodes: vec![id],
            parameters: Parameters::of_range(op),
        }),
        Op::Quantize(_) => {
            let readers = editor.consumers(output);
            let is_undone = readers
                .iter()
                .all(|&reader| matches!(editor.node(reader).op, Op::Dequantize(_)));
            if readers.is_empty() || !is_undone || editor.outputs().contains(&output) {
                return None;
            }
            let outputs = readers.iter().map(|&reader| editor.node(reader).outputs[0]);
            Some(Simulation {
                from,
                to: outputs.collect(),
                parameters: Parameters::of_integers(editor.tensor(output))?,
                nodes: std::iter::once(id).chain(readers).collect(),
            })
        }
        _ => None,
    }
}

impl Stripped {
    fn take_out(&mut self, editor: &mut GraphEditor, simulation: Simulation) {
        let Simulation {
            mut from,
            to,
            nodes,
            parameters,
        } = simulation;
        for node in nodes {
            editor.remove(node);
        }
        for rounded in to {
            let producer = editor.producer(from);
            let is_boundary = editor.inputs().contains(&from) || editor.outputs().contains(&from);
            match producer.filter(|_| !is_boundary && editor.outputs().contains(&rounded)) {
                // An output of the graph keeps its name.
                Some(producer) => {
                    let outputs = &mut editor.node_mut(producer).outputs;
                    let mut outputs = outputs.iter_mut();
                    if let Some(output) = outputs.find(|output| **output == from) {
                        *output = rounded;
                    }
                    editor.redirect(from, rounded);
                    let known = self.tensors.iter_mut().filter(|(id, _)| *id == from);
                    known.for_each(|(id, _)| *id = rounded);
                    from = rounded;
                }
                None => drop(editor.redirect(rounded, from)),
            }
        }
        let tensor = editor.tensor(from);
        if let Some(constant) = reals(tensor)
            && parameters.weights().is_none()
        {
            let rounded = parameters.rounded(tensor, constant);
            set(editor, from, &rounded);
        }
        self.note(editor, from, parameters);
    }

    /// Constant integers that are made floats were rounded before the model was written.
    fn expand(&mut self, editor: &mut GraphEditor, id: NodeId) {
        let node = editor.node(id);
        let (Op::Dequantize(_), Some(Some(integers))) = (&node.op, node.inputs.first()) else {
            return;
        };
        let (tensor, floats) = (editor.tensor(*integers), node.outputs[0]);
        let Some(parameters) = Parameters::of_integers(tensor) else {
            return;
        };
        let Some(reals) = parameters.reals(tensor) else {
            return;
        };
        editor.remove(id);
        set(editor, floats, &reals);
        self.note(editor, floats, parameters);
    }

    fn note(&mut self, editor: &GraphEditor, id: TensorId, parameters: Parameters) {
        match self.tensors.iter().find(|(known, _)| *known == id) {
            None => self.tensors.push((id, parameters)),
            Some((_, known)) if *known == parameters => {}
            Some(_) => self.warnings.push(format!(
                "{:?} was trained with several ranges, of which the first counts",
                editor.tensor(id).name
            )),
        }
    }
}

/// Makes a tensor a constant of these reals.
fn set(editor: &mut GraphEditor, id: TensorId, reals: &[f32]) {
    let bytes: Vec<u8> = reals.iter().flat_map(|real| real.to_le_bytes()).collect();
    let tensor = editor.tensor_mut(id);
    tensor.constant = Some(Constant::copied(&bytes));
    tensor.seen = None;
}
