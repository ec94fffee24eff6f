//! A partition on the device.

use std::sync::Arc;
use std::time::Duration;

use demilite_core::{CompileError, Counters, Executable, Io, NodeId, Partition, RunError};

use crate::context::GpuContext;
use crate::delegate::{NAME, SharedBuffers};
use crate::error::GpuError;
use crate::fusion::Fusions;
use crate::lowering::lower;
use crate::program::Program;

/// A compiled partition.
pub(crate) struct GpuExecutable {
    program: Program,
    counters: Counters,
    fusions: Vec<(NodeId, NodeId)>,
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
        let fusions = Fusions::new(partition, &context);
        let lowered = lower(context, partition, &fusions, shared)?;
        let program = lowered.finish().map_err(device)?;
        let counters = program.counters();
        Ok(GpuExecutable {
            program,
            counters,
            fusions: fusions.pairs(),
        })
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
        self.program
            .run(&inputs, &mut outputs)
            .map_err(|source| RunError::Device {
                delegate: NAME.to_owned(),
                source: source.into(),
            })
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
}
