//! A partition on the device.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use demilite_core::{
    CompileError, Compiled, Counters, DataType, Executable, Io, NodeId, Op, OpError, Partition,
    RunError, Shape, TensorId, View,
};

use crate::delegate::{NAME, SharedBuffers};
use crate::device::context::GpuContext;
use crate::error::GpuError;
use crate::fusion::Fusions;
use crate::lowering::{is_handle, lower};
use crate::memory::variable::{Variable, VariableError};
use crate::precision::NodePrecisions;
use crate::program::{Program, RefusedValue};

/// A compiled partition, from which executables are made.
pub(crate) struct CompiledPartition {
    context: Arc<GpuContext>,
    partition: Partition,
    shared: SharedBuffers,
    fusions: Vec<(NodeId, NodeId)>,
    activation_types: Vec<(NodeId, DataType)>,
    /// The first executable, until somebody takes it.
    first: Mutex<Option<GpuExecutable>>,
}

impl CompiledPartition {
    /// Lowers and compiles a partition of supported nodes.
    pub(crate) fn new(
        context: Arc<GpuContext>,
        partition: &Partition,
        shared: &SharedBuffers,
    ) -> Result<Self, CompileError> {
        let mut precisions = NodePrecisions::new(partition, &context);
        let fusions = Fusions::new(partition, &context, &mut precisions);
        let first = GpuExecutable::new(context.clone(), partition, &fusions, &precisions, shared)?;
        Ok(CompiledPartition {
            context,
            partition: partition.clone(),
            shared: shared.clone(),
            fusions: fusions.pairs(),
            activation_types: precisions.types(partition),
            first: Mutex::new(Some(first)),
        })
    }
}

impl Compiled for CompiledPartition {
    fn instantiate(self: Arc<Self>) -> Result<Box<dyn Executable>, CompileError> {
        let first = self
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(first) = first {
            return Ok(Box::new(first));
        }
        let (context, partition) = (&self.context, &self.partition);
        let mut precisions = NodePrecisions::new(partition, context);
        let fusions = Fusions::new(partition, context, &mut precisions);
        let context = context.clone();
        let next = GpuExecutable::new(context, partition, &fusions, &precisions, &self.shared)?;
        Ok(Box::new(next))
    }

    fn fusions(&self) -> Vec<(NodeId, NodeId)> {
        self.fusions.clone()
    }

    fn activation_types(&self) -> Vec<(NodeId, DataType)> {
        self.activation_types.clone()
    }
}

/// An instance of a compiled partition.
pub(crate) struct GpuExecutable {
    program: Program,
    variables: Vec<Variable>,
    /// Which inputs the device is fed.
    is_fed: Vec<bool>,
    /// The names of the variables whose handles are outputs, in the place of each.
    handles: Vec<Option<String>>,
    counters: Counters,
    /// The nodes with the names of their ops.
    ops: Vec<(NodeId, String)>,
}

impl GpuExecutable {
    fn new(
        context: Arc<GpuContext>,
        partition: &Partition,
        fusions: &Fusions,
        precisions: &NodePrecisions,
        shared: &SharedBuffers,
    ) -> Result<Self, CompileError> {
        let device = |reason: GpuError| CompileError::Device {
            delegate: NAME.to_owned(),
            reason: reason.into(),
        };
        let lowered = lower(context, partition, fusions, precisions, shared)?;
        let program = lowered.program.finish().map_err(device)?;
        let graph = partition.graph();
        let inputs = partition.inputs().iter();
        let outputs = partition.outputs().iter();
        let counters = program.counters();
        Ok(GpuExecutable {
            program,
            variables: lowered.variables,
            is_fed: inputs
                .map(|&input| !is_handle(graph.tensor(input).dtype))
                .collect(),
            handles: outputs.map(|&output| handle(partition, output)).collect(),
            counters,
            ops: (partition.nodes().iter())
                .map(|&id| (id, partition.context(id).op().name().to_owned()))
                .collect(),
        })
    }

    fn refused(&self, RefusedValue { node, rule }: RefusedValue) -> RunError {
        self.failed(node.unwrap_or(NodeId(0)), OpError::rule(rule))
    }

    fn failed(&self, node: NodeId, reason: OpError) -> RunError {
        let named = self.ops.iter().find(|(id, _)| *id == node);
        let op = named.map_or(NAME, |(_, op)| op).to_owned();
        RunError::Node { node, op, reason }
    }
}

/// The name of the variable whose handle is this output of a partition.
fn handle(partition: &Partition, output: TensorId) -> Option<String> {
    let mut nodes = partition.nodes().iter().map(|&id| partition.context(id));
    nodes.find_map(|node| match node.op() {
        Op::VarHandle(op) if node.node().outputs.contains(&output) => Some(op.resource()),
        _ => None,
    })
}

impl Executable for GpuExecutable {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        let device = |reason: GpuError| RunError::Device {
            delegate: NAME.to_owned(),
            reason: reason.into(),
        };
        for variable in &self.variables {
            variable.prepare(io.state).map_err(|error| match error {
                VariableError::Node(node, reason) => self.failed(node, reason),
                VariableError::Device(error) => device(error),
            })?;
        }
        let inputs = std::iter::zip(io.inputs, &self.is_fed);
        let inputs: Vec<&[u8]> = inputs
            .filter(|(_, is_fed)| **is_fed)
            .map(|(view, _)| view.bytes())
            .collect();
        let mut outputs: Vec<&mut [u8]> = Vec::with_capacity(io.outputs.len());
        for (value, handle) in std::iter::zip(&mut *io.outputs, &self.handles) {
            match handle {
                Some(name) => value.assign(View::resource(&Shape::SCALAR, name))?,
                None => outputs.push(value.bytes_mut()),
            }
        }
        let checked = self.program.run(&inputs, &mut outputs).map_err(device)?;
        checked.map_err(|refused| self.refused(refused))?;
        for variable in &self.variables {
            variable.note(io.state);
        }
        Ok(())
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
}
