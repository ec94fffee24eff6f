//! A program with memory to run in.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use demilite_core::{
    AlignedBytes, CompileError, Compiled, Counters, DataType, Executable, Io, NodeContext, NodeId,
    Observable, OpError, Reject, RunError, Shape, TensorId, Value, ValueError, View, ViewMut,
    emptied,
};

use crate::folding::constant;
use crate::io::KernelIo;
use crate::kernel::{Kernel, Unprepared};
use crate::layout::{Place, Rest};
use crate::output::Output;
use crate::program::Program;
use crate::reader::Reader;
use crate::recycled::Recycled;
use crate::step::Step;
use crate::variables::Variables;

/// A program with an arena. Its memory is taken in its first invocation.
pub(crate) struct Instance {
    program: Arc<Program>,
    /// Those that are known before an invocation, and those that the last one showed.
    shapes: Vec<Option<Shape>>,
    arena: AlignedBytes,
    slots: Vec<Value>,
    /// For kernels that only an invocation shows.
    scratch: AlignedBytes,
    recycled: Recycled,
    /// The time of each step, where it is measured.
    times: Option<Vec<Duration>>,
    /// An instance of [`Program::apart`], once somebody observes.
    apart: Option<Box<Instance>>,
}

/// What keeps a node from running.
enum NodeError {
    Op(OpError),
    Rejected(Reject),
}

impl From<OpError> for NodeError {
    fn from(error: OpError) -> Self {
        NodeError::Op(error)
    }
}

impl From<ValueError> for NodeError {
    fn from(error: ValueError) -> Self {
        NodeError::Op(error.into())
    }
}

impl Compiled for Program {
    fn instantiate(self: Arc<Self>) -> Result<Box<dyn Executable>, CompileError> {
        Ok(Box::new(Instance::new(self)))
    }

    fn fusions(&self) -> Vec<(NodeId, NodeId)> {
        let steps = self.steps.iter().flat_map(|step| {
            let others = step.nodes.iter().filter(|&&node| node != step.last());
            others.map(|&node| (node, step.last()))
        });
        steps.collect()
    }
}

impl Instance {
    fn new(program: Arc<Program>) -> Self {
        Instance {
            shapes: program.shapes.clone(),
            arena: AlignedBytes::default(),
            slots: vec![Value::default(); program.layout.slots],
            scratch: AlignedBytes::default(),
            recycled: Recycled::default(),
            times: None,
            apart: None,
            program,
        }
    }

    /// Notes the shapes of the inputs, and takes the memory of the arena where it is not there yet.
    fn begin(&mut self, program: &Program, io: &Io<'_>) -> Result<(), RunError> {
        for (id, view) in program.partition.inputs().iter().zip(io.inputs) {
            note(&mut self.shapes[id.0], view.shape());
        }
        let bytes = program.layout.arena_bytes;
        if self.arena.as_slice().len() != bytes {
            let resized = self.arena.try_resize(bytes);
            resized.map_err(|_| ValueError::OutOfMemory {
                dtype: DataType::UInt8,
                shape: [bytes].into(),
                bytes,
            })?;
        }
        Ok(())
    }

    fn run_timed(
        &mut self,
        program: &Program,
        turn: usize,
        io: &mut Io<'_>,
    ) -> Result<(), RunError> {
        let started = self.times.is_some().then(Instant::now);
        self.run_step(program, turn, io)?;
        if let (Some(times), Some(started)) = (&mut self.times, started) {
            times[turn] = started.elapsed();
        }
        Ok(())
    }

