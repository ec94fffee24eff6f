//! A partition on the device.

use std::sync::Arc;
use std::time::Duration;

use demilite_core::{
    CompileError, Counters, DataType, Executable, Io, NodeId, OpError, Partition, RunError,
};

use crate::context::GpuContext;
use crate::delegate::{NAME, SharedBuffers};
use crate::error::GpuError;
use crate::fusion::Fusions;
use crate::lowering::lower;
use crate::precision::NodePrecisions;
use crate::program::{Program, RefusedValue};

/// A compiled partition.
pub(crate) struct GpuExecutable {
    program: Program,
    counters: Counters,
    fusions: Vec<(NodeId, NodeId)>,
    activation_types: Vec<(NodeId, DataType)>,
    /// The nodes with the names of their ops.
    ops: Vec<(NodeId, String)>,
}

impl GpuExecutable {
    /// Lowers and compiles a partition of supported nodes.
    pub(crate) fn compile(
        context: Arc<GpuContext>,
        partition: &Partition<'_>,
        shared: &SharedBuffers,
    ) -> Result<Self, CompileError> {
        let device = |source: GpuError| CompileError::Device {
            delegate: NAME.to_owned(),
            source: source.into(),
        };
        let mut precisions = NodePrecisions::new(partition, &context);
        let fusions = Fusions::new(partition, &context, &mut precisions);
        let lowered = lower(context, partition, &fusions, &precisions, shared)?;
        let program = lowered.finish().map_err(device)?;
        let counters = program.counters();
        Ok(GpuExecutable {
            program,
            counters,
            fusions: fusions.pairs(),
            activation_types: precisions.types(partition),
            ops: (partition.nodes().iter())
                .map(|&id| (id, partition.context(id).op().name().to_owned()))
                .collect(),
        })
    }

    fn refused(&self, RefusedValue { node, rule }: RefusedValue) -> RunError {
        let named = self.ops.iter().find(|(id, _)| Some(*id) == node);
        let (node, op) = named.cloned().unwrap_or((NodeId(0), NAME.to_owned()));
        RunError::Node {
            node,
            op,
            source: OpError::rule(rule),
        }
    }
}

impl Executable for GpuExecutable {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        let inputs: Vec<&[u8]> = io.inputs.iter().map(|view| view.bytes()).collect();
        let mut outputs: Vec<&mut [u8]> = io
            .outputs
            .iter_mut()
            .map(|value| value.bytes_mut())
            .collect();
        let result = self.program.run(&inputs, &mut outputs);
        let checked = result.map_err(|source| RunError::Device {
            delegate: NAME.to_owned(),
            source: source.into(),
        })?;
        checked.map_err(|refused| self.refused(refused))
    }

    fn counters(&self) -> Counters {
        self.counters
    }

    fn set_profiling(&mut self, enabled: bool) -> bool {
        self.program.set_profiling(enabled).unwrap_or_else(|error| {
            tracing::warn!(%error, "nodes are not measured");
            false
        })
    }

    fn node_times(&self) -> Vec<(NodeId, Duration)> {
        self.program.node_times().to_vec()
    }

    fn fusions(&self) -> Vec<(NodeId, NodeId)> {
        self.fusions.clone()
    }

    fn activation_types(&self) -> Vec<(NodeId, DataType)> {
        self.activation_types.clone()
    }
}
