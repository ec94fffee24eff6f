//! WHILE: a graph that is called again and again, as long as another one says so.

use super::call::{run, truth};
use super::compiled_graph::CompiledGraph;
use super::compiler::Compiler;
use super::invocation::Invocation;
use super::specialization::GivenInput;
use crate::dtype::DataType;
use crate::error::{CompileError, OpError, RunError};
use crate::node::NodeContext;
use crate::state::State;
use crate::value::{Value, View};

/// A loop.
pub(super) struct While {
    pub(super) condition: CompiledGraph,
    pub(super) body: CompiledGraph,
    /// For each value whether the body hands it on as it came.
    is_invariant: Vec<bool>,
}

impl While {
    /// Compiles a loop. A value whose shape the body changes has one that only the invocation
    /// shows.
    pub(super) fn new(
        compiler: &mut Compiler<'_>,
        node: &NodeContext<'_>,
        (condition, body): (usize, usize),
        mut given: Vec<GivenInput>,
    ) -> Result<Self, CompileError> {
        let graph = &compiler.model.graphs()[body];
        let is_invariant: Vec<bool> = std::iter::zip(graph.inputs(), graph.outputs())
            .map(|(input, output)| input == output)
            .collect();
        for (given, is_invariant) in std::iter::zip(&mut given, &is_invariant) {
            given.constant.take_if(|_| !is_invariant);
        }
        let memory = compiler.memory();
        loop {
            compiler.set_memory(memory);
            let compiled = compiler.compile_called(node, body, &given)?;
            let mut is_settled = true;
            for (index, given) in given.iter_mut().enumerate() {
                if given.shape.is_some() && compiled.output_shape(index) != given.shape.as_ref() {
                    given.shape = None;
                    is_settled = false;
                }
            }
            if is_settled {
                return Ok(While {
                    condition: compiler.compile_called(node, condition, &given)?,
                    body: compiled,
                    is_invariant,
                });
            }
        }
    }
}

impl While {
    /// The same loop with graphs that `again` makes.
    pub(super) fn instantiate(
        &self,
        mut again: impl FnMut(&CompiledGraph) -> Result<CompiledGraph, CompileError>,
    ) -> Result<Self, CompileError> {
        Ok(While {
            condition: again(&self.condition)?,
            body: again(&self.body)?,
            is_invariant: self.is_invariant.clone(),
        })
    }
}

/// Where a loop failed.
pub(super) enum LoopError {
    Own(OpError),
    Called(RunError),
}

impl From<OpError> for LoopError {
    fn from(error: OpError) -> Self {
        LoopError::Own(error)
    }
}

impl From<RunError> for LoopError {
    fn from(error: RunError) -> Self {
        LoopError::Called(error)
    }
}

impl While {
    /// The values of the loop: those that stay are the arguments themselves.
    pub(super) fn views<'a>(&self, arguments: &[View<'a>], carried: &'a [Value]) -> Vec<View<'a>> {
        let values = std::iter::zip(carried, &self.is_invariant);
        std::iter::zip(arguments, values)
            .map(|(argument, (value, &stays))| if stays { *argument } else { value.view() })
            .collect()
    }

    /// Runs the loop and leaves the last values in the first of `carried`.
    pub(super) fn run(
        &mut self,
        arguments: &[View<'_>],
        carried: &mut [Vec<Value>; 2],
        state: &mut State,
        invocation: &mut Invocation<'_>,
    ) -> Result<(), LoopError> {
        let memory_limit = invocation.compiler.memory_limit;
        let [values, next] = carried;
        for list in [&mut *values, &mut *next] {
            while list.len() < arguments.len() {
                let empty = Value::zeros(DataType::UInt8, [0]).map_err(OpError::from)?;
                list.push(empty);
            }
        }
        self.copy_changing(values, |index| Some(arguments[index]))?;
        loop {
            let views = self.views(arguments, values);
            run(&mut self.condition, &views, state, invocation)?;
            if !truth(self.condition.output(0, &views))? {
                return Ok(());
            }
            invocation.count_round()?;
            run(&mut self.body, &views, state, invocation)?;
            self.copy_changing(next, |index| self.body.output(index, &views))?;
            let bytes: usize = next.iter().map(|value| value.bytes().len()).sum();
            if bytes > memory_limit {
                return Err(LoopError::Own(OpError::rule(format!(
                    "its values grew to {bytes} bytes, beyond the session's memory limit of \
                     {memory_limit}"
                ))));
            }
            std::mem::swap(values, next);
        }
    }

    fn copy_changing<'a>(
        &self,
        values: &mut [Value],
        source: impl Fn(usize) -> Option<View<'a>>,
    ) -> Result<(), OpError> {
        for (index, value) in values.iter_mut().enumerate() {
            if !self.is_invariant[index] {
                value.assign(source(index).ok_or(OpError::Unknown { index })?)?;
            }
        }
        Ok(())
    }
}
