//! A graph without some of its channels.

use demilite_core::op::Reshape;
use demilite_core::{Constant, Graph, GraphError, GraphParts, NodeId, Op, Tensor, TensorId};

use super::plan::{Channels, Plan};
use crate::layer::Layer;

/// Takes channels out of a graph: for each group of its plan those that are marked. What reads them has weights of zero for them, or the graph computes something else afterwards.
pub(super) fn cut(
    graph: &Graph,
    plan: &Plan,
    removed: &[Option<Vec<bool>>],
) -> Result<Graph, GraphError> {
    let mut cut = Cut {
        plan,
        removed,
        parts: graph.clone().into_parts(),
    };
    for index in 0..graph.tensors().len() {
        let id = TensorId(index);
        if graph.tensor(id).constant.is_none()
            && let Some((channels, marks)) = cut.marks(id)
        {
            let left = channels.repeat * marks.iter().filter(|gone| !**gone).count();
            let tensor = &mut cut.parts.tensors[index];
            set_last(tensor, left);
        }
    }
    for id in graph.node_ids() {
        cut.node(graph, id);
    }
    Graph::new(cut.parts)
}

struct Cut<'a> {
    plan: &'a Plan,
    removed: &'a [Option<Vec<bool>>],
    parts: GraphParts,
}

impl<'a> Cut<'a> {
    /// The channels of a tensor, and which of them go.
    fn marks(&self, id: TensorId) -> Option<(Channels, &'a [bool])> {
        let channels = self.plan.channels(id)?;
        Some((channels, self.removed.get(channels.group)?.as_deref()?))
    }

    /// Takes channels out of the constants of a node.
    fn node(&mut self, graph: &Graph, id: NodeId) {
        let node = graph.node(id);
        let output = node.outputs.first().and_then(|&id| self.marks(id));
        let met = node.inputs.first().copied().flatten();
        let met = met.and_then(|id| self.marks(id));
        match &node.op {
            Op::Conv2d(_) | Op::FullyConnected(_) => {
                let Some(layer) = Layer::of(&node.op) else {
                    return;
                };
                if let Some((_, marks)) = met {
                    self.slice(id, layer.weights, |tensor| without_last(tensor, marks));
                }
                if let Some((_, marks)) = output {
                    self.slice(id, layer.weights, |tensor| without_rows(tensor, marks));
                    self.slice(id, layer.bias, |tensor| without_last(tensor, marks));
                }
            }
            Op::DepthwiseConv2d(_) => {
                if let Some((_, marks)) = output {
                    self.slice(id, 1, |tensor| without_last(tensor, marks));
                    self.slice(id, 2, |tensor| without_last(tensor, marks));
                }
            }
            Op::Add(_) | Op::Sub(_) | Op::Mul(_) => {
                if let Some((_, marks)) = output {
                    self.slice(id, 0, |tensor| without_last(tensor, marks));
                    self.slice(id, 1, |tensor| without_last(tensor, marks));
                }
            }
            Op::Reshape(op) if output.is_some() => self.reshape(graph, id, op),
            _ => {}
        }
    }

    /// Gives a node a constant of its own in the place of one, if there is a constant.
    fn slice(&mut self, id: NodeId, place: usize, slice: impl Fn(&Tensor) -> Tensor) {
        let input = self.parts.nodes[id.0].inputs.get(place).copied().flatten();
        if let Some(input) = input.filter(|id| self.parts.tensors[id.0].constant.is_some()) {
            let sliced = slice(&self.parts.tensors[input.0]);
            let own = self.parts.tensor(sliced);
            self.parts.nodes[id.0].inputs[place] = Some(own);
        }
    }

    /// Brings the extents that a RESHAPE names up to what is left. A last extent of −1 follows by itself.
    fn reshape(&mut self, graph: &Graph, id: NodeId, op: &Reshape) {
        let output = graph.node(id).outputs[0];
        let left = self.parts.tensors[output.0].shape.last().copied();
        let left = left.unwrap_or(1) as i32;
        let brought_up = |extents: &[i32]| -> Vec<i32> {
            let mut extents = extents.to_vec();
            if let Some(last) = extents.last_mut().filter(|last| **last >= 0) {
                *last = left;
            }
            extents
        };
        let new_shape = op.new_shape.as_deref().map(brought_up);
        self.parts.nodes[id.0].op = Op::Reshape(Reshape { new_shape });
        self.slice(id, 1, |tensor| {
            let extents = tensor.constant_view();
            let extents = extents.and_then(|view| Some(brought_up(view.as_slice::<i32>().ok()?)));
            let Some(extents) = extents else {
                return tensor.clone();
            };
            let bytes: Vec<u8> = extents
                .iter()
                .flat_map(|extent| extent.to_le_bytes())
                .collect();
            Tensor {
                constant: Some(Constant::copied(&bytes)),
                ..tensor.clone()
            }
        });
    }
}

/// A float32 constant without channels along its last dimension, which has all of them as often as they fit. One element for all stays.
fn without_last(tensor: &Tensor, marks: &[bool]) -> Tensor {
    let last = tensor.shape.last().copied().unwrap_or(1);
    if !last.is_multiple_of(marks.len()) {
        return tensor.clone();
    }
    let left = last / marks.len() * marks.iter().filter(|gone| !**gone).count();
    let mut sliced = filtered(tensor, |place| !marks[place % marks.len()]);
    set_last(&mut sliced, left);
    sliced
}

/// A float32 constant without channels along its first dimension.
fn without_rows(tensor: &Tensor, marks: &[bool]) -> Tensor {
    let columns = tensor.shape.elements() / tensor.shape.first().copied().unwrap_or(1).max(1);
    let mut sliced = filtered(tensor, |place| !marks[place / columns.max(1)]);
    let mut extents = sliced.shape.to_vec();
    extents[0] = marks.iter().filter(|gone| !**gone).count();
    sliced.shape = extents.into();
    sliced
}

/// The elements of a float32 constant that are left; the shape is as it was.
fn filtered(tensor: &Tensor, is_left: impl Fn(usize) -> bool) -> Tensor {
    let bytes = tensor.constant.as_ref().map_or(&[][..], Constant::bytes);
    let elements = bytes.chunks_exact(size_of::<f32>()).enumerate();
    let left = elements.filter(|(place, _)| is_left(*place));
    let left: Vec<u8> = left.flat_map(|(_, element)| element.to_vec()).collect();
    Tensor {
        constant: Some(Constant::copied(&left)),
        seen: None,
        ..tensor.clone()
    }
}

fn set_last(tensor: &mut Tensor, extent: usize) {
    let mut extents = tensor.shape.to_vec();
    if let Some(last) = extents.last_mut() {
        *last = extent;
    }
    tensor.shape = extents.into();
    if let Some(Some(last)) = tensor
        .shape_signature
        .as_mut()
        .and_then(|extents| extents.last_mut())
    {
        *last = extent;
    }
}
