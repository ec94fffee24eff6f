//! A graph made ready to run: split between delegates, each partition compiled.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ActivationType;
use super::call::{CallExecutable, Callee};
use super::compiler::Compiler;
use super::held::Held;
use super::invocation::Invocation;
use crate::delegate::{Compiled, Counters, Executable, Io, Partition};
use crate::emptied::emptied;
use crate::error::{CompileError, RunError};
use crate::graph::Graph;
use crate::ledger::LedgerEntry;
use crate::node::NodeId;
use crate::op::Op;
use crate::partition::{Plan, PlannedCall};
use crate::shape::Shape;
use crate::state::State;
use crate::tensor::TensorId;
use crate::value::{Value, View};

/// What runs a partition.
pub(super) enum Runner {
    /// A delegate.
    Delegate {
        /// What the executable shares with those of other sessions.
        compiled: Arc<dyn Compiled>,
        executable: Box<dyn Executable>,
    },
    /// The interpreter.
    Call(Box<CallExecutable>),
}

impl Runner {
    fn of(compiled: Arc<dyn Compiled>) -> Result<Self, CompileError> {
        let executable = Arc::clone(&compiled).instantiate()?;
        Ok(Runner::Delegate {
            compiled,
            executable,
        })
    }

    /// Another one with memory of its own.
    fn instantiate(&self, compiler: &mut Compiler<'_>) -> Result<Self, CompileError> {
        match self {
            Runner::Delegate { compiled, .. } => Runner::of(Arc::clone(compiled)),
            Runner::Call(call) => Ok(Runner::Call(Box::new(call.instantiate(compiler)?))),
        }
    }

    pub(super) fn counters(&self) -> Counters {
        match self {
            Runner::Delegate { executable, .. } => executable.counters(),
            Runner::Call(call) => call.counters(),
        }
    }

    fn set_profiling(&mut self, enabled: bool) {
        match self {
            Runner::Delegate { executable, .. } => {
                executable.set_profiling(enabled);
            }
            Runner::Call(call) => call.set_profiling(enabled),
        }
    }

    pub(super) fn fusions(&self) -> Vec<(NodeId, NodeId)> {
        match self {
            Runner::Delegate { compiled, .. } => compiled.fusions(),
            Runner::Call(_) => Vec::new(),
        }
    }

    pub(super) fn ledger(&self) -> Vec<LedgerEntry> {
        match self {
            Runner::Delegate { compiled, .. } => compiled.ledger(),
            Runner::Call(_) => Vec::new(),
        }
    }

    pub(super) fn node_times(&self) -> Vec<(NodeId, Duration)> {
        match self {
            Runner::Delegate { executable, .. } => executable.node_times(),
            Runner::Call(call) => call.node_times(),
        }
    }
}

/// A graph for given shapes of its inputs, split and compiled, with the values that flow between
/// its partitions.
pub(super) struct CompiledGraph {
    pub(super) graph_index: usize,
    pub(super) graph: Arc<Graph>,
    pub(super) shapes: Arc<[Option<Shape>]>,
    pub(super) plan: Plan,
    pub(super) held: Arc<Held>,
    pub(super) executables: Vec<Runner>,
    /// The value of each tensor that a partition wrote.
    values: Vec<Option<Value>>,
    /// Vectors that each partition fills anew, kept for their memory: of its outputs, and of its inputs.
    recycled: (Vec<Value>, Vec<View<'static>>),
    is_profiled: bool,
}

impl CompiledGraph {
    /// Compiles each partition of a plan.
    pub(super) fn new(
        graph_index: usize,
        graph: Arc<Graph>,
        shapes: Arc<[Option<Shape>]>,
        plan: Plan,
        held: Held,
        mut callees: HashMap<NodeId, Callee>,
        compiler: &mut Compiler<'_>,
    ) -> Result<Self, CompileError> {
        let mut compiled = CompiledGraph {
            graph_index,
            values: vec![None; graph.tensors().len()],
            graph,
            shapes,
            plan: plan.clone(),
            held: Arc::new(held),
            executables: Vec::new(),
            recycled: Default::default(),
            is_profiled: false,
        };
        let partitions = 0..plan.partitions.len();
        let (plan, executables) = compiled.prepare(plan, partitions, &mut callees, compiler)?;
        compiled.plan = plan;
        compiled.executables = executables;
        compiled.list_calls();
        Ok(compiled)
    }

