//! The plans of a partition's nodes, each worked out once: when it is first asked for.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use demilite_core::{NodeContext, NodeId, Partition, Reject};

use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::op::{self, Plan};

/// The plans so far.
pub(crate) struct Plans<'a> {
    partition: &'a Partition,
    device: &'a Device,
    known: HashMap<NodeId, Box<dyn Plan + 'a>>,
}

impl<'a> Plans<'a> {
    /// Those of `partition`, none of which is known yet.
    pub(crate) fn new(partition: &'a Partition, device: &'a Device) -> Self {
        Plans {
            partition,
            device,
            known: HashMap::new(),
        }
    }

    /// The plan of `node`.
    pub(crate) fn of(&mut self, node: NodeId) -> Result<&mut (dyn Plan + 'a), Reject> {
        let plan = match self.known.entry(node) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                unknown.insert(op::plan(&self.partition.context(node), self.device)?)
            }
        };
        Ok(plan.as_mut())
    }

    /// Adds the dispatches of `node`, whose plan nobody asks for again.
    pub(crate) fn lower(
        &mut self,
        node: &NodeContext<'a>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let plan = match self.known.remove(&node.id()) {
            Some(plan) => plan,
            None => op::plan(node, self.device)?,
        };
        plan.lower(node, lowering)
    }
}
