//! A graph of a model with the memory of its inputs and outputs.

use std::sync::Arc;

use demilite::quantization::unpacked;
use demilite::{
    DataType, Delegate, Graph, Model, Session, Shape, State, Strings, Tensor, TensorId, Value,
    ValueError,
};

use crate::details::TensorDetails;
use crate::error::Error;
use crate::memory::{Array, Memory};
use crate::placement::{NodePlacement, NodeTime};

/// A graph that Python runs.
#[derive(Debug)]
pub(crate) struct RunnableGraph {
    model: Arc<Model>,
    index: usize,
    /// The shapes that the inputs are to have.
    input_shapes: Vec<Shape>,
    ready: Option<Ready>,
}

/// What there is once tensors are allocated.
#[derive(Debug)]
struct Ready {
    session: Session,
    inputs: Vec<Memory>,
    outputs: Vec<Memory>,
    /// Whether the outputs are those of an invocation.
    has_run: bool,
}

impl RunnableGraph {
    pub(crate) fn new(model: &Arc<Model>, index: usize) -> Self {
        let graph = &model.graphs()[index];
        let shapes = graph.inputs().iter().map(|&id| &graph.tensor(id).shape);
        RunnableGraph {
            model: Arc::clone(model),
            index,
            input_shapes: shapes.cloned().collect(),
            ready: None,
        }
    }

    pub(crate) fn graph(&self) -> &Graph {
        &self.model.graphs()[self.index]
    }

    fn tensor(&self, index: usize) -> Result<&Tensor, Error> {
        let tensors = self.graph().tensors();
        tensors.get(index).ok_or(Error::NoSuchTensor {
            index,
            count: tensors.len(),
        })
    }

    /// The place of a tensor among the inputs.
    fn input(&self, index: usize) -> Result<usize, Error> {
        let tensor = self.tensor(index)?;
        let inputs = self.graph().inputs();
        let place = inputs.iter().position(|id| id.0 == index);
        place.ok_or_else(|| Error::NotAnInput {
            index,
            name: tensor.name.clone(),
            inputs: inputs.iter().map(|id| id.0).collect(),
        })
    }

    /// What is known of a tensor, with the shape that it has now.
    pub(crate) fn details(&self, index: usize) -> Result<TensorDetails, Error> {
        let tensor = self.tensor(index)?;
        let shape = self.current_shape(index).unwrap_or(&tensor.shape);
        Ok(TensorDetails::new(self.graph(), TensorId(index), shape))
    }

    /// The shape of a tensor as inputs, the last invocation and what follows from the inputs have it.
    fn current_shape(&self, index: usize) -> Option<&Shape> {
        let inputs = self.graph().inputs();
        if let Some(place) = inputs.iter().position(|id| id.0 == index) {
            return Some(&self.input_shapes[place]);
        }
        let ready = self.ready.as_ref()?;
        let outputs = self.graph().outputs();
        match outputs.iter().position(|id| id.0 == index) {
            Some(place) if ready.has_run => Some(ready.outputs[place].value().shape()),
            _ => ready.session.shapes()[index].as_ref(),
        }
    }

    /// Asks for another shape of an input, which [`RunnableGraph::allocate`] gives it.
    pub(crate) fn resize(
        &mut self,
        index: usize,
        shape: Shape,
        is_strict: bool,
    ) -> Result<(), Error> {
        self.expect_unviewed()?;
        let place = self.input(index)?;
        let tensor = self.tensor(index)?;
        if is_strict && self.input_shapes[place] != shape && !tensor.fits_signature(&shape) {
            return Err(Error::Fixed {
                index,
                name: tensor.name.clone(),
                stated: tensor.shape.clone(),
                shape,
            });
        }
        self.input_shapes[place] = shape;
        Ok(())
    }

