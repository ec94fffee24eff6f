//! Averages over whole images.

use demilite_core::graph::GraphEditor;
use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::{Activation, Mean};
use demilite_core::{Constant, DataType, Graph, Node, NodeId, Op, Tensor};

/// The nodes that average over whole images. As AVERAGE_POOL_2D their output has the scale of their input, which is far too coarse for
/// means; as MEAN it has one of its own.
pub(crate) fn over_whole_images(graph: &Graph) -> Vec<NodeId> {
    let nodes = graph.node_ids();
    nodes
        .filter(|&id| is_over_whole_image(graph, graph.node(id)))
        .collect()
}

fn is_over_whole_image(graph: &Graph, node: &Node) -> bool {
    let Op::Pool2d(op) = &node.op else {
        return false;
    };
    let (Some(Some(input)), Some(&output)) = (node.inputs.first(), node.outputs.first()) else {
        return false;
    };
    let (input, output) = (graph.tensor(*input), graph.tensor(output));
    // An open extent may be another when the model runs.
    let is_open = input
        .shape_signature
        .as_ref()
        .is_some_and(|signature| signature.iter().skip(1).any(Option::is_none));
    op.kind == PoolKind::Average
        && op.activation == Activation::None
        && !is_open
        && input.dtype == DataType::Float32
        && matches!(
            (&input.shape[..], &output.shape[..]),
            (&[_, height, width, _], &[_, 1, 1, _]) if (height, width) == (op.rows.size, op.columns.size)
        )
}

/// Makes MEANs of nodes, which keep their ids.
pub(crate) fn make_means(editor: &mut GraphEditor, nodes: &[NodeId]) {
    if nodes.is_empty() {
        return;
    }
    let axes: Vec<u8> = [1_i32, 2].into_iter().flat_map(i32::to_le_bytes).collect();
    let axes = Tensor::new("height_and_width", DataType::Int32, [2])
        .with_constant(Constant::copied(&axes));
    let axes = editor.add_tensor(axes);
    for &id in nodes {
        let node = editor.node_mut(id);
        node.op = Op::Mean(Mean { keep_dims: true });
        node.inputs.push(Some(axes));
    }
}
