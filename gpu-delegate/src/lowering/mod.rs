//! A program while the nodes of a partition are lowered one after the other: where their tensors lie, and their dispatches.

mod constants;
mod variables;

use std::collections::HashMap;
use std::sync::Arc;

use demilite_core::{
    DataType, Graph, Node, NodeContext, NodeId, Partition, Reject, TensorId, Work,
};
use demilite_shaders::Element;

use crate::device::Device;
use crate::error::GpuError;
use crate::memory::constant::stored_element;
use crate::memory::shared_buffer::SharedTensor;
use crate::memory::variable::VariableUse;
use crate::memory::weight_layout::{Channels, WeightLayout};
use crate::node::check::Moved;
use crate::program::{
    Candidate, Dispatch, DispatchEpilogue, Placement, ProgramBuilder, Storage, ValueCheck,
};
use variables::Variables;

/// Why a node that was supported could not be lowered.
pub(crate) enum LowerError {
    /// It is not what it was when it was asked for.
    Reject(Reject),
    /// The device.
    Device(GpuError),
}

impl From<Reject> for LowerError {
    fn from(reject: Reject) -> Self {
        LowerError::Reject(reject)
    }
}

impl From<GpuError> for LowerError {
    fn from(error: GpuError) -> Self {
        LowerError::Device(error)
    }
}

/// The program so far, and where its tensors lie.
pub(crate) struct Lowering<'a> {
    graph: &'a Graph,
    /// What invocations give.
    results: &'a [TensorId],
    program: ProgramBuilder,
    activations: HashMap<TensorId, Storage>,
    constants: HashMap<(TensorId, Element, WeightLayout, Option<Channels>), Storage>,
    /// Tensors of floats that dispatches read with another element than theirs, by what they are stored as and that element.
    converted: HashMap<(Storage, Element), Storage>,
    variables: Variables,
    /// What the node that is lowered reads and writes floats as.
    activation: Element,
}

impl<'a> Lowering<'a> {
    /// An empty program for the nodes of `partition`.
    pub(crate) fn new(partition: &'a Partition, device: Arc<Device>) -> Self {
        Lowering {
            graph: partition.graph(),
            results: partition.outputs(),
            program: ProgramBuilder::new(device),
            activations: HashMap::new(),
            constants: HashMap::new(),
            converted: HashMap::new(),
            variables: Variables::default(),
            activation: Element::F32,
        }
    }

    /// Makes input `id` of the partition a tensor that each invocation is fed.
    pub(crate) fn feed(
        &mut self,
        id: TensorId,
        elements: usize,
        element: Element,
    ) -> Result<(), GpuError> {
        let storage = self.program.input(elements, element)?;
        self.activations.insert(id, storage);
        Ok(())
    }

    /// Makes an input of the partition a tensor in a buffer of the caller.
    pub(crate) fn feed_shared(&mut self, tensor: &SharedTensor) -> Result<(), GpuError> {
        let storage = self.program.shared_input(tensor)?;
        self.activations.insert(tensor.id, storage);
        Ok(())
    }

    /// Begins a node, which reads and writes floats as `activation`.
    pub(crate) fn begin(&mut self, id: NodeId, work: Work, activation: Element) {
        self.program.begin(id);
        self.program.add_work(work);
        self.activation = activation;
    }

    /// Has invocations read output `id` of the partition back.
    pub(crate) fn read_back(&mut self, id: TensorId) -> Result<(), GpuError> {
        let storage = self.operand(id)?;
        match self.graph.tensor(id).dtype {
            DataType::Float16 => self.program.output_as_stored(storage),
            _ => self.program.output(storage)?,
        }
        Ok(())
    }

    /// Has invocations write an output of the partition to a buffer of the caller.
    pub(crate) fn write_shared(&mut self, tensor: &SharedTensor) -> Result<(), GpuError> {
        let storage = self.words(tensor.id)?;
        self.program.shared_output(tensor, storage)
    }

    /// The program of all nodes, and the variables that it reads and assigns, in the order of their numbers.
    ///
    /// # Errors
    /// [`GpuError::LimitExceeded`].
    pub(crate) fn finish(self) -> Result<(ProgramBuilder, Vec<VariableUse>), GpuError> {
        let mut program = self.program;
        let (variables, kept) = self.variables.finish();
        for (source, variable) in kept {
            program.keep(source, variable)?;
        }
        Ok((program, variables))
    }

    /// How many dispatches there are.
    pub(crate) fn dispatches(&self) -> usize {
        self.program.dispatches()
    }

    /// Has the dispatch since number `first` that writes `source` do `epilogue` before it writes, and makes what it then writes
    /// `output`; returns whether it can.
    pub(crate) fn extend(
        &mut self,
        first: usize,
        source: TensorId,
        output: TensorId,
        epilogue: &DispatchEpilogue,
    ) -> Result<bool, GpuError> {
        let written = self.operand(source)?;
        let extends = self.program.extend(first, written, epilogue);
        if extends {
            self.activations.remove(&source);
            self.activations.insert(output, written);
        }
        Ok(extends)
    }