    /// Compiles the graph for the shapes of its inputs where it is not yet, and gives its inputs and outputs memory.
    pub(crate) fn allocate(
        &mut self,
        delegates: &[Arc<dyn Delegate>],
        keeps_all: bool,
    ) -> Result<(), Error> {
        self.expect_unviewed()?;
        if self.is_ready() {
            return Ok(());
        }
        let shapes = self.input_shapes.iter().cloned().enumerate();
        let session = match self.ready.take() {
            Some(mut ready) => match ready.session.resize_inputs(&shapes.collect::<Vec<_>>()) {
                Ok(()) => ready.session,
                Err(error) => {
                    self.ready = Some(ready);
                    return Err(error.into());
                }
            },
            None => {
                let mut builder = Session::builder(Arc::clone(&self.model))
                    .graph(self.index)
                    .delegates(delegates.iter().cloned());
                for (place, shape) in shapes {
                    builder = builder.input_shape(place, shape);
                }
                if keeps_all {
                    let tensors = 0..self.graph().tensors().len();
                    builder = tensors.fold(builder, |builder, id| builder.keep(TensorId(id)));
                }
                builder.build()?
            }
        };
        let memory = |dtype, shape: &Shape| zeros(dtype, shape).map(Memory::new);
        let inputs = session.inputs().into_iter();
        let inputs = inputs.map(|info| memory(info.dtype, &info.shape.unwrap_or_default()));
        let outputs = session.outputs().into_iter();
        let outputs =
            outputs.map(|info| memory(info.dtype, &info.shape.unwrap_or(Shape::from([0]))));
        let (inputs, outputs) = (
            inputs.collect::<Result<_, _>>()?,
            outputs.collect::<Result<_, _>>()?,
        );
        self.ready = Some(Ready {
            session,
            inputs,
            outputs,
            has_run: false,
        });
        self.refresh_variables()
    }

    /// Whether the graph is compiled for the shapes that its inputs are to have.
    fn is_ready(&self) -> bool {
        let ready = self.ready.as_ref();
        ready.is_some_and(|ready| ready.session.input_shapes() == self.input_shapes)
    }

    fn ready(&self) -> Result<&Ready, Error> {
        self.ready.as_ref().ok_or(Error::Unallocated)
    }

    fn runnable(&mut self) -> Result<&mut Ready, Error> {
        self.expect_unviewed()?;
        match self.is_ready() {
            true => self.ready.as_mut().ok_or(Error::NotReady),
            false => Err(Error::NotReady),
        }
    }

    /// # Errors
    /// [`Error::Viewed`] where an array lies over an input or output.
    fn expect_unviewed(&self) -> Result<(), Error> {
        let Some(ready) = &self.ready else {
            return Ok(());
        };
        let mut memories = ready.inputs.iter().chain(&ready.outputs);
        match memories.any(Memory::is_viewed) {
            true => Err(Error::Viewed),
            false => Ok(()),
        }
    }

    /// Runs the graph on what lies in its inputs.
    pub(crate) fn invoke(&mut self) -> Result<(), Error> {
        let Ready {
            session,
            inputs,
            outputs,
            has_run,
        } = self.runnable()?;
        invoke(session, inputs, outputs)?;
        *has_run = true;
        self.refresh_variables()
    }

    /// Runs the graph some times, and measures its nodes.
    pub(crate) fn profile(&mut self, runs: usize) -> Result<Vec<NodeTime>, Error> {
        let Ready {
            session,
            inputs,
            outputs,
            has_run,
        } = self.runnable()?;
        let times = NodeTime::of(session, runs, |session| invoke(session, inputs, outputs))?;
        *has_run |= runs > 0;
        self.refresh_variables()?;
        Ok(times)
    }

    /// Who runs which node.
    pub(crate) fn plan(&self) -> Result<Vec<NodePlacement>, Error> {
        let plan = self.ready()?.session.plan();
        Ok(NodePlacement::all(&self.model, self.index, plan))
    }

    /// Takes out what is kept from one invocation to the next.
    pub(crate) fn take_state(&mut self) -> Option<State> {
        Some(self.ready.as_mut()?.session.take_state())
    }

    /// Goes on from what another graph of the model kept.
    pub(crate) fn set_state(&mut self, state: State) -> Result<(), Error> {
        match &mut self.ready {
            Some(ready) => Ok(ready.session.set_state(state)?),
            None => Ok(()),
        }
    }

    /// Forgets what is kept from one invocation to the next.
    pub(crate) fn reset_state(&mut self) -> Result<(), Error> {
        self.expect_unviewed()?;
        if let Some(ready) = &mut self.ready {
            ready.session.reset_state();
        }
        self.refresh_variables()
    }

    /// Puts what variables hold into the inputs that they are too.
    fn refresh_variables(&mut self) -> Result<(), Error> {
        let graph = &self.model.graphs()[self.index];
        let Some(ready) = &mut self.ready else {
            return Ok(());
        };
        let inputs = std::iter::zip(graph.inputs(), &mut ready.inputs);
        for (&id, memory) in inputs.filter(|(id, _)| graph.tensor(**id).is_variable) {
            let mut state = ready.session.take_state();
            let value = state.variable(self.index, id, graph.tensor(id)).cloned();
            ready.session.set_state(state)?;
            *memory = Memory::new(value?);
        }
        Ok(())
    }

