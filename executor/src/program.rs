//! A partition made ready to run, which its instances share.

use std::fmt;
use std::sync::{Arc, OnceLock};

use demilite_core::{
    CompileError, Graph, NodeContext, NodeId, Partition, Reject, Shape, Value, View,
};

use crate::chain::Chains;
use crate::folding::{Folded, constant, fold_constants};
use crate::kernel::{Kernel, Unprepared};
use crate::layout::Layout;
use crate::library::{KernelLibrary, Together};
use crate::step::Step;

/// The nodes of a partition with their kernels, their weights laid out, and a plan of the memory that they need.
///
/// It does not change, and its instances share it: each of them has an arena of its own and nothing more.
pub struct Program {
    pub(crate) library: Arc<dyn KernelLibrary>,
    pub(crate) partition: Partition,
    /// The shapes that are known before an invocation.
    pub(crate) shapes: Vec<Option<Shape>>,
    pub(crate) steps: Vec<Step>,
    pub(crate) layout: Layout,
    /// The values of tensors that follow from constants.
    pub(crate) folded: Vec<Option<Value>>,
    pub(crate) expanded_float32_bytes: u64,
    name: String,
    /// The same with each node computed for itself, as whoever observes sees them.
    apart: OnceLock<Arc<Program>>,
}

impl Program {
    /// Makes a partition of the delegate `name` ready to run with the kernels of its library.
    ///
    /// # Errors
    /// [`CompileError::Node`] for a node that the library does not take or whose constants break a rule, and where the
    /// tensors take more memory than can be addressed.
    pub fn compile(
        name: &str,
        library: Arc<dyn KernelLibrary>,
        partition: &Partition,
    ) -> Result<Arc<Self>, CompileError> {
        Self::compile_as(name, library, partition, true)
    }

    /// As [`Program::compile`], with nodes computed together or each for itself.
    fn compile_as(
        name: &str,
        library: Arc<dyn KernelLibrary>,
        partition: &Partition,
        is_fused: bool,
    ) -> Result<Arc<Self>, CompileError> {
        let graph = partition.graph();
        let fail = |node: NodeId, reason: Reject| CompileError::Node {
            delegate: name.to_owned(),
            node,
            op: graph.node(node).op.name().to_owned(),
            reason,
        };
        let mut folded =
            fold_constants(partition, &*library).map_err(|(node, reason)| fail(node, reason))?;
        let chains = is_fused.then(|| Chains::new(partition, &folded));
        let mut steps: Vec<Step> = Vec::new();
        let mut is_done = vec![false; graph.nodes().len()];
        for &node in partition.nodes() {
            if is_done[node.0] || folded.computes(graph, node) {
                continue;
            }
            let chain = chains.as_ref().map(|chains| chains.from(node));
            let together = chain.and_then(|chain| together(&*library, graph, &chain, &folded));
            let step = match together {
                Some(step) => step,
                None => {
                    let kernel = kernel(&*library, graph, node, &folded);
                    Step {
                        nodes: vec![node],
                        kernel: kernel.map_err(|reason| fail(node, reason))?,
                    }
                }
            };
            for node in &step.nodes {
                is_done[node.0] = true;
            }
            steps.push(step);
        }
        // Nodes that are computed together have their turn when all that they read is there.
        let mut turns = vec![0; graph.nodes().len()];
        for (turn, node) in partition.nodes().iter().enumerate() {
            turns[node.0] = turn;
        }
        steps.sort_by_key(|step| turns[step.last().0]);
        let layout = Layout::new(partition, &steps).ok_or_else(|| {
            let reason = "the tensors of its partition take more memory than can be addressed";
            fail(partition.nodes()[0], Reject::unsupported(reason))
        })?;
        let expanded_float32_bytes = folded.expanded_float32_bytes(graph, partition.nodes());
        let read = steps.iter().flat_map(|step| step.reads(graph));
        folded.keep_only(read.chain(partition.outputs().iter().copied()));
        Ok(Arc::new(Program {
            library,
            partition: partition.clone(),
            shapes: folded.shapes,
            steps,
            layout,
            folded: folded.values,
            expanded_float32_bytes,
            name: name.to_owned(),
            apart: OnceLock::new(),
        }))
    }

    /// The program with each node computed for itself; `None` where it is this one.
    ///
    /// # Errors
    /// As [`Program::compile`].
    pub(crate) fn apart(&self) -> Result<Option<Arc<Program>>, CompileError> {
        if self.steps.iter().all(|step| step.nodes.len() == 1) {
            return Ok(None);
        }
        if let Some(apart) = self.apart.get() {
            return Ok(Some(Arc::clone(apart)));
        }
        let library = Arc::clone(&self.library);
        let apart = Self::compile_as(&self.name, library, &self.partition, false)?;
        Ok(Some(Arc::clone(self.apart.get_or_init(|| apart))))
    }

    /// Bytes of constants: what kernels laid out and what follows from constants.
    pub(crate) fn weight_bytes(&self) -> usize {
        let kernels = self.steps.iter().filter_map(|step| step.kernel.as_ref());
        let packed: usize = kernels.map(|kernel| kernel.weight_bytes()).sum();
        let folded = self.folded.iter().flatten();
        packed + folded.map(|value| value.bytes().len()).sum::<usize>()
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("nodes", &self.steps.len())
            .field("arena_bytes", &self.layout.arena_bytes)
            .finish_non_exhaustive()
    }
}

/// The first nodes of a chain as one step; `None` where the library computes them one by one.
fn together(
    library: &dyn KernelLibrary,
    graph: &Graph,
    chain: &[NodeId],
    folded: &Folded,
) -> Option<Step> {
    if chain.len() < 2 {
        return None;
    }
    let contexts: Vec<NodeContext<'_>> = chain
        .iter()
        .map(|&node| NodeContext::new(graph, node, &folded.shapes).with_values(folded))
        .collect();
    let Together { nodes, kernel } = library.prepare_together(&contexts)?;
    Some(Step {
        nodes: chain[..nodes].to_vec(),
        kernel: Some(kernel),
    })
}

/// The kernel of a node with its weights laid out; `None` where only an invocation shows what it needs.
fn kernel(
    library: &dyn KernelLibrary,
    graph: &Graph,
    node: NodeId,
    folded: &Folded,
) -> Result<Option<Box<dyn Kernel>>, Reject> {
    let context = NodeContext::new(graph, node, &folded.shapes);
    let mut kernel = match library.prepare(&context.with_values(folded)) {
        Ok(kernel) => kernel,
        Err(Unprepared::Unknown) => return Ok(None),
        Err(Unprepared::Rejected(reason)) => return Err(reason),
    };
    let mut outputs = graph.node(node).outputs.iter();
    if outputs.any(|id| folded.shapes[id.0].is_none()) {
        // A shape that differs between invocations asks for another kernel each time.
        return Ok(None);
    }
    let inputs = graph.node(node).inputs.iter();
    let constants: Vec<Option<View<'_>>> = inputs
        .map(|id| id.and_then(|id| constant(graph, &folded.values, id)))
        .collect();
    let packed = kernel.prepack(&constants);
    packed.map_err(|error| Reject::invalid(error.to_string()))?;
    Ok(Some(kernel))
}
