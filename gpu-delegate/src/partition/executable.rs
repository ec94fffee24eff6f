//! An instance of a compiled partition.

use std::sync::Arc;
use std::time::Duration;

use demilite_core::{Counters, Executable, Io, NodeId, OpError, RunError, Shape, View};

use super::NAME;
use crate::error::GpuError;
use crate::memory::variable::{Variable, VariableError};
use crate::program::{Program, RefusedValue};

/// What a partition's inputs, outputs and nodes are.
pub(super) struct Interface {
    /// Which inputs the device is fed.
    pub(super) is_fed: Vec<bool>,
    /// The names of the variables whose handles are outputs, in the place of each.
    pub(super) handles: Vec<Option<String>>,
    /// The nodes with the names of their ops.
    pub(super) ops: Vec<(NodeId, String)>,
}

/// An instance of a compiled partition.
pub(super) struct GpuExecutable {
    pub(super) interface: Arc<Interface>,
    pub(super) program: Program,
    pub(super) variables: Vec<Variable>,
}

impl GpuExecutable {
    fn refused(&self, RefusedValue { node, rule }: RefusedValue) -> RunError {
        self.failed(node.unwrap_or(NodeId(0)), OpError::rule(rule))
    }

    fn failed(&self, node: NodeId, reason: OpError) -> RunError {
        let named = self.interface.ops.iter().find(|(id, _)| *id == node);
        let op = named.map_or(NAME, |(_, op)| op).to_owned();
        RunError::Node { node, op, reason }
    }
}

impl Executable for GpuExecutable {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        let failed = |reason: GpuError| RunError::Device {
            delegate: NAME.to_owned(),
            reason: reason.into(),
        };
        for variable in &self.variables {
            variable.prepare(io.state).map_err(|error| match error {
                VariableError::Node(node, reason) => self.failed(node, reason),
                VariableError::Device(error) => failed(error),
            })?;
        }
        let inputs = std::iter::zip(io.inputs, &self.interface.is_fed);
        let inputs: Vec<&[u8]> = inputs
            .filter(|(_, is_fed)| **is_fed)
            .map(|(view, _)| view.bytes())
            .collect();
        let mut outputs: Vec<&mut [u8]> = Vec::with_capacity(io.outputs.len());
        for (value, handle) in std::iter::zip(&mut *io.outputs, &self.interface.handles) {
            match handle {
                Some(name) => value.assign(View::resource(&Shape::SCALAR, name))?,
                None => outputs.push(value.bytes_mut()),
            }
        }
        let checked = self.program.run(&inputs, &mut outputs).map_err(failed)?;
        checked.map_err(|refused| self.refused(refused))?;
        for variable in &self.variables {
            variable.note(io.state);
        }
        Ok(())
    }

    fn counters(&self) -> Counters {
        self.program.counters()
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
}