    /// The memory of an input or output.
    fn memory(&self, index: usize) -> Result<Option<&Memory>, Error> {
        self.tensor(index)?;
        let ready = self.ready()?;
        let is_it = |id: &TensorId| id.0 == index;
        let input = self.graph().inputs().iter().position(is_it);
        let output = self.graph().outputs().iter().position(is_it);
        Ok(match (input, output) {
            (Some(place), _) => Some(&ready.inputs[place]),
            (None, Some(place)) => Some(&ready.outputs[place]),
            (None, None) => None,
        })
    }

    /// The elements of a tensor: where inputs, outputs and constants lie, and copies of others.
    pub(crate) fn array(&mut self, index: usize) -> Result<Array, Error> {
        let array = match self.memory(index)? {
            Some(memory) => memory.array(),
            None => self.array_elsewhere(index)?,
        };
        let tensor = self.tensor(index)?;
        array.ok_or_else(|| Error::NoArray {
            index,
            name: tensor.name.clone(),
            dtype: tensor.dtype.name(),
        })
    }

    /// The elements of a tensor that is neither input nor output.
    fn array_elsewhere(&mut self, index: usize) -> Result<Option<Array>, Error> {
        let graph = Arc::clone(&self.model.graphs()[self.index]);
        let tensor = graph.tensor(TensorId(index));
        if let (Some(constant), None) = (&tensor.constant, &tensor.sparsity) {
            let numbers = tensor.constant_view().and_then(unpacked);
            return Ok(match numbers {
                Some(numbers) => {
                    Memory::new(Value::from_vec(tensor.shape.clone(), numbers)?).array()
                }
                None => Array::of_constant(constant, tensor.dtype, &tensor.shape),
            });
        }
        Ok(Memory::new(self.value(index)?).array())
    }

    /// A copy of a tensor that is neither input nor output nor constant.
    fn value(&mut self, index: usize) -> Result<Value, Error> {
        let (graph, id) = (
            Arc::clone(&self.model.graphs()[self.index]),
            TensorId(index),
        );
        let tensor = graph.tensor(id);
        let session = &mut self.ready.as_mut().ok_or(Error::Unallocated)?.session;
        if tensor.is_variable {
            let mut state = session.take_state();
            let value = state.variable(self.index, id, tensor).cloned();
            session.set_state(state)?;
            return Ok(value?);
        }
        let kept = session.kept(id).cloned();
        kept.ok_or_else(|| Error::NotKept {
            index,
            name: tensor.name.clone(),
        })
    }

    /// The shape and the strings of a tensor of strings.
    pub(crate) fn strings(&mut self, index: usize) -> Result<(Shape, Vec<Vec<u8>>), Error> {
        let owned = |strings: Strings<'_>| strings.iter().map(<[u8]>::to_vec).collect();
        if let Some(memory) = self.memory(index)? {
            let value = memory.value();
            return Ok((value.shape().clone(), owned(value.strings()?)));
        }
        if let Some(view) = self.tensor(index)?.constant_view() {
            return Ok((view.shape().clone(), owned(view.strings()?)));
        }
        let value = self.value(index)?;
        Ok((value.shape().clone(), owned(value.strings()?)))
    }

    /// Puts strings into an input.
    pub(crate) fn set_strings(&mut self, index: usize, strings: &[Vec<u8>]) -> Result<(), Error> {
        let place = self.input(index)?;
        let value = Value::from_strings(self.input_shapes[place].clone(), strings)?;
        let ready = self.ready.as_mut().ok_or(Error::Unallocated)?;
        ready.inputs[place] = Memory::new(value);
        Ok(())
    }
}

/// Runs a session on what lies in its inputs.
fn invoke(session: &mut Session, inputs: &[Memory], outputs: &mut [Memory]) -> Result<(), Error> {
    let views: Vec<_> = inputs.iter().map(|memory| memory.value().view()).collect();
    let taken = outputs.iter_mut().map(Memory::take);
    let mut values = taken.collect::<Result<Vec<_>, _>>()?;
    let outcome = session.run_into(&views, &mut values);
    for (memory, value) in std::iter::zip(outputs, values) {
        *memory = Memory::new(value);
    }
    Ok(outcome?)
}

/// A tensor of zeros, or of empty strings.
fn zeros(dtype: DataType, shape: &Shape) -> Result<Value, ValueError> {
    match dtype {
        DataType::String => {
            let strings = std::iter::repeat_n(b"", shape.checked_elements().unwrap_or(0));
            Value::from_strings(shape.clone(), strings)
        }
        _ => Value::zeros(dtype, shape.clone()),
    }
}