    /// The graph that the nodes are of.
    pub(crate) fn graph(&self) -> &'a Graph {
        self.graph
    }

    /// The device.
    pub(crate) fn device(&self) -> &Device {
        self.program.device()
    }

    /// Where tensor `id` lies: an activation, or a constant with the element that it has in the file. One of float16 is seen as
    /// floats, whether they were computed or moved.
    pub(crate) fn operand(&mut self, id: TensorId) -> Result<Storage, GpuError> {
        let storage = match self.activations.get(&id) {
            Some(&storage) => storage,
            None => return self.constant(id, WeightLayout::File, None),
        };
        Ok(match self.graph.tensor(id).dtype {
            DataType::Float16 => storage.seen_as(self.device().half()),
            _ => storage,
        })
    }

    /// The same for what only moves the tensor's bytes: float16 is seen as words.
    fn words(&mut self, id: TensorId) -> Result<Storage, GpuError> {
        let storage = self.operand(id)?;
        Ok(match self.graph.tensor(id).dtype {
            DataType::Float16 => storage.seen_as(Element::I16),
            _ => storage,
        })
    }

    /// The element that a tensor is stored with.
    pub(crate) fn element(&self, storage: Storage) -> Element {
        self.program.element(storage)
    }

    /// Whether tensor `id` is a constant.
    pub(crate) fn is_constant(&self, id: TensorId) -> bool {
        !self.activations.contains_key(&id)
    }

    /// Where data input `index`, of quantized integers or of floats of any element, lies.
    pub(crate) fn stored_input(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
    ) -> Result<Storage, LowerError> {
        Ok(self.operand(required(node, index)?)?)
    }

    /// What the node that is lowered reads and writes float32 as.
    pub(crate) fn activation_element(&self) -> Element {
        self.activation
    }

    /// What the node that is lowered reads and writes the floats of tensor `id` as: float16 is what it is in the file.
    fn element_of(&self, id: TensorId) -> Element {
        match self.graph.tensor(id).dtype {
            DataType::Float16 => self.device().half(),
            _ => self.activation,
        }
    }

    /// Where data input `index`, of floats, lies, with the node's element of floats.
    pub(crate) fn input(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
    ) -> Result<Storage, LowerError> {
        Ok(self.activation(required(node, index)?)?)
    }

    /// Where data input `index`, of floats, lies for kernels that read any element of floats: as it is stored, where nobody else reads
    /// it.
    pub(crate) fn float_input(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
    ) -> Result<Storage, LowerError> {
        let id = required(node, index)?;
        if self.is_constant(id) || self.readers(id) != 1 {
            return self.input(node, index);
        }
        Ok(self.operand(id)?)
    }

    /// How many nodes of the graph read tensor `id`.
    fn readers(&self, id: TensorId) -> usize {
        let reads = |node: &&Node| node.inputs.contains(&Some(id));
        self.graph.nodes().iter().filter(reads).count()
    }

    /// Has the dispatch that computes input `index` of a node write it to its place in `whole`; whether it can. Nobody else may want the
    /// input.
    pub(crate) fn place(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
        whole: Storage,
        placement: Placement,
    ) -> Result<bool, LowerError> {
        if !self.device().options().fusion {
            return Ok(false);
        }
        let id = required(node, index)?;
        let is_result = self.results.contains(&id) || self.graph.outputs().contains(&id);
        let reads = node
            .node()
            .inputs
            .iter()
            .filter(|input| **input == Some(id));
        if is_result || self.is_constant(id) || self.readers(id) != 1 || reads.count() != 1 {
            return Ok(false);
        }
        let part = self.operand(id)?;
        let names = self
            .activations
            .values()
            .filter(|other| other.is_same_memory(part));
        Ok(names.count() == 1 && self.program.place(part, whole, placement))
    }

    /// Where tensor `id`, of floats, lies, with the node's element of floats.
    pub(crate) fn activation(&mut self, id: TensorId) -> Result<Storage, GpuError> {
        self.with_element(id, self.element_of(id))
    }

    /// Where tensor `id`, of floats, lies, with this element.
    fn with_element(&mut self, id: TensorId, element: Element) -> Result<Storage, GpuError> {
        let operand = self.operand(id)?;
        if let Some(&converted) = self.converted.get(&(operand, element)) {
            return Ok(converted);
        }
        let converted = match self.is_constant(id) {
            true => self.program.converted_constant(operand, element)?,
            false => self.program.converted(operand, element)?,
        };
        self.converted.insert((operand, element), converted);
        Ok(converted)
    }

    /// Where data input `index`, of floats, lies, as 32-bit floats.
    pub(crate) fn single_input(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
    ) -> Result<Storage, LowerError> {
        Ok(self.with_element(required(node, index)?, Element::F32)?)
    }

    /// Makes output `index` a tensor of `elements` elements for dispatches to write.
    pub(crate) fn output(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
        elements: usize,
    ) -> Result<Storage, LowerError> {
        let element = self.element_of(node.node().outputs[index]);
        self.output_at(node, index, elements, element)
    }

    /// Makes output 0 a tensor of `elements` elements of this kind for dispatches to write.
    pub(crate) fn output_of(
        &mut self,
        node: &NodeContext<'_>,
        elements: usize,
        element: Element,
    ) -> Result<Storage, LowerError> {
        self.output_at(node, 0, elements, element)
    }

    /// Makes output `index` a tensor of `elements` elements of this kind for dispatches to write.
    pub(crate) fn output_at(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
        elements: usize,
        element: Element,
    ) -> Result<Storage, LowerError> {
        let storage = self.program.shared(elements, element)?;
        self.activations.insert(node.node().outputs[index], storage);
        Ok(storage)
    }

    /// Has every invocation check `count` 32-bit integers of `storage`.
    pub(crate) fn check_values(&mut self, storage: Storage, count: usize, check: ValueCheck) {
        self.program.check_values(storage, count, check);
    }

    /// Where data input `index` lies for dispatches that only move its elements.
    pub(crate) fn moved_input(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
        moved: Moved,
    ) -> Result<Storage, LowerError> {
        match moved {
            Moved::Float => self.input(node, index),
            Moved::Bits(element, _) => Ok(self.stored_input(node, index)?.seen_as(element)),
        }
    }

    /// Makes output `index` a tensor of `elements` elements of the device for dispatches that only move them.
    pub(crate) fn moved_output(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
        elements: usize,
        moved: Moved,
    ) -> Result<Storage, LowerError> {
        match moved {
            Moved::Float => self.output(node, index, elements),
            Moved::Bits(element, _) => self.output_at(node, index, elements, element),
        }
    }

    /// Where data input 0 lies, and output 0, a tensor of `elements` elements of the same kind for dispatches to write.
    pub(crate) fn same_element(
        &mut self,
        node: &NodeContext<'_>,
        elements: usize,
    ) -> Result<(Storage, Storage), LowerError> {
        let Some((element, _)) = stored_element(node.output(0).dtype) else {
            return Ok((self.input(node, 0)?, self.output(node, 0, elements)?));
        };
        let input = self.stored_input(node, 0)?;
        Ok((input, self.output_of(node, elements, element)?))
    }

    /// A tensor of `elements` elements between two dispatches of one node.
    pub(crate) fn intermediate(
        &mut self,
        elements: usize,
        element: Element,
    ) -> Result<Storage, LowerError> {
        Ok(self.program.shared(elements, element)?)
    }

    /// A table of `elements` elements whose bytes are `contents`, of which `file_bytes` stand for constants of the file.
    pub(crate) fn table(
        &mut self,
        what: &str,
        contents: &[u8],
        elements: usize,
        element: Element,
        file_bytes: usize,
    ) -> Result<Storage, LowerError> {
        let table = self
            .program
            .constant(what, contents, elements, element, file_bytes)?;
        Ok(table)
    }

    /// Makes output 0 another name of input 0.
    pub(crate) fn rename(&mut self, node: &NodeContext<'_>) -> Result<(), LowerError> {
        let input = self.stored_input(node, 0)?;
        self.alias(node, input);
        Ok(())
    }

    /// Makes output 0 another name of `storage`.
    pub(crate) fn alias(&mut self, node: &NodeContext<'_>, storage: Storage) {
        self.alias_at(node, 0, storage);
    }

    /// Makes output `index` another name of `storage`.
    pub(crate) fn alias_at(&mut self, node: &NodeContext<'_>, index: usize, storage: Storage) {
        self.activations.insert(node.node().outputs[index], storage);
    }

    /// Adds the dispatch that stores `source` again as `target`, of as many elements.
    ///
    /// # Errors
    /// [`GpuError::LimitExceeded`].
    pub(crate) fn copy(&mut self, source: Storage, target: Storage) -> Result<(), GpuError> {
        self.program.copy(source, target)
    }

    /// Adds a dispatch.
    pub(crate) fn dispatch(&mut self, dispatch: Dispatch) {
        self.program.dispatch(dispatch);
    }

    /// Adds a dispatch after all others: `usual`, or one of its rivals where that was measured to be faster in layers of its class.
    pub(crate) fn dispatch_fastest(
        &mut self,
        class: String,
        usual: Candidate,
        rivals: impl IntoIterator<Item = Candidate>,
    ) {
        self.program.dispatch_fastest(class, usual, rivals);
    }
}

fn required(node: &NodeContext<'_>, index: usize) -> Result<TensorId, Reject> {
    node.input_id(index)
        .ok_or_else(|| Reject::invalid(format!("input {index} is absent")))
}
