//! Activations that are rounded while a model is trained.

use std::collections::BTreeMap;

use demilite_core::graph::{GraphEditor, Renumbering};
use demilite_core::op::FakeQuant;
use demilite_core::{DataType, Graph, GraphError, Model, Node, Op, Tensor, TensorId};

/// How much of a range each batch leaves.
const KEPT: f32 = 0.99;

/// A range that holds 0 and more.
pub(super) fn sound([least, greatest]: [f32; 2]) -> [f32; 2] {
    let least = least.min(0.0);
    let greatest = greatest.max(0.0);
    match greatest - least > 1e-6 {
        true => [least, greatest],
        false => [least, least + 1e-6],
    }
}

/// The range after a batch that showed another.
pub(super) fn moved(range: [f32; 2], seen: [f32; 2]) -> [f32; 2] {
    let seen = sound(seen);
    [0, 1].map(|end| KEPT * range[end] + (1.0 - KEPT) * seen[end])
}

/// A range widened so that it holds numbers.
pub(super) fn widened([least, greatest]: [f32; 2], numbers: &[f32]) -> [f32; 2] {
    let numbers = numbers.iter().copied();
    numbers.fold([least, greatest], |[least, greatest], number| {
        [least.min(number), greatest.max(number)]
    })
}

/// What nothing was seen of.
pub(super) const UNSEEN: [f32; 2] = [f32::INFINITY, f32::NEG_INFINITY];

/// Whether integers of an op's output have the scale of its inputs, or one that is always the same.
fn follows(op: &Op) -> bool {
    matches!(
        op,
        Op::ExpandDims(_)
            | Op::Logistic(_)
            | Op::Pad(_)
            | Op::Pool2d(_)
            | Op::Reshape(_)
            | Op::ResizeBilinear(_)
            | Op::ResizeNearestNeighbor(_)
            | Op::Softmax(_)
            | Op::Squeeze(_)
            | Op::Tanh(_)
    )
}

/// The activations that have a range of their own: inputs, and results whose scale follows from no other. What is joined has the range of
/// the whole.
pub(super) fn rounded_tensors(graph: &Graph) -> Vec<TensorId> {
    let is_joined = |id: TensorId| {
        let readers = graph.consumers(id);
        !readers.is_empty()
            && readers
                .iter()
                .all(|&reader| matches!(graph.node(reader).op, Op::Concatenation(_)))
    };
    let written = graph.nodes().iter().filter(|node| !follows(&node.op));
    let written = written.flat_map(|node| node.outputs.iter().copied());
    let ids = graph.inputs().iter().copied().chain(written);
    ids.filter(|&id| graph.tensor(id).dtype == DataType::Float32 && !is_joined(id))
        .collect()
}

/// A model whose activations are rounded within these ranges, and where its tensors and nodes are now.
pub(super) fn with_fake_quant(
    model: &Model,
    ranges: &BTreeMap<TensorId, [f32; 2]>,
    bits: i32,
) -> Result<(Model, Renumbering), GraphError> {
    let mut parts = model.clone().into_parts();
    let renumbering = parts.edit(0, |editor| {
        for (&id, &range) in ranges {
            round(editor, id, sound(range), bits);
        }
    })?;
    Ok((parts.into_model()?, renumbering))
}

fn round(editor: &mut GraphEditor, id: TensorId, [min, max]: [f32; 2], num_bits: i32) {
    let tensor = editor.tensor(id).clone();
    let op = Op::FakeQuant(FakeQuant {
        min,
        max,
        num_bits,
        narrow_range: false,
    });
    match editor.producer(id) {
        // Whoever reads the tensor, and the caller, gets what is rounded under its name.
        Some(producer) => {
            let exact = editor.add_tensor(Tensor {
                name: format!("{}/exact", tensor.name),
                ..tensor
            });
            let outputs = &mut editor.node_mut(producer).outputs;
            outputs
                .iter_mut()
                .filter(|output| **output == id)
                .for_each(|output| *output = exact);
            editor.insert_after(producer, Node::new(op, [Some(exact)], [id]));
        }
        None => {
            let rounded = editor.add_tensor(Tensor {
                name: format!("{}/rounded", tensor.name),
                ..tensor
            });
            editor.redirect(id, rounded);
            editor.insert_first(Node::new(op, [Some(id)], [rounded]));
        }
    }
}
