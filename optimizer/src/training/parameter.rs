//! The numbers of a model that training changes.

use demilite_core::{Graph, NodeId, TensorId};

use crate::layer::Layer;
use crate::soundness::reals;

/// Numbers that training changes.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) role: Role,
    /// What they are before.
    pub(super) before: Vec<f32>,
}

/// What parameters are to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Weights of a layer, with the dimension that output channels lie along.
    Weights { tensor: TensorId, channels: usize },
    /// The bias of a layer.
    Bias { tensor: TensorId },
    /// The least and the greatest of a node that rounds.
    Range { node: NodeId },
}

impl Role {
    /// What a constant is to a node that reads it, where training may change it.
    pub(super) fn of(graph: &Graph, node: NodeId, index: usize) -> Option<Self> {
        let layer = Layer::of(&graph.node(node).op)?;
        let tensor = graph.node(node).inputs.get(index).copied().flatten()?;
        reals(graph.tensor(tensor))?;
        if index == layer.weights {
            let channels = layer.channels;
            return Some(Role::Weights { tensor, channels });
        }
        (index == layer.bias).then_some(Role::Bias { tensor })
    }

    /// The tensor that holds them, unless the node itself does.
    pub(super) fn tensor(self) -> Option<TensorId> {
        match self {
            Role::Weights { tensor, .. } | Role::Bias { tensor } => Some(tensor),
            Role::Range { .. } => None,
        }
    }
}
