//! A model that Python runs: a lock around its graphs, and exceptions.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use demilite::cpu::CpuOptions;
use demilite::{Delegate, DelegateOptions, Model, Shape, delegates_with};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;

use crate::details::{NodeDetails, TensorDetails};
use crate::error::Error;
use crate::graph::RunnableGraph;
use crate::memory::Array;
use crate::placement::{NodePlacement, NodeTime};

/// A signature: its key, its graph, and the tensors of its inputs and outputs by their names.
type Signature = (String, usize, Vec<(String, usize)>, Vec<(String, usize)>);

/// A model with graphs that run.
#[pyclass(frozen, module = "demilite._native")]
#[derive(Debug)]
pub(crate) struct Interpreter {
    model: Arc<Model>,
    delegates: Vec<Arc<dyn Delegate>>,
    without_gpu: Option<String>,
    keeps_all: bool,
    graphs: Mutex<Graphs>,
}

/// The graphs of a model, which share what is kept from one invocation to the next.
#[derive(Debug)]
struct Graphs {
    all: Vec<RunnableGraph>,
    /// The graph that ran last, which has the state.
    current: usize,
}

impl Graphs {
    fn get(&mut self, index: usize) -> Result<&mut RunnableGraph, Error> {
        let count = self.all.len();
        let graph = self.all.get_mut(index);
        graph.ok_or(Error::NoSuchGraph { index, count })
    }

    /// A graph that is about to run, with the state.
    fn current(&mut self, index: usize) -> Result<&mut RunnableGraph, Error> {
        self.get(index)?;
        let before = std::mem::replace(&mut self.current, index);
        if before != index
            && let Some(state) = self.all[before].take_state()
        {
            self.all[index].set_state(state)?;
        }
        self.get(index)
    }
}

impl Interpreter {
    fn new(
        model: Model,
        choice: &str,
        threads: Option<NonZeroUsize>,
        keeps_all: bool,
    ) -> Result<Self, Error> {
        let mut cpu = CpuOptions::default();
        cpu.threads = threads;
        let selection = delegates_with(choice.parse()?, DelegateOptions::default().cpu(cpu))?;
        let model = Arc::new(model);
        let graphs = 0..model.graphs().len();
        let graphs = graphs.map(|index| RunnableGraph::new(&model, index));
        Ok(Interpreter {
            graphs: Mutex::new(Graphs {
                all: graphs.collect(),
                current: 0,
            }),
            model,
            delegates: selection.delegates,
            without_gpu: selection.without_gpu.map(|error| error.to_string()),
            keeps_all,
        })
    }

    /// The graphs, for a moment.
    fn lock(&self, py: Python<'_>) -> Result<MutexGuard<'_, Graphs>, Error> {
        self.graphs
            .lock_py_attached(py)
            .map_err(|_| Error::Poisoned)
    }

    /// The graphs, for long: other threads of Python run meanwhile.
    fn detached<T: Send>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Graphs) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        py.detach(|| act(&mut *self.graphs.lock().map_err(|_| Error::Poisoned)?))
    }
}

#[pymethods]
impl Interpreter {
    /// Reads a file.
    #[staticmethod]
    fn open(
        py: Python<'_>,
        path: PathBuf,
        delegate: &str,
        num_threads: Option<NonZeroUsize>,
        preserve_all_tensors: bool,
    ) -> Result<Self, Error> {
        py.detach(|| {
            Interpreter::new(
                Model::open(path)?,
                delegate,
                num_threads,
                preserve_all_tensors,
            )
        })
    }

    /// Reads the bytes of a file.
    #[staticmethod]
    fn from_bytes(
        py: Python<'_>,
        content: &[u8],
        delegate: &str,
        num_threads: Option<NonZeroUsize>,
        preserve_all_tensors: bool,
    ) -> Result<Self, Error> {
        py.detach(|| {
            let model = Model::from_bytes(content, "model_content")?;
            Interpreter::new(model, delegate, num_threads, preserve_all_tensors)
        })
    }

    /// How many graphs the model has.
    #[getter]
    fn graph_count(&self) -> usize {
        self.model.graphs().len()
    }

    /// The delegates, the first preferred.
    #[getter]
    fn delegates(&self) -> Vec<&str> {
        let delegates = self.delegates.iter();
        delegates.map(|delegate| delegate.name()).collect()
    }

    /// Why "auto" left the GPU out.
    #[getter]
    fn without_gpu(&self) -> Option<&str> {
        self.without_gpu.as_deref()
    }

