use super::*;
use crate::dtype::DataType;
use crate::op::{Activation, Add, Op, Relu, relu::ReluKind};

const EXTENT: usize = 4;

fn relu() -> Op {
    Op::Relu(Relu {
        kind: ReluKind::Relu,
    })
}

fn add() -> Op {
    Op::Add(Add {
        activation: Activation::None,
        pot_scale_int16: false,
    })
}

fn floats(name: &str) -> Tensor {
    Tensor::new(name, DataType::Float32, [EXTENT])
}

fn constant(name: &str, byte: u8) -> Tensor {
    floats(name).with_constant(Constant::copied(&[byte; 4 * EXTENT]))
}

/// relu(x) + a, and the same + b, where a and b are equal constants: y and z.
fn graph() -> Graph {
    let mut parts = GraphParts::default();
    let names = ["x", "hidden", "y", "z"];
    let [x, hidden, y, z] = names.map(|name| parts.tensor(floats(name)));
    let [a, b] = ["a", "b"].map(|name| parts.tensor(constant(name, 1)));
    parts.node(relu(), [Some(x)], [hidden]);
    parts.node(add(), [Some(hidden), Some(a)], [y]);
    parts.node(add(), [Some(hidden), Some(b)], [z]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y, z]);
    Graph::new(parts).unwrap()
}

fn names(graph: &Graph) -> Vec<&str> {
    let tensors = graph.tensors().iter();
    tensors.map(|tensor| tensor.name.as_str()).collect()
}

fn ops(graph: &Graph) -> Vec<&str> {
    graph.nodes().iter().map(|node| node.op.name()).collect()
}

#[test]
fn nothing_changes_where_nothing_is_done() {
    let (same, renumbering) = GraphEditor::new(graph()).finish().unwrap();
    assert_eq!(names(&same), names(&graph()));
    assert_eq!(ops(&same), ops(&graph()));
    for id in 0..3 {
        assert_eq!(renumbering.node(NodeId(id)), Some(NodeId(id)));
    }
}

#[test]
fn nodes_are_put_before_and_after_others() {
    let mut editor = GraphEditor::new(graph());
    let (first, last) = (editor.order()[0], editor.order()[2]);
    let x = editor.inputs()[0];
    let clamped = editor.add_tensor(floats("clamped"));
    editor.redirect(x, clamped);
    let before = editor.insert_before(first, Node::new(relu(), [Some(x)], [clamped]));
    let z = editor.outputs()[1];
    let end = editor.add_tensor(floats("end"));
    editor.redirect(z, end);
    let after = editor.insert_after(last, Node::new(relu(), [Some(z)], [end]));
    let (graph, renumbering) = editor.finish().unwrap();
    assert_eq!(ops(&graph), ["RELU", "RELU", "ADD", "ADD", "RELU"]);
    assert_eq!(renumbering.node(before), Some(NodeId(0)));
    assert_eq!(renumbering.node(after), Some(NodeId(4)));
    assert_eq!(graph.outputs()[1], renumbering.tensor(end).unwrap());
}

#[test]
fn a_node_makes_way_for_several() {
    let mut editor = GraphEditor::new(graph());
    let at = editor.order()[0];
    let node = editor.node(at).clone();
    let between = editor.add_tensor(floats("between"));
    let nodes = editor.replace(
        at,
        [
            Node::new(relu(), node.inputs, [between]),
            Node::new(relu(), [Some(between)], node.outputs),
        ],
    );
    let (graph, renumbering) = editor.finish().unwrap();
    assert_eq!(ops(&graph), ["RELU", "RELU", "ADD", "ADD"]);
    assert_eq!(renumbering.node(at), None);
    assert_eq!(renumbering.node(nodes[1]), Some(NodeId(1)));
}

#[test]
fn equal_constants_are_shared_and_split_again() {
    let mut editor = GraphEditor::new(graph());
    assert_eq!(editor.share_constants(), 1);
    assert_eq!(editor.share_constants(), 0);
    let (graph, _) = editor.finish().unwrap();
    assert_eq!(names(&graph), ["x", "hidden", "y", "z", "a"]);

    let mut editor = GraphEditor::new(graph);
    let shared = TensorId(4);
    let readers = editor.consumers(shared);
    assert_eq!(readers.len(), 2);
    let own = editor.split_constant(readers[1], shared);
    editor.tensor_mut(own).constant = Some(Constant::copied(&[2; 4 * EXTENT]));
    let (graph, _) = editor.finish().unwrap();
    let constant_of = |node: usize| {
        let id = graph.nodes()[node].inputs[1].unwrap();
        graph.tensor(id).constant.as_ref().unwrap().bytes()[0]
    };
    assert_eq!((constant_of(1), constant_of(2)), (1, 2));
}

#[test]
fn what_nobody_reads_goes() {
    let mut editor = GraphEditor::new(graph());
    editor.outputs_mut().pop();
    editor.remove_unused();
    let (graph, renumbering) = editor.finish().unwrap();
    assert_eq!(ops(&graph), ["RELU", "ADD"]);
    assert_eq!(names(&graph), ["x", "hidden", "y", "a"]);
    assert_eq!(renumbering.tensor(TensorId(3)), None);
    assert_eq!(renumbering.tensor(TensorId(4)), Some(TensorId(3)));
}

#[test]
fn a_graph_that_breaks_a_rule_is_refused_at_the_end() {
    let mut editor = GraphEditor::new(graph());
    editor.remove(editor.order()[0]);
    let error = editor.finish().unwrap_err();
    assert!(matches!(error, GraphError::NotWritten { .. }), "{error}");
}
