//! Small models for what the bundled ones have not: strings, and signatures that share a variable.

use std::path::Path;

use demilite::op::{AssignVariable, Op, ReadVariable, Reshape, VarHandle};
use demilite::{DataType, Graph, GraphParts, Model, Signature, Tensor, TensorId};

/// Writes the models into a folder.
pub(crate) fn write(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder in the target folder");
    for (name, model) in [("strings", strings()), ("variable", variable())] {
        let file = folder.join(name).with_extension("tflite");
        model.save(file).expect("a file");
    }
}

fn signature(
    key: &str,
    graph_index: usize,
    inputs: &[(&str, TensorId)],
    outputs: &[(&str, TensorId)],
) -> Signature {
    let named = |tensors: &[(&str, TensorId)]| {
        let tensors = tensors.iter();
        tensors.map(|&(name, id)| (name.to_owned(), id)).collect()
    };
    Signature {
        key: key.to_owned(),
        graph_index,
        inputs: named(inputs),
        outputs: named(outputs),
    }
}

/// Four strings under another shape.
fn strings() -> Model {
    let mut parts = GraphParts::default();
    let x = parts.tensor(Tensor::new("x", DataType::String, [4]));
    let y = parts.tensor(Tensor::new("y", DataType::String, [2, 2]));
    let new_shape = Some(vec![2, 2]);
    parts.node(Op::Reshape(Reshape { new_shape }), [Some(x)], [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    let graph = Graph::new(parts).expect("a graph");
    Model::from_graphs(
        vec![graph],
        vec![signature("main", 0, &[("x", x)], &[("y", y)])],
    )
}

/// The signatures `set` and `get` of one variable of two floats.
fn variable() -> Model {
    let handle = || {
        Op::VarHandle(VarHandle {
            container: String::new(),
            shared_name: "kept".to_owned(),
        })
    };
    let mut set = GraphParts::default();
    let x = set.tensor(Tensor::new("x", DataType::Float32, [2]));
    let h = set.tensor(Tensor::new("h", DataType::Resource, [1]));
    set.node(handle(), [], [h]);
    set.node(Op::AssignVariable(AssignVariable), [Some(h), Some(x)], []);
    (set.inputs, set.outputs) = (vec![x], vec![x]);
    let mut get = GraphParts::default();
    let h = get.tensor(Tensor::new("h", DataType::Resource, [1]));
    let y = get.tensor(Tensor::new("y", DataType::Float32, [2]));
    get.node(handle(), [], [h]);
    get.node(Op::ReadVariable(ReadVariable), [Some(h)], [y]);
    get.outputs = vec![y];
    let graphs = [set, get].map(|parts| Graph::new(parts).expect("a graph"));
    let signatures = vec![
        signature("set", 0, &[("x", x)], &[("x", x)]),
        signature("get", 1, &[], &[("y", y)]),
    ];
    Model::from_graphs(graphs.into(), signatures)
}
