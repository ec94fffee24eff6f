//! From the nodes of a partition to dispatches.

mod chain;
mod variable;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use demilite_core::{CompileError, DataType, Graph, NodeContext, Partition, Reject, TensorId};
use demilite_shaders::Element;

use crate::delegate::{NAME, SharedBuffers};
use crate::device::context::GpuContext;
use crate::error::GpuError;
use crate::fusion::{Fate, Fusions};
use crate::memory::buffer::fed_storage;
use crate::memory::constant::{device_constant, stored_element};
use crate::memory::shared_buffer::shared_tensors;
use crate::memory::variable::{Variable, Variables};
use crate::memory::weight_layout::{Channels, WeightLayout};
use crate::node::check::Moved;
use crate::op;
use crate::precision::NodePrecisions;
use crate::program::{Dispatch, ProgramBuilder, Storage, ValueCheck};

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

/// What became of a partition.
pub(crate) struct Lowered {
    pub(crate) program: ProgramBuilder,
    pub(crate) variables: Vec<Variable>,
}

/// The program so far, and where its tensors lie.
pub(crate) struct Lowering<'a> {
    graph: &'a Graph,
    program: ProgramBuilder,
    activations: HashMap<TensorId, Storage>,
    constants: HashMap<(TensorId, WeightLayout, Option<Channels>), Storage>,
    /// Tensors of floats that dispatches read with another element than theirs, by what they are stored as and that element.
    converted: HashMap<(Storage, Element), Storage>,
    variables: Variables,
    /// What the node that is lowered reads and writes floats as.
    activation: Element,
}

/// The program of a partition, some of whose tensors may lie in buffers of the caller.
pub(crate) fn lower(
    context: Arc<GpuContext>,
    partition: &Partition,
    fusions: &Fusions,
    precisions: &NodePrecisions,
    shared: &SharedBuffers,
) -> Result<Lowered, CompileError> {
    let device = |reason: GpuError| CompileError::Device {
        delegate: NAME.to_owned(),
        reason: reason.into(),
    };
    let mut lowering = Lowering {
        graph: partition.graph(),
        program: ProgramBuilder::new(context),
        activations: HashMap::new(),
        constants: HashMap::new(),
        converted: HashMap::new(),
        variables: Variables::default(),
        activation: Element::F32,
    };
    for &input in partition.inputs() {
        // A shape that is not known keeps every node that reads the tensor from the delegate.
        let elements = partition.shapes()[input.0]
            .as_ref()
            .map_or(0, |shape| shape.elements());
        let dtype = lowering.graph.tensor(input).dtype;
        if is_handle(dtype) {
            continue;
        }
        let (elements, element) = match fed_storage(dtype) {
            Some((element, count)) => (elements * count, element),
            // No dispatch reads it.
            None => (
                dtype.bytes_for(elements).unwrap_or(0).div_ceil(4),
                Element::I32,
            ),
        };
        let storage = lowering.program.input(elements, element).map_err(device)?;
        lowering.activations.insert(input, storage);
    }
    let shared = shared_tensors(partition, shared).map_err(device)?;
    for tensor in shared.iter().filter(|tensor| !tensor.is_written) {
        let storage = lowering.program.shared_input(tensor).map_err(device)?;
        lowering.activations.insert(tensor.id, storage);
    }
    for &id in partition.nodes() {
        let node = partition.context(id);
        lowering.program.begin(id);
        lowering.program.add_work(node.work().unwrap_or_default());
        lowering.activation = precisions.element(id);
        let lowered = match fusions.fate(id) {
            Fate::Alone => op::lower(&node, fusions.padding(id), &mut lowering),
            // Readers count whatever the node would do in.
            Fate::Folded => lowering.rename(&node),
            Fate::Inner => Ok(()),
            Fate::Last(chain) => {
                let padding = chain.head.and_then(|head| fusions.padding(head));
                lowering.chain(chain, padding, partition)
            }
        };
        lowered.map_err(|error| match error {
            LowerError::Reject(reason) => CompileError::Node {
                delegate: NAME.to_owned(),
                node: id,
                op: node.op().name().to_owned(),
                reason,
            },
            LowerError::Device(error) => device(error),
        })?;
    }
    for &output in partition.outputs() {
        if is_handle(lowering.graph.tensor(output).dtype) {
            continue;
        }
        let storage = lowering.operand(output).map_err(device)?;
        match lowering.graph.tensor(output).dtype {
            DataType::Float16 => lowering.program.output_as_stored(storage),
            _ => lowering.program.output(storage).map_err(device)?,
        }
    }
    for tensor in shared.iter().filter(|tensor| tensor.is_written) {
        let storage = lowering.operand(tensor.id).map_err(device)?;
        let program = &mut lowering.program;
        program.shared_output(tensor, storage).map_err(device)?;
    }
    let Lowering {
        mut program,
        variables,
        ..
    } = lowering;
    let context = Arc::clone(program.context());
    let (variables, kept) = variables.finish(&context).map_err(device)?;
    for (source, target) in kept {
        program.keep(source, target).map_err(device)?;
    }
    Ok(Lowered { program, variables })
}

/// Whether a tensor of this type is the handle of a variable, which stays on the host.
pub(crate) fn is_handle(dtype: DataType) -> bool {
    dtype == DataType::Resource
}

