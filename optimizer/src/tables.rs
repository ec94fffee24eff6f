//! Tables that rows are taken from: they are looked up as int8, and what was taken becomes float.

use demilite_core::graph::GraphEditor;
use demilite_core::op::Dequantize;
use demilite_core::{DataType, Graph, Node, NodeId, Op, Tensor, TensorId};

use crate::layer::Granularity;
use crate::place::{NodePlace, TensorPlace};
use crate::recipe::Recipe;
use crate::report::{Converted, Kept, Report};
use crate::soundness::reals;
use crate::weights::{int8, nearest, parameters};

/// What the name of an output becomes for the integers of it.
const SUFFIX: &str = "_int8";

/// The nodes that take rows from constants, and the constants; those that could and do not become integer are noted.
pub(crate) fn of(
    index: usize,
    graph: &Graph,
    recipe: &Recipe,
    report: &mut Report,
) -> Vec<(NodeId, TensorId)> {
    let mut tables = Vec::new();
    for id in graph.node_ids() {
        let node = graph.node(id);
        let (Op::Gather(_), Some(Some(table))) = (&node.op, node.inputs.first()) else {
            continue;
        };
        let Some(reals) = reals(graph.tensor(*table)) else {
            continue;
        };
        let reason = match recipe.keeps(graph, id) {
            Some(rule) => format!("asked for by {rule}"),
            None if reals.len() < recipe.min_elements => {
                format!("weights of fewer than {} elements", recipe.min_elements)
            }
            None => {
                tables.push((id, *table));
                continue;
            }
        };
        report.kept.push(Kept {
            node: NodePlace::new(index, graph, id),
            reason,
        });
    }
    tables
}

/// Has a node take its rows from integers, with one scale, which those of all rows share.
pub(crate) fn convert(
    editor: &mut GraphEditor,
    (index, graph): (usize, &Graph),
    (node, table): (NodeId, TensorId),
    report: &mut Report,
) {
    let tensor = graph.tensor(table);
    let floats = reals(tensor).unwrap_or_default();
    let quantization = parameters(floats, &tensor.shape, Granularity::PerTensor);
    let integers = nearest(floats, &tensor.shape, &quantization);
    let output = graph.node(node).outputs[0];
    let taken = Tensor {
        name: format!("{}{SUFFIX}", graph.tensor(output).name),
        dtype: DataType::Int8,
        quantization: Some(quantization.clone()),
        seen: None,
        ..graph.tensor(output).clone()
    };
    let (table_id, taken) = (
        editor.add_tensor(int8(tensor, quantization, &integers)),
        editor.add_tensor(taken),
    );
    let edited = editor.node_mut(node);
    edited.inputs[0] = Some(table_id);
    edited.outputs[0] = taken;
    let dequantize = Node::new(Op::Dequantize(Dequantize), [Some(taken)], [output]);
    editor.insert_after(node, dequantize);
    report.converted.push(Converted {
        tensor: TensorPlace::new(index, graph, table),
        elements: floats.len(),
    });
}
