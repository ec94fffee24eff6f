//! From the nodes of a partition to a program.

use std::sync::Arc;

use demilite_core::{CompileError, Partition};
use demilite_shaders::Element;

use super::{NAME, chain, sum};
use crate::device::Device;
use crate::error::GpuError;
use crate::fusion::{Fate, Fusions};
use crate::lowering::{LowerError, Lowering};
use crate::memory::buffer::fed_storage;
use crate::memory::shared_buffer::{SharedBuffers, shared_tensors};
use crate::memory::variable::VariableUse;
use crate::node::handle::is_handle;
use crate::plans::Plans;
use crate::precision::NodePrecisions;
use crate::program::ProgramBuilder;

/// The nodes of a partition, and how they are computed.
pub(super) struct Nodes<'a> {
    pub(super) partition: &'a Partition,
    pub(super) plans: Plans<'a>,
    pub(super) fusions: &'a Fusions,
    pub(super) precisions: &'a NodePrecisions,
}

/// The program of a partition, some of whose tensors may lie in buffers of the caller, and the variables that it reads and assigns.
pub(super) fn lower(
    device: &Arc<Device>,
    nodes: Nodes<'_>,
    shared: &SharedBuffers,
) -> Result<(ProgramBuilder, Vec<VariableUse>), CompileError> {
    let failed = |reason: GpuError| CompileError::Device {
        delegate: NAME.to_owned(),
        reason: reason.into(),
    };
    let Nodes {
        partition,
        mut plans,
        fusions,
        precisions,
    } = nodes;
    let graph = partition.graph();
    let mut lowering = Lowering::new(partition, Arc::clone(device));
    for &input in partition.inputs() {
        let dtype = graph.tensor(input).dtype;
        if is_handle(dtype) {
            continue;
        }
        // A shape that is not known keeps every node that reads the tensor from the delegate.
        let elements = partition.shapes()[input.0]
            .as_ref()
            .map_or(0, |shape| shape.elements());
        let (elements, element) = match fed_storage(dtype) {
            Some((element, count)) => (elements * count, element),
            // No dispatch reads it.
            None => (
                dtype.bytes_for(elements).unwrap_or(0).div_ceil(4),
                Element::I32,
            ),
        };
        lowering.feed(input, elements, element).map_err(failed)?;
    }
    let shared = shared_tensors(partition, shared).map_err(failed)?;
    for tensor in shared.iter().filter(|tensor| !tensor.is_written) {
        lowering.feed_shared(tensor).map_err(failed)?;
    }
    for &id in partition.nodes() {
        let node = partition.context(id);
        lowering.begin(id, node.work().unwrap_or_default(), precisions.element(id));
        let lowered = match fusions.fate(id) {
            Fate::Alone => plans.lower(&node, &mut lowering),
            // Readers count whatever the node would do in.
            Fate::Folded => lowering.rename(&node),
            Fate::Inner => Ok(()),
            Fate::Last(chain) => chain::lower(chain, partition, &mut plans, &mut lowering),
            Fate::Sum(sum) => sum::lower(sum, partition, &mut plans, &mut lowering),
        };
        lowered.map_err(|error| match error {
            LowerError::Reject(reason) => CompileError::Node {
                delegate: NAME.to_owned(),
                node: id,
                op: node.op().name().to_owned(),
                reason,
            },
            LowerError::Device(error) => failed(error),
        })?;
    }
    for &output in partition.outputs() {
        if !is_handle(graph.tensor(output).dtype) {
            lowering.read_back(output).map_err(failed)?;
        }
    }
    for tensor in shared.iter().filter(|tensor| tensor.is_written) {
        lowering.write_shared(tensor).map_err(failed)?;
    }
    lowering.finish().map_err(failed)
}