    /// The signatures: key, graph, and tensors of inputs and outputs by name.
    fn signatures(&self) -> Vec<Signature> {
        let named = |tensors: &[(String, demilite::TensorId)]| -> Vec<(String, usize)> {
            let tensors = tensors.iter();
            tensors.map(|(name, id)| (name.clone(), id.0)).collect()
        };
        let signatures = self.model.signatures().iter().map(|signature| {
            let (inputs, outputs) = (named(&signature.inputs), named(&signature.outputs));
            (
                signature.key.clone(),
                signature.graph_index,
                inputs,
                outputs,
            )
        });
        signatures.collect()
    }

    /// The tensors that a graph takes.
    fn inputs(&self, py: Python<'_>, graph: usize) -> Result<Vec<usize>, Error> {
        let mut graphs = self.lock(py)?;
        let inputs = graphs.get(graph)?.graph().inputs();
        Ok(inputs.iter().map(|id| id.0).collect())
    }

    /// The tensors that a graph gives.
    fn outputs(&self, py: Python<'_>, graph: usize) -> Result<Vec<usize>, Error> {
        let mut graphs = self.lock(py)?;
        let outputs = graphs.get(graph)?.graph().outputs();
        Ok(outputs.iter().map(|id| id.0).collect())
    }

    /// How many tensors a graph has.
    fn tensor_count(&self, py: Python<'_>, graph: usize) -> Result<usize, Error> {
        Ok(self.lock(py)?.get(graph)?.graph().tensors().len())
    }

    /// What is known of a tensor.
    fn tensor_details(
        &self,
        py: Python<'_>,
        graph: usize,
        tensor: usize,
    ) -> Result<TensorDetails, Error> {
        self.lock(py)?.get(graph)?.details(tensor)
    }

    /// The nodes of a graph.
    fn node_details(&self, py: Python<'_>, graph: usize) -> Result<Vec<NodeDetails>, Error> {
        Ok(NodeDetails::all(self.lock(py)?.get(graph)?.graph()))
    }

    /// Asks for another shape of an input.
    fn resize(
        &self,
        py: Python<'_>,
        graph: usize,
        tensor: usize,
        shape: Vec<usize>,
        strict: bool,
    ) -> Result<(), Error> {
        self.lock(py)?
            .get(graph)?
            .resize(tensor, Shape::from(shape), strict)
    }

    /// Compiles a graph where that is still to be done.
    fn allocate(&self, py: Python<'_>, graph: usize) -> Result<(), Error> {
        self.detached(py, |graphs| {
            graphs.get(graph)?.allocate(&self.delegates, self.keeps_all)
        })
    }

    /// The elements of a tensor.
    fn array(&self, py: Python<'_>, graph: usize, tensor: usize) -> Result<Array, Error> {
        self.lock(py)?.get(graph)?.array(tensor)
    }

    /// The shape and the elements of a tensor of strings.
    fn strings(
        &self,
        py: Python<'_>,
        graph: usize,
        tensor: usize,
    ) -> Result<(Vec<usize>, Vec<Vec<u8>>), Error> {
        let (shape, strings) = self.lock(py)?.get(graph)?.strings(tensor)?;
        Ok((shape.to_vec(), strings))
    }

    /// Puts strings into an input.
    fn set_strings(
        &self,
        py: Python<'_>,
        graph: usize,
        tensor: usize,
        strings: Vec<Vec<u8>>,
    ) -> Result<(), Error> {
        self.lock(py)?.get(graph)?.set_strings(tensor, &strings)
    }

    /// Runs a graph.
    fn invoke(&self, py: Python<'_>, graph: usize) -> Result<(), Error> {
        self.detached(py, |graphs| graphs.current(graph)?.invoke())
    }

    /// Forgets what is kept from one invocation to the next.
    fn reset_state(&self, py: Python<'_>) -> Result<(), Error> {
        let mut graphs = self.lock(py)?;
        graphs
            .all
            .iter_mut()
            .try_for_each(RunnableGraph::reset_state)
    }

    /// Who runs which node.
    fn plan(&self, py: Python<'_>, graph: usize) -> Result<Vec<NodePlacement>, Error> {
        self.lock(py)?.get(graph)?.plan()
    }

    /// Runs a graph some times, and measures its nodes.
    fn profile(&self, py: Python<'_>, graph: usize, runs: usize) -> Result<Vec<NodeTime>, Error> {
        self.detached(py, |graphs| graphs.current(graph)?.profile(runs))
    }
}