    /// The same graph with values and executables of its own: what was compiled is shared.
    ///
    /// # Errors
    /// Where a device fails and the policy does not go on.
    pub(super) fn instantiate(&self, compiler: &mut Compiler<'_>) -> Result<Self, CompileError> {
        let mut instance = CompiledGraph {
            graph_index: self.graph_index,
            graph: Arc::clone(&self.graph),
            shapes: Arc::clone(&self.shapes),
            plan: self.plan.clone(),
            held: Arc::clone(&self.held),
            executables: Vec::with_capacity(self.executables.len()),
            values: vec![None; self.values.len()],
            recycled: Default::default(),
            is_profiled: false,
        };
        for runner in &self.executables {
            match runner.instantiate(compiler) {
                Ok(runner) => instance.executables.push(runner),
                Err(CompileError::Device { delegate, reason }) => {
                    let index = instance.executables.len();
                    let moved = compiler.move_on(&instance, &instance.plan, index, reason);
                    let plan = moved.map_err(|reason| CompileError::Device { delegate, reason })?;
                    let (plan, runners) = instance.replace(plan, index, compiler)?;
                    instance.plan = plan;
                    instance.executables.extend(runners);
                }
                Err(error) => return Err(error),
            }
        }
        instance.list_calls();
        Ok(instance)
    }

    /// Compiles the partitions of `plan` that take the place of the one at `index` in the plan so far.
    fn replace(
        &self,
        plan: Plan,
        index: usize,
        compiler: &mut Compiler<'_>,
    ) -> Result<(Plan, Vec<Runner>), CompileError> {
        let end = index + 1 + plan.partitions.len() - self.plan.partitions.len();
        self.prepare(plan, index..end, &mut HashMap::new(), compiler)
    }

    /// Compiles these partitions of `plan`, or those that take their places where a device fails,
    /// and gives the plan as it is then.
    fn prepare(
        &self,
        mut plan: Plan,
        partitions: Range<usize>,
        callees: &mut HashMap<NodeId, Callee>,
        compiler: &mut Compiler<'_>,
    ) -> Result<(Plan, Vec<Runner>), CompileError> {
        let Range { start, mut end } = partitions;
        let mut runners = Vec::with_capacity(partitions.len());
        while start + runners.len() < end {
            let index = start + runners.len();
            match self.prepare_one(&plan, index, callees, compiler) {
                Ok(mut runner) => {
                    if self.is_profiled {
                        runner.set_profiling(true);
                    }
                    runners.push(runner);
                }
                Err(CompileError::Device { delegate, reason }) => {
                    let before = plan.partitions.len();
                    plan = compiler
                        .move_on(self, &plan, index, reason)
                        .map_err(|reason| CompileError::Device { delegate, reason })?;
                    end = end + plan.partitions.len() - before;
                }
                Err(error) => return Err(error),
            }
        }
        Ok((plan, runners))
    }

    fn prepare_one(
        &self,
        plan: &Plan,
        index: usize,
        callees: &mut HashMap<NodeId, Callee>,
        compiler: &mut Compiler<'_>,
    ) -> Result<Runner, CompileError> {
        let planned = &plan.partitions[index];
        let partition = Partition {
            model: Arc::clone(compiler.model),
            graph_index: self.graph_index,
            graph: Arc::clone(&self.graph),
            shapes: Arc::clone(&self.shapes),
            nodes: planned.nodes.clone(),
            inputs: planned.inputs.clone(),
            outputs: planned.outputs.clone(),
            memory_limit: compiler.memory_limit,
        };
        if let Some(delegate) = compiler.delegates.get(planned.delegate) {
            return Runner::of(delegate.compile(&partition)?);
        }
        let node = partition.context(planned.nodes[0]);
        let callee = match (callees.remove(&node.id()), node.op()) {
            (Some(callee), _) => callee,
            (None, Op::ControlFlow(op)) => Callee::new(compiler, &node, op)?,
            (None, _) => return Err(CompileError::NoDelegates),
        };
        let call = callee.into_executable(&partition);
        Ok(Runner::Call(Box::new(call)))
    }

