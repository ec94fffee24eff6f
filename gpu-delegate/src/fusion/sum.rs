//! Layers of quantized integers whose output is added to another tensor.

use demilite_core::{NodeId, Partition, TensorId};

use super::readers::Readers;
use crate::elementwise::sum::QuantizedSum;
use crate::plans::Plans;

/// An ADD node whose sum the dispatch of a layer before it computes.
#[derive(Debug)]
pub(crate) struct Sum {
    /// The layer.
    pub(crate) head: NodeId,
    /// The node that adds.
    pub(crate) node: NodeId,
    /// What the layer gives, which is not in memory.
    pub(crate) source: TensorId,
    /// What is added to it.
    pub(crate) addend: TensorId,
    /// How, with `addend` as the second addend.
    pub(crate) arithmetic: QuantizedSum,
}

/// The sum behind the layer `head`, if that can compute one.
pub(super) fn behind(
    head: NodeId,
    partition: &Partition,
    readers: &Readers<'_>,
    plans: &mut Plans<'_>,
) -> Option<Sum> {
    if !plans.of(head).is_ok_and(|plan| plan.takes_sum()) {
        return None;
    }
    let graph = partition.graph();
    let &[source] = &graph.node(head).outputs[..] else {
        return None;
    };
    let &[node] = readers.only_inside(source)? else {
        return None;
    };
    let &[Some(left), Some(right)] = &graph.node(node).inputs[..] else {
        return None;
    };
    let arithmetic = plans.of(node).ok()?.sum()?;
    let (addend, arithmetic) = match (left == source, right == source) {
        (true, false) => (right, arithmetic),
        (false, true) => (left, arithmetic.swapped()),
        _ => return None,
    };
    Some(Sum {
        head,
        node,
        source,
        addend,
        arithmetic,
    })
}
