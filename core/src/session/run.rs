//! The ways to run a session once.

use std::collections::BTreeMap;

use super::Session;
use super::invocation::{Invocation, Observed};
use super::names::quoted;
use crate::error::RunError;
use crate::value::{Value, View};

impl Session {
    /// Runs the graph once and returns its outputs in the graph's order. Inputs and outputs that a
    /// delegate holds ([`Delegate::holds`](crate::Delegate::holds)) are left out.
    ///
    /// # Errors
    /// A [`RunError`] that names the input or node.
    pub fn run(&mut self, inputs: &[Value]) -> Result<Vec<Value>, RunError> {
        let views: Vec<View<'_>> = inputs.iter().map(Value::view).collect();
        let mut outputs = Vec::new();
        self.run_into(&views, &mut outputs)?;
        Ok(outputs)
    }

    /// As [`Session::run`], with inputs that lie anywhere and outputs that go into the memory of `outputs`, which is used again
    /// where it is large enough. `outputs` may be empty at first.
    ///
    /// # Errors
    /// A [`RunError`] that names the input or node. What `outputs` then holds is unspecified.
    pub fn run_into(
        &mut self,
        inputs: &[View<'_>],
        outputs: &mut Vec<Value>,
    ) -> Result<(), RunError> {
        self.invoke(inputs, outputs, None)
    }

    /// [`Session::run`], with each tensor shown to `observe` as soon as it is written, one at a time: none
    /// is kept for it, so that it may look at many more than memory holds at once.
    ///
    /// It sees the inputs, the outputs of each node, and each variable tensor that a node changed, of
    /// the session's graph and of the graphs that it calls: these once for each call, a loop's body
    /// once for each round. It does not see constants, what follows from constants alone, values of
    /// resource variables, and tensors that a delegate holds.
    ///
    /// # Errors
    /// [`RunError::NotObservable`] where a node runs on a delegate that does not show what it computes
    /// ([`Executable::as_observable`](crate::Executable::as_observable)), and those of [`Session::run`].
    ///
    /// ```
    /// # use std::collections::BTreeMap;
    /// # use demilite_core::{RunError, Session, Value};
    /// /// The least and the largest number that each float tensor holds for some samples.
    /// fn ranges(
    ///     session: &mut Session,
    ///     samples: impl Iterator<Item = Vec<Value>>,
    /// ) -> Result<BTreeMap<(usize, usize), (f32, f32)>, RunError> {
    ///     let mut ranges = BTreeMap::new();
    ///     for sample in samples {
    ///         session.run_observed(&sample, &mut |observed| {
    ///             let tensor = (observed.graph_index, observed.tensor.0);
    ///             let range = ranges.entry(tensor).or_insert((f32::MAX, f32::MIN));
    ///             for &x in observed.value.as_slice::<f32>().unwrap_or_default() {
    ///                 *range = (range.0.min(x), range.1.max(x));
    ///             }
    ///         })?;
    ///     }
    ///     Ok(ranges)
    /// }
    /// ```
    pub fn run_observed(
        &mut self,
        inputs: &[Value],
        observe: &mut dyn FnMut(Observed<'_>),
    ) -> Result<Vec<Value>, RunError> {
        let views: Vec<View<'_>> = inputs.iter().map(Value::view).collect();
        let mut outputs = Vec::new();
        self.invoke(&views, &mut outputs, Some(observe))?;
        Ok(outputs)
    }

    fn invoke(
        &mut self,
        inputs: &[View<'_>],
        outputs: &mut Vec<Value>,
        observer: Option<&mut dyn FnMut(Observed<'_>)>,
    ) -> Result<(), RunError> {
        self.check_inputs(inputs)?;
        let (held, with_held);
        let views = if inputs.len() == self.compiled.graph.inputs().len() {
            inputs
        } else {
            // No partition asks for it.
            held = Value::default();
            with_held = self.with_held(inputs, held.view());
            &with_held
        };
        let times = self.profile.as_mut().map(|profile| &mut profile.partitions);
        let (compiler, round_limit) = (self.builder.compiler(), self.builder.round_limit);
        // What it borrows lives no longer than the compiler.
        let observer = observer.map(|observer| observer as &mut dyn FnMut(Observed<'_>));
        let mut invocation = Invocation::new(compiler, round_limit, observer);
        let result = self
            .compiled
            .run(views, &mut self.state, &mut invocation, times);
        self.faults.append(&mut invocation.compiler.faults);
        result?;
        if let Some(profile) = &mut self.profile {
            let executables = self.compiled.executables.iter();
            profile.nodes = executables.flat_map(|each| each.node_times()).collect();
        }
        let given = self.compiled.graph.outputs().iter().enumerate();
        let given = given.filter(|(_, id)| !self.compiled.held.contains(**id));
        let given = given.filter_map(|(index, _)| self.compiled.output(index, views));
        let mut count = 0;
        for view in given {
            match outputs.get_mut(count) {
                Some(output) => output.assign(view)?,
                None => outputs.push(view.to_value()),
            }
            count += 1;
        }
        outputs.truncate(count);
        Ok(())
    }

    /// The inputs of the graph: those that are fed, and `held` for those that a delegate holds.
    fn with_held<'a>(&self, inputs: &[View<'a>], held: View<'a>) -> Vec<View<'a>> {
        let mut fed = inputs.iter();
        let ids = self.compiled.graph.inputs().iter();
        let views = ids.filter_map(|&id| match self.compiled.held.contains(id) {
            true => Some(held),
            false => fed.next().copied(),
        });
        views.collect()
    }

    /// Runs the graph once with inputs by their names, and returns its outputs by theirs. A variable that is an
    /// input too keeps its value where it is not named.
    ///
    /// # Errors
    /// A [`RunError`] that names the input or node.
    pub fn run_named(
        &mut self,
        mut inputs: BTreeMap<String, Value>,
    ) -> Result<BTreeMap<String, Value>, RunError> {
        let wrong = |what: String| RunError::InputName {
            what,
            available: quoted(self.names.inputs.iter()),
        };
        let graph = &self.compiled.graph;
        let fed = graph.inputs().iter();
        let fed = fed.filter(|&&id| !self.compiled.held.contains(id));
        let mut values = Vec::with_capacity(self.names.inputs.len());
        for (name, &id) in std::iter::zip(&self.names.inputs, fed) {
            let tensor = graph.tensor(id);
            values.push(match inputs.remove(name) {
                Some(value) => value,
                None if tensor.is_variable => {
                    let index = self.builder.graph_index;
                    self.state.variable(index, id, tensor)?.clone()
                }
                None => return Err(wrong(format!("input {name:?} is missing"))),
            });
        }
        if let Some(name) = inputs.keys().next() {
            return Err(wrong(format!("no input is called {name:?}")));
        }
        let outputs = self.run(&values)?;
        Ok(std::iter::zip(self.names.outputs.iter().cloned(), outputs).collect())
    }

    fn check_inputs(&self, inputs: &[View<'_>]) -> Result<(), RunError> {
        let graph = self.graph();
        let fed = graph.inputs().iter().enumerate();
        let fed = fed.filter(|(_, id)| !self.compiled.held.contains(**id));
        let expected = fed.clone().count();
        if inputs.len() != expected {
            return Err(RunError::InputCount {
                expected,
                actual: inputs.len(),
            });
        }
        for (value, (index, &id)) in std::iter::zip(inputs, fed) {
            let tensor = graph.tensor(id);
            if value.dtype() != tensor.dtype || *value.shape() != self.input_shapes[index] {
                return Err(RunError::Input {
                    index,
                    name: tensor.name.clone(),
                    expected_dtype: tensor.dtype,
                    expected_shape: self.input_shapes[index].clone(),
                    dtype: value.dtype(),
                    shape: value.shape().clone(),
                });
            }
        }
        Ok(())
    }
}