    /// Shows what a step wrote and the variables that it changed.
    fn show(
        &mut self,
        program: &Program,
        turn: usize,
        io: &mut Io<'_>,
        observe: &mut dyn FnMut(TensorId, View<'_>),
    ) -> Result<(), RunError> {
        let (graph, index) = (program.partition.graph(), program.partition.graph_index());
        let id = program.steps[turn].last();
        let node = graph.node(id);
        let variables = Variables::take(graph, index, id, io.state, &mut self.shapes)?;
        let reader = Reader {
            program,
            inputs: io.inputs,
            arena: Rest::whole(self.arena.as_slice()),
            slots: &self.slots,
            outputs: io.outputs,
            variables: &variables,
        };
        for &output in &node.outputs {
            if let Some(view) = reader.view(output) {
                observe(output, view);
            }
        }
        for (variable, value) in std::iter::zip(&node.inputs, &variables.changed) {
            if let (Some(variable), Some(value)) = (variable, value) {
                observe(*variable, value.view());
            }
        }
        variables.put(graph, index, id, io.state);
        Ok(())
    }

    /// Gives the outputs that follow from constants.
    fn finish(program: &Program, io: &mut Io<'_>) -> Result<(), RunError> {
        let partition = &program.partition;
        for (&id, output) in partition.outputs().iter().zip(io.outputs.iter_mut()) {
            if let Some(view) = constant(partition.graph(), &program.folded, id) {
                output.assign(view)?;
            }
        }
        Ok(())
    }

    /// Runs a node, whose variables are out of the state meanwhile.
    fn run_step(
        &mut self,
        program: &Program,
        turn: usize,
        io: &mut Io<'_>,
    ) -> Result<(), RunError> {
        let (graph, index) = (program.partition.graph(), program.partition.graph_index());
        let node = program.steps[turn].last();
        let mut variables = Variables::take(graph, index, node, io.state, &mut self.shapes)?;
        let mut changed = std::mem::take(&mut variables.changed);
        let result = self.run_node(program, turn, io, &variables, &mut changed);
        variables.changed = changed;
        variables.put(graph, index, node, io.state);
        let op = || graph.node(node).op.name().to_owned();
        result.map_err(|error| match error {
            NodeError::Op(reason) => RunError::Node {
                node,
                op: op(),
                reason,
            },
            NodeError::Rejected(reason) => RunError::Rejected {
                node,
                op: op(),
                reason,
            },
        })
    }

    fn run_node(
        &mut self,
        program: &Program,
        turn: usize,
        io: &mut Io<'_>,
        variables: &Variables,
        changed: &mut [Option<Value>],
    ) -> Result<(), NodeError> {
        let step = &program.steps[turn];
        let prepared;
        let kernel = match &step.kernel {
            Some(kernel) => kernel,
            None => {
                prepared = self.prepare(program, step.last(), io, variables)?;
                let bytes = prepared.scratch_bytes();
                let resized = self.scratch.try_resize(bytes);
                resized.map_err(|_| OpError::rule(format!("no memory for {bytes} bytes")))?;
                &prepared
            }
        };
        let mut own = std::mem::take(&mut self.recycled.own);
        self.swap_own(program, step.last(), io, &mut own);
        let result = self.run_kernel(program, turn, &**kernel, &mut own, io, variables, changed);
        self.swap_own(program, step.last(), io, &mut own);
        self.recycled.own = own;
        result
    }

    /// Prepares a node whose kernel only the invocation shows, and notes the shapes of its outputs.
    fn prepare(
        &mut self,
        program: &Program,
        node: NodeId,
        io: &Io<'_>,
        variables: &Variables,
    ) -> Result<Box<dyn Kernel>, NodeError> {
        let partition = &program.partition;
        let graph = partition.graph();
        let reader = Reader {
            program,
            inputs: io.inputs,
            arena: Rest::whole(self.arena.as_slice()),
            slots: &self.slots,
            outputs: io.outputs,
            variables,
        };
        let context = NodeContext::new(graph, node, &self.shapes).with_values(&reader);
        let inferred = program.library.output_shapes(&context, io.state)?;
        for (id, shape) in graph.node(node).outputs.iter().zip(inferred) {
            expect_memory(graph.tensor(*id).dtype, &shape, partition.memory_limit())?;
            self.shapes[id.0] = Some(shape);
        }
        let context = NodeContext::new(graph, node, &self.shapes).with_values(&reader);
        let prepared = program.library.prepare(&context);
        prepared.map_err(|unprepared| match unprepared {
            Unprepared::Unknown => NodeError::Rejected(Reject::unsupported(
                "it needs a value that nothing computes before it",
            )),
            Unprepared::Rejected(reason) => NodeError::Rejected(reason),
        })
    }

    /// Exchanges the outputs of a node that lie outside of the arena for the first of `own`, which has as many at least afterwards.
    fn swap_own(&mut self, program: &Program, node: NodeId, io: &mut Io<'_>, own: &mut Vec<Value>) {
        let mut count = 0;
        for id in &program.partition.graph().node(node).outputs {
            let place = match &program.layout.places[id.0] {
                Some(Place::Slot(slot)) => &mut self.slots[*slot],
                Some(Place::Output(index)) => &mut io.outputs[*index],
                Some(Place::Arena(_)) | None => continue,
            };
            if own.len() == count {
                own.push(Value::default());
            }
            std::mem::swap(place, &mut own[count]);
            count += 1;
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "what a node runs on lies in several places, each borrowed for itself"
    )]
    fn run_kernel(
        &mut self,
        program: &Program,
        turn: usize,
        kernel: &dyn Kernel,
        own: &mut [Value],
        io: &mut Io<'_>,
        variables: &Variables,
        changed: &mut [Option<Value>],
    ) -> Result<(), NodeError> {
        let (partition, layout) = (&program.partition, &program.layout);
        let graph = partition.graph();
        let step = &program.steps[turn];
        let recycled = &mut self.recycled;
        let mut stretches: Vec<(usize, &mut [u8])> = std::mem::take(&mut recycled.stretches);
        let mut inputs: Vec<Option<View<'_>>> = std::mem::take(&mut recycled.inputs);
        let mut outputs: Vec<Output<'_>> = std::mem::take(&mut recycled.outputs);
        let rest = Rest::split(
            self.arena.as_mut_slice(),
            &layout.written[turn],
            &mut stretches,
            std::mem::take(&mut recycled.pieces),
        );
        let mut stretch = |place: &Range<usize>| {
            let mut found = stretches.iter_mut();
            let found = found.find(|(start, _)| *start == place.start && !place.is_empty());
            found.map_or_else(AlignedBytes::none, |(_, bytes)| std::mem::take(bytes))
        };
        let reader = Reader {
            program,
            inputs: io.inputs,
            arena: rest,
            slots: &self.slots,
            outputs: io.outputs,
            variables,
        };
        let read = step.inputs(graph).enumerate();
        inputs.extend(read.map(|(index, id)| {
            let id = id.filter(|_| kernel.reads(index))?;
            reader.view(id)
        }));
        let mut own = own.iter_mut();
        for id in step.outputs(graph) {
            let dtype = graph.tensor(*id).dtype;
            let shape = self.shapes[id.0].as_ref();
            let shape = shape.ok_or(OpError::Unknown { index: 0 })?;
            let output = match &layout.places[id.0] {
                Some(Place::Arena(place)) => {
                    Output::from(ViewMut::from_bytes(dtype, shape, stretch(place))?)
                }
                Some(Place::Slot(_) | Place::Output(_)) => {
                    let value = own.next().ok_or(OpError::Unknown { index: 0 })?;
                    value.reset(dtype, shape)?;
                    Output::from(value)
                }
                None => return Err(OpError::Unknown { index: 0 }.into()),
            };
            outputs.push(output);
        }
        let mut kernel_io = KernelIo {
            inputs: &inputs,
            outputs,
            variables: changed,
            scratch: match step.kernel {
                Some(_) => stretch(&layout.scratch[turn]),
                None => self.scratch.as_mut_slice(),
            },
            state: io.state,
            node: (partition.graph_index(), step.last()),
        };
        kernel.run(&mut kernel_io)?;
        // How long strings are shows afterwards.
        for output in &kernel_io.outputs {
            let limit = partition.memory_limit();
            if output.dtype() == DataType::String && output.bytes().len() > limit {
                return Err(beyond_memory(output.shape(), limit).into());
            }
        }
        recycled.outputs = emptied(kernel_io.outputs);
        recycled.inputs = emptied(inputs);
        recycled.pieces = emptied(reader.arena.into_pieces());
        recycled.stretches = emptied(stretches);
        Ok(())
    }
}

/// Notes a shape, where it is another one than before.
fn note(known: &mut Option<Shape>, shape: &Shape) {
    if known.as_ref() != Some(shape) {
        *known = Some(shape.clone());
    }
}

/// Checks that a tensor whose shape the invocation showed keeps to the session's limit.
fn expect_memory(dtype: DataType, shape: &Shape, limit: usize) -> Result<(), OpError> {
    let elements = shape.checked_elements();
    let bytes = elements.and_then(|elements| match dtype {
        // Where each string begins.
        DataType::String => elements.checked_mul(4),
        _ => dtype.bytes_for(elements),
    });
    if bytes.is_some_and(|bytes| bytes <= limit) || dtype == DataType::Variant {
        return Ok(());
    }
    Err(beyond_memory(shape, limit))
}

fn beyond_memory(shape: &Shape, limit: usize) -> OpError {
    OpError::rule(format!(
        "its output of shape {shape} exceeds the session's memory limit of {limit} bytes"
    ))
}

impl Executable for Instance {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        let program = Arc::clone(&self.program);
        self.begin(&program, io)?;
        let mut result = Ok(());
        program.library.run_within(&mut || {
            let mut turns = 0..program.steps.len();
            result = turns.try_for_each(|turn| self.run_timed(&program, turn, io));
        });
        result?;
        Instance::finish(&program, io)
    }