impl Lowering<'_> {
    /// The device.
    pub(crate) fn context(&self) -> &GpuContext {
        self.program.context()
    }

    /// Where tensor `id` lies: an activation, or a constant with the element that it has in the file.
    pub(crate) fn operand(&mut self, id: TensorId) -> Result<Storage, GpuError> {
        match self.activations.get(&id) {
            Some(&storage) => Ok(storage),
            None => self.constant(id, WeightLayout::File, None),
        }
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

    /// What the node that is lowered reads and writes floats as.
    pub(crate) fn activation_element(&self) -> Element {
        self.activation
    }

    /// Where data input `index`, of floats, lies, with the node's element of floats.
    pub(crate) fn input(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
    ) -> Result<Storage, LowerError> {
        Ok(self.activation(required(node, index)?)?)
    }

    /// Where tensor `id`, of floats, lies, with the node's element of floats.
    fn activation(&mut self, id: TensorId) -> Result<Storage, GpuError> {
        self.with_element(id, self.activation)
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

    /// Where the weights of input `index` lie in this order.
    pub(crate) fn weights(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
        layout: WeightLayout,
    ) -> Result<Storage, LowerError> {
        let id = required(node, index)?;
        Ok(self.constant(id, layout, None)?)
    }

    /// Where the weights of these channels of input `index` lie, in this order, which has as many output channels.
    pub(crate) fn weights_of(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
        layout: WeightLayout,
        channels: Channels,
    ) -> Result<Storage, LowerError> {
        let id = required(node, index)?;
        Ok(self.constant(id, layout, Some(channels))?)
    }

    /// Where the bias of these channels, of input `index`, lies; zeros if there is none.
    pub(crate) fn bias(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
        channels: Channels,
    ) -> Result<Storage, LowerError> {
        match node.input_id(index) {
            Some(id) => Ok(self.constant(id, WeightLayout::File, Some(channels))?),
            None => Ok(self.program.zeros(channels.count)?),
        }
    }

    /// Zeros, for a bias that is absent.
    pub(crate) fn zeros(&mut self, channels: usize) -> Result<Storage, LowerError> {
        Ok(self.program.zeros(channels)?)
    }

    fn constant(
        &mut self,
        id: TensorId,
        layout: WeightLayout,
        channels: Option<Channels>,
    ) -> Result<Storage, GpuError> {
        let channels = channels.filter(|channels| !channels.is_all());
        let tensor = self.graph.tensor(id);
        let half = self.context().half();
        let Some(constant) = device_constant(self.graph, id, half) else {
            let message = format!(
                "{} is neither computed before nor a constant that the device holds",
                tensor.name
            );
            return Err(GpuError::Rejected {
                what: format!("tensor {id}"),
                message,
            });
        };
        let source = constant.tensor;
        if let Some(&storage) = self.constants.get(&(source, layout, channels)) {
            return Ok(storage);
        }
        let (bytes, element): (&[u8], _) = (&constant.bytes, constant.element);
        let (bytes, file_bytes) = match channels {
            Some(channels) => (
                channels.slice(bytes),
                constant.file_bytes * channels.count / channels.all,
            ),
            None => (bytes, constant.file_bytes),
        };
        let elements = layout.elements(bytes.len() / element.bytes());
        let (element, laid_out) = match (element, layout) {
            (Element::F16 | Element::F16Packed | Element::I16, _) => {
                (element, laid_out::<u16>(layout, bytes))
            }
            (Element::F32 | Element::I32, _) => (element, laid_out::<u32>(layout, bytes)),
            // Products are of signed bytes: unsigned ones lose 128.
            (Element::U8, WeightLayout::Words { .. }) => {
                let signed: Vec<u8> = bytes.iter().map(|byte| byte ^ 0x80).collect();
                (Element::I8, layout.apply(&signed))
            }
            // Beneath floats, unsigned bytes have the bits of signed ones.
            (Element::U8, WeightLayout::Matrix { .. }) => (Element::I8, layout.apply(bytes)),
            (Element::I8 | Element::U8, _) => (element, layout.apply(bytes)),
        };
        let name = if tensor.name.is_empty() {
            "a constant"
        } else {
            &tensor.name
        };
        let contents = laid_out.as_deref().unwrap_or(bytes);
        let storage = self
            .program
            .constant(name, contents, elements, element, file_bytes)?;
        self.constants.insert((source, layout, channels), storage);
        Ok(storage)
    }

    /// Makes output `index` a tensor of `elements` elements for dispatches to write.
    pub(crate) fn output(
        &mut self,
        node: &NodeContext<'_>,
        index: usize,
        elements: usize,
    ) -> Result<Storage, LowerError> {
        let storage = self.program.shared(elements, self.activation)?;
        self.activations.insert(node.node().outputs[index], storage);
        Ok(storage)
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
            Moved::Bits(..) => self.stored_input(node, index),
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
    pub(crate) fn copy(&mut self, source: Storage, target: Storage) {
        self.program.copy(source, target);
    }

    /// Adds a dispatch.
    pub(crate) fn dispatch(&mut self, dispatch: Dispatch) {
        self.program.dispatch(dispatch);
    }
}

fn required(node: &NodeContext<'_>, index: usize) -> Result<TensorId, Reject> {
    node.input_id(index)
        .ok_or_else(|| Reject::invalid(format!("input {index} is absent")))
}

/// Elements of any type in this order; none if they stay as they are.
fn laid_out<T: bytemuck::Pod + Default>(layout: WeightLayout, bytes: &[u8]) -> Option<Vec<u8>> {
    let elements: Cow<'_, [T]> = match bytemuck::try_cast_slice(bytes) {
        Ok(elements) => Cow::Borrowed(elements),
        Err(_) => Cow::Owned(bytemuck::pod_collect_to_vec(bytes)),
    };
    let ordered = layout.apply(&elements)?;
    Some(bytemuck::cast_slice(&ordered).to_vec())
}