    /// Writes down how the graphs are split that nodes of this one call.
    fn list_calls(&mut self) {
        let calls = self.executables.iter().filter_map(|runner| match runner {
            Runner::Delegate { .. } => None,
            Runner::Call(call) => Some(call.plans()),
        });
        self.plan.calls = calls.flatten().collect();
    }

    /// Turns the measuring of each node's time on or off.
    pub(super) fn set_profiling(&mut self, enabled: bool) {
        self.is_profiled = enabled;
        for runner in &mut self.executables {
            runner.set_profiling(enabled);
        }
    }

    /// Holds the values of these tensors where they are known already.
    pub(super) fn keep_constants(&mut self, kept: &[TensorId]) {
        for &id in kept {
            let constant = self.graph.tensor(id).constant_view();
            self.values[id.0] = constant.map(|view| view.to_value());
        }
    }

    /// The value of a tensor that is not a constant, after a run.
    pub(super) fn value(&self, tensor: TensorId) -> Option<&Value> {
        self.values.get(tensor.0)?.as_ref()
    }

    /// Output `index` after a run with these inputs.
    pub(super) fn output<'a>(&'a self, index: usize, inputs: &[View<'a>]) -> Option<View<'a>> {
        value_of(
            &self.graph,
            &self.values,
            inputs,
            self.graph.outputs()[index],
        )
    }

    /// The shape of output `index`, where it is known before a run.
    pub(super) fn output_shape(&self, index: usize) -> Option<&Shape> {
        self.shapes[self.graph.outputs()[index].0].as_ref()
    }

    /// How the graph is split that `node` of another calls.
    pub(super) fn planned_call(&self, node: NodeId) -> PlannedCall {
        PlannedCall {
            node,
            graph_index: self.graph_index,
            plan: self.plan.clone(),
        }
    }

    /// What all partitions hold and move.
    pub(super) fn counters(&self) -> Counters {
        let mut counters = Counters::default();
        for executable in &self.executables {
            counters += executable.counters();
        }
        counters
    }

    /// The types of floats that nodes keep, those of the graphs that are called among them.
    pub(super) fn activation_types(&self) -> Vec<ActivationType> {
        let types = self.executables.iter().flat_map(|runner| match runner {
            Runner::Delegate { compiled, .. } => {
                let own = compiled.activation_types().into_iter();
                own.map(|(node, dtype)| ActivationType {
                    graph_index: self.graph_index,
                    node,
                    dtype,
                })
                .collect()
            }
            Runner::Call(call) => call.activation_types(),
        });
        types.collect()
    }

    /// Runs the partitions one after the other; `times` takes how long each took. Where a device
    /// fails, the compiler of `invocation` makes ready what takes the partition's place.
    pub(super) fn run(
        &mut self,
        inputs: &[View<'_>],
        state: &mut State,
        invocation: &mut Invocation<'_>,
        times: Option<&mut Vec<Duration>>,
    ) -> Result<(), RunError> {
        let faults = invocation.compiler.faults.len();
        let result = self.run_partitions(inputs, state, invocation, times);
        if invocation.compiler.faults.len() > faults {
            self.list_calls();
        }
        result
    }

    fn run_partitions(
        &mut self,
        inputs: &[View<'_>],
        state: &mut State,
        invocation: &mut Invocation<'_>,
        mut times: Option<&mut Vec<Duration>>,
    ) -> Result<(), RunError> {
        if let Some(times) = &mut times {
            times.clear();
        }
        self.feed_variables(inputs, state);
        for (&id, input) in std::iter::zip(self.graph.inputs(), inputs) {
            if !self.held.contains(id) {
                invocation.observe(self.graph_index, id, *input);
            }
        }
        let mut index = 0;
        while index < self.executables.len() {
            let started = times.is_some().then(Instant::now);
            let result = self.run_partition(index, inputs, state, invocation);
            if let Err(RunError::Device { delegate, reason }) = result {
                let moved = invocation.compiler.move_on(self, &self.plan, index, reason);
                let plan = moved.map_err(|reason| RunError::Device { delegate, reason })?;
                let faults = invocation.compiler.faults.len() - 1;
                let prepared = self.replace(plan, index, &mut invocation.compiler);
                // Where it fails, nothing has moved.
                let (plan, runners) =
                    prepared.inspect_err(|_| invocation.compiler.faults.truncate(faults))?;
                self.plan = plan;
                self.executables.splice(index..=index, runners);
                continue;
            }
            result?;
            if let (Some(times), Some(started)) = (&mut times, started) {
                times.push(started.elapsed());
            }
            index += 1;
        }
        self.keep_variables(state)
    }

    /// Gives variables that the caller feeds their values: they are read from the state as all others
    /// are.
    fn feed_variables(&self, inputs: &[View<'_>], state: &mut State) {
        for (&id, input) in std::iter::zip(self.graph.inputs(), inputs) {
            if self.graph.tensor(id).is_variable && !self.held.contains(id) {
                state.put_variable(self.graph_index, id, input.to_value());
            }
        }
    }

    /// Holds the values of variables that the caller reads.
    fn keep_variables(&mut self, state: &mut State) -> Result<(), RunError> {
        for &id in self.graph.outputs() {
            let tensor = self.graph.tensor(id);
            if tensor.is_variable {
                let value = state.variable(self.graph_index, id, tensor)?;
                self.values[id.0] = Some(value.clone());
            }
        }
        Ok(())
    }

    fn run_partition(
        &mut self,
        index: usize,
        inputs: &[View<'_>],
        state: &mut State,
        invocation: &mut Invocation<'_>,
    ) -> Result<(), RunError> {
        let (graph, graph_index) = (&self.graph, self.graph_index);
        let planned = &self.plan.partitions[index];
        let (mut outputs, mut views): (Vec<Value>, Vec<View<'_>>) =
            std::mem::take(&mut self.recycled);
        let unknown = Shape::default();
        for id in &planned.outputs {
            let dtype = graph.tensor(*id).dtype;
            let shape = self.shapes[id.0].as_ref().unwrap_or(&unknown);
            outputs.push(match self.values[id.0].take() {
                Some(mut value) => {
                    value.reset(dtype, shape)?;
                    value
                }
                None => Value::zeros(dtype, shape.clone())?,
            });
        }
        let ids = planned.inputs.iter();
        views.extend(ids.filter_map(|&id| value_of(graph, &self.values, inputs, id)));
        let mut io = Io {
            inputs: &views,
            outputs: &mut outputs,
            state,
        };
        let result = match &mut self.executables[index] {
            Runner::Delegate { executable, .. } if !invocation.is_observed() => {
                executable.invoke(&mut io)
            }
            Runner::Delegate { executable, .. } => match executable.as_observable() {
                Some(observable) => observable.invoke_observed(&mut io, &mut |tensor, value| {
                    invocation.observe(graph_index, tensor, value);
                }),
                None => Err(RunError::NotObservable {
                    delegate: self.plan.delegates[planned.delegate].clone(),
                }),
            },
            Runner::Call(call) => call.invoke(&mut io, invocation),
        };
        let is_call = matches!(self.executables[index], Runner::Call(_));
        let views = emptied(views);
        for (id, value) in std::iter::zip(&planned.outputs, outputs.drain(..)) {
            if is_call && result.is_ok() {
                invocation.observe(graph_index, *id, value.view());
            }
            self.values[id.0] = Some(value);
        }
        self.recycled = (outputs, views);
        result
    }
}

/// The value of a tensor that a partition or the caller reads. A validated graph has one for each
/// tensor that is read after the partitions before it ran.
fn value_of<'a>(
    graph: &'a Graph,
    values: &'a [Option<Value>],
    inputs: &[View<'a>],
    id: TensorId,
) -> Option<View<'a>> {
    let mut fed = graph.inputs().iter();
    let fed = fed.position(|&input| input == id && !graph.tensor(id).is_variable);
    if let Some(index) = fed {
        return Some(inputs[index]);
    }
    let constant = graph.tensor(id).constant_view();
    constant.or_else(|| values[id.0].as_ref().map(Value::view))
}