    fn as_observable(&mut self) -> Option<&mut dyn Observable> {
        // Nodes that have a program together have one apart.
        match self.program.apart().ok()? {
            None => Some(self),
            Some(apart) => {
                let new = || Box::new(Instance::new(apart));
                Some(&mut **self.apart.get_or_insert_with(new))
            }
        }
    }

    fn counters(&self) -> Counters {
        let slots: usize = self.slots.iter().map(|value| value.bytes().len()).sum();
        let scratch = self.scratch.as_slice().len();
        Counters {
            weight_bytes: self.program.weight_bytes() as u64,
            expanded_float32_bytes: self.program.expanded_float32_bytes,
            arena_bytes: (self.program.layout.arena_bytes + slots + scratch) as u64,
            ..Counters::default()
        }
    }

    fn set_profiling(&mut self, enabled: bool) -> bool {
        self.times = enabled.then(|| vec![Duration::ZERO; self.program.steps.len()]);
        enabled
    }

    fn node_times(&self) -> Vec<(NodeId, Duration)> {
        let nodes = self.program.steps.iter().map(Step::last);
        nodes.zip(self.times.iter().flatten().copied()).collect()
    }
}

impl Observable for Instance {
    fn invoke_observed(
        &mut self,
        io: &mut Io<'_>,
        observe: &mut dyn FnMut(TensorId, View<'_>),
    ) -> Result<(), RunError> {
        let program = Arc::clone(&self.program);
        self.begin(&program, io)?;
        for turn in 0..program.steps.len() {
            let mut result = Ok(());
            program
                .library
                .run_within(&mut || result = self.run_timed(&program, turn, io));
            result?;
            self.show(&program, turn, io, observe)?;
        }
        Instance::finish(&program, io)
    }
}
