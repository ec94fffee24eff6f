//! A partition that is compiled, from which executables are made.

use std::sync::Arc;

use demilite_core::{
    CompileError, Compiled, DataType, Executable, LedgerEntry, NodeId, Op, Partition, TensorId,
};

use super::NAME;
use super::executable::{GpuExecutable, Interface};
use super::lower::{Nodes, lower};
use crate::device::Device;
use crate::error::GpuError;
use crate::fusion::Fusions;
use crate::memory::shared_buffer::SharedBuffers;
use crate::memory::variable::{Variable, VariableUse};
use crate::node::handle::is_handle;
use crate::plans::Plans;
use crate::precision::NodePrecisions;
use crate::program::CompiledProgram;
use crate::search;

/// A compiled partition: pipelines, constants and the plan of the memory, which its executables share.
pub(crate) struct CompiledPartition {
    device: Arc<Device>,
    program: Arc<CompiledProgram>,
    variables: Vec<VariableUse>,
    interface: Arc<Interface>,
    fusions: Vec<(NodeId, NodeId)>,
    activation_types: Vec<(NodeId, DataType)>,
}

impl CompiledPartition {
    /// Lowers and compiles a partition of supported nodes.
    pub(crate) fn new(
        device: Arc<Device>,
        partition: &Partition,
        shared: &SharedBuffers,
    ) -> Result<Self, CompileError> {
        let mut precisions = NodePrecisions::new(partition, &device);
        let mut plans = Plans::new(partition, &device);
        let fusions = Fusions::new(partition, &device, &mut plans, &mut precisions);
        let nodes = Nodes {
            partition,
            plans,
            fusions: &fusions,
            precisions: &precisions,
        };
        let (mut program, variables) = lower(&device, nodes, shared)?;
        search::choose(&mut program).map_err(failed)?;
        let graph = partition.graph();
        let inputs = partition.inputs().iter();
        let outputs = partition.outputs().iter();
        let nodes = partition.nodes().iter();
        let interface = Interface {
            is_fed: inputs
                .map(|&input| !is_handle(graph.tensor(input).dtype))
                .collect(),
            handles: outputs.map(|&output| handle(partition, output)).collect(),
            ops: nodes
                .map(|&id| (id, partition.context(id).op().name().to_owned()))
                .collect(),
        };
        Ok(CompiledPartition {
            program: program.finish().map_err(failed)?,
            variables,
            interface: Arc::new(interface),
            fusions: fusions.pairs(),
            activation_types: precisions.types(partition),
            device,
        })
    }
}

fn failed(reason: GpuError) -> CompileError {
    CompileError::Device {
        delegate: NAME.to_owned(),
        reason: reason.into(),
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

impl Compiled for CompiledPartition {
    fn instantiate(self: Arc<Self>) -> Result<Box<dyn Executable>, CompileError> {
        let variables = self.variables.iter();
        let variables = variables.map(|used| Variable::new(&self.device, used));
        let variables = variables.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let buffers: Vec<_> = variables.iter().map(Variable::buffer).collect();
        let program = self.program.instantiate(&buffers).map_err(failed)?;
        Ok(Box::new(GpuExecutable {
            interface: Arc::clone(&self.interface),
            program,
            variables,
        }))
    }

    fn fusions(&self) -> Vec<(NodeId, NodeId)> {
        self.fusions.clone()
    }

    fn activation_types(&self) -> Vec<(NodeId, DataType)> {
        self.activation_types.clone()
    }

    fn ledger(&self) -> Vec<LedgerEntry> {
        self.program.ledger().to_vec()
    }
}
