//! Tensors and dispatches, as ops add them.

mod assembly;
mod candidates;
mod conversion;
mod ledger;
mod placement;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use demilite_core::{Counters, NodeId, Work};
use demilite_shaders::{Element, Epilogue, Kernel, Role, Rows};

use super::ValueCheck;
use super::epilogue::{DispatchEpilogue, epilogue_of};
use super::guard_bands::{BEHIND_CONTENTS, GUARD_BYTES};
use crate::device::Device;
use crate::error::GpuError;
use crate::memory::buffer::{check_binding, host_length, storage_bytes, upload};
use crate::memory::shared_buffer::SharedTensor;

pub(crate) use candidates::{Candidate, Choice, REHEARSED, Scenery};
pub(crate) use placement::Placement;

use conversion::conversion;

// Constants may also be outputs, which are copied from.
pub(super) const CONSTANT_USAGE: wgpu::BufferUsages =
    wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_SRC);

/// A tensor on the device, under one of the names that its memory goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Storage {
    /// Which tensor of the program.
    pub(super) tensor: usize,
    /// What dispatches read and write its elements as.
    element: Element,
}

impl Storage {
    /// The same memory with elements that are read and written as others of as many bytes: floats of 16 bits as words, say.
    pub(crate) fn seen_as(self, element: Element) -> Self {
        debug_assert_eq!(self.element.bytes(), element.bytes());
        Storage { element, ..self }
    }

    /// Whether both are names of the same memory.
    pub(crate) fn is_same_memory(self, other: Storage) -> bool {
        self.tensor == other.tensor
    }
}

/// What a [`Storage`] is, before buffers are laid out.
pub(super) enum Place {
    /// It shares buffers with others, and lives from its first use to its last.
    Shared { lifetime: Option<(usize, usize)> },
    /// It has a buffer that all instances of the program see: a constant's, or one of the caller.
    Own(wgpu::Buffer),
    /// Each instance has a buffer for it, which it is fed.
    Input,
    /// It lies in the instance's variable of this number before the first dispatch.
    Variable(usize),
}

pub(super) struct Tensor {
    pub(super) place: Place,
    elements: usize,
    element: Element,
    /// Its bytes without what pads them: of a constant those that the file has.
    least_bytes: u64,
    /// Bytes behind it that its buffer has besides, and kernels could reach.
    pub(super) guard_bytes: u64,
}

impl Tensor {
    pub(super) fn bytes(&self) -> u64 {
        storage_bytes(self.elements, self.element)
    }

    /// Its bytes and the guard bytes behind them.
    pub(super) fn bytes_with_guard(&self) -> u64 {
        self.bytes() + self.guard_bytes
    }
}

/// One dispatch: a kernel, its choices and its operands.
#[derive(Clone)]
pub(crate) struct Dispatch {
    /// The kernel.
    pub(crate) kernel: &'static Kernel,
    /// How rows are written. The elements follow from the operands.
    pub(crate) rows: Rows,
    /// The `override` constants that differ from the defaults.
    pub(crate) constants: Vec<(&'static str, u32)>,
    /// The params struct.
    pub(crate) params: Vec<u8>,
    /// The tensor that is written.
    pub(crate) output: Storage,
    /// The other operands.
    pub(crate) operands: Vec<(Role, Storage)>,
    /// How many workgroups.
    pub(crate) workgroups: [u32; 3],
}

impl Dispatch {
    /// What happens to values before they are written.
    fn epilogue(&self) -> Epilogue {
        epilogue_of(&self.constants)
    }

    /// Whether each invocation writes four elements from a multiple of four on.
    fn is_aligned(&self) -> bool {
        self.rows == Rows::Aligned && !self.constants.contains(&("quads", 0))
    }

    /// Has values go through `epilogue` before they are written.
    pub(crate) fn with_epilogue(mut self, epilogue: &DispatchEpilogue) -> Self {
        self.constants.extend(epilogue.constants(self.is_aligned()));
        self.operands.extend(epilogue.operands());
        self
    }

    /// The operand in this role; the output where there is none.
    fn operand(&self, role: Role) -> Storage {
        let found = self.operands.iter().find(|(other, _)| *other == role);
        found.map_or(self.output, |&(_, storage)| storage)
    }
}

/// The workgroups of `size` invocations that cover `invocations` in the order of memory; the grid is two-dimensional where one
/// dimension is too short.
pub(crate) fn line(invocations: usize, size: u32) -> [u32; 3] {
    /// The workgroups that every device allows in a dimension.
    const MAX_WORKGROUPS: usize = 65_535;
    let workgroups = invocations.div_ceil(size as usize).max(1);
    let rows = workgroups.div_ceil(MAX_WORKGROUPS);
    // No device allows as many as a word does not hold; the assembly says so.
    let [width, height] =
        [workgroups.div_ceil(rows), rows].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    [width, height, 1]
}

/// Collects tensors and dispatches.
pub(crate) struct ProgramBuilder {
    device: Arc<Device>,
    tensors: Vec<Tensor>,
    dispatches: Vec<Dispatch>,
    /// The node that each of them computes, or prepares an operand of.
    nodes: Vec<Option<NodeId>>,
    node: Option<NodeId>,
    choices: Vec<Choice>,
    /// For each dispatch whose rows are parts of those of a tensor, the bytes that it writes of it.
    placed: HashMap<usize, u64>,
    /// Dispatches of constants alone: they run once, when the program is finished.
    preparations: Vec<Dispatch>,
    inputs: Vec<Storage>,
    outputs: Vec<Storage>,
    /// Tensors that lie elsewhere than in the caller's buffers, and those that they are copied to.
    copies: Vec<(Storage, wgpu::Buffer)>,
    /// Tensors that are copied to variables of these numbers at the very end.
    kept: Vec<(Storage, usize)>,
    /// Values that every invocation checks: where they lie, how many there are, and what they have to be.
    checks: Vec<(Storage, usize, ValueCheck, Option<NodeId>)>,
    counters: Counters,
    /// What all nodes together have to do.
    work: Work,
}

impl ProgramBuilder {
    pub(crate) fn new(device: Arc<Device>) -> Self {
        ProgramBuilder {
            device,
            tensors: Vec::new(),
            dispatches: Vec::new(),
            nodes: Vec::new(),
            node: None,
            choices: Vec::new(),
            placed: HashMap::new(),
            preparations: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            copies: Vec::new(),
            kept: Vec::new(),
            checks: Vec::new(),
            counters: Counters::default(),
            work: Work::default(),
        }
    }

    pub(crate) fn device(&self) -> &Arc<Device> {
        &self.device
    }

    /// Counts what a node has to do, by which the time limit of an invocation goes.
    pub(crate) fn add_work(&mut self, work: Work) {
        self.work.multiply_adds = self.work.multiply_adds.saturating_add(work.multiply_adds);
        self.work.bytes = self.work.bytes.saturating_add(work.bytes);
    }

    /// Says which node the dispatches that follow belong to.
    pub(crate) fn begin(&mut self, node: NodeId) {
        self.node = Some(node);
    }

    /// The element that a tensor is stored with.
    pub(crate) fn element(&self, storage: Storage) -> Element {
        storage.element
    }

    fn add(&mut self, place: Place, elements: usize, element: Element) -> Storage {
        self.tensors.push(Tensor {
            place,
            elements,
            element,
            least_bytes: (elements * element.bytes()) as u64,
            guard_bytes: 0,
        });
        Storage {
            tensor: self.tensors.len() - 1,
            element,
        }
    }

    /// As [`ProgramBuilder::add`], for a tensor whose buffer is not the caller's.
    fn add_guarded(&mut self, place: Place, elements: usize, element: Element) -> Storage {
        let storage = self.add(place, elements, element);
        self.tensors[storage.tensor].guard_bytes = self.guard_bytes();
        storage
    }

    fn guard_bytes(&self) -> u64 {
        match self.device.options().guard_bands {
            true => GUARD_BYTES,
            false => 0,
        }
    }

    /// A tensor of any element, which dispatches write and read.
    pub(crate) fn shared(
        &mut self,
        elements: usize,
        element: Element,
    ) -> Result<Storage, GpuError> {
        check_binding(
            &self.device,
            "an activation tensor",
            storage_bytes(elements, element),
        )?;
        Ok(self.add_guarded(Place::Shared { lifetime: None }, elements, element))
    }

    /// A tensor of `elements` elements whose bytes are `contents`; `file_bytes` of them are the file's own.
    pub(crate) fn constant(
        &mut self,
        what: &str,
        contents: &[u8],
        elements: usize,
        element: Element,
        file_bytes: usize,
    ) -> Result<Storage, GpuError> {
        let bytes = storage_bytes(elements, element);
        self.counters.weight_bytes += bytes;
        self.counters.weight_padding_bytes += bytes - file_bytes as u64;
        if matches!(element, Element::F16 | Element::F16Packed) {
            self.counters.float16_weight_bytes += file_bytes as u64;
        }
        check_binding(&self.device, what, bytes)?;
        let mut contents = Cow::Borrowed(contents);
        if self.guard_bytes() > 0 {
            let contents = contents.to_mut();
            contents.resize(contents.len().max(elements * element.bytes()), 0);
            contents.resize(host_length(bytes + self.guard_bytes()), BEHIND_CONTENTS);
        }
        let bytes = bytes + self.guard_bytes();
        let buffer = upload(&self.device, what, &contents, bytes, CONSTANT_USAGE)?;
        let constant = self.add_guarded(Place::Own(buffer), elements, element);
        self.tensors[constant.tensor].least_bytes = file_bytes as u64;
        Ok(constant)
    }

    /// A tensor of zeros, for a bias that is absent.
    pub(crate) fn zeros(&mut self, elements: usize) -> Result<Storage, GpuError> {
        self.constant("zeros", &[], elements, Element::F32, 0)
    }

    /// The next input, as the caller feeds it.
    pub(crate) fn input(&mut self, elements: usize, element: Element) -> Result<Storage, GpuError> {
        check_binding(&self.device, "an input", storage_bytes(elements, element))?;
        let input = self.add_guarded(Place::Input, elements, element);
        self.inputs.push(input);
        Ok(input)
    }

    /// An input that lies in a buffer of the caller.
    pub(crate) fn shared_input(&mut self, tensor: &SharedTensor) -> Result<Storage, GpuError> {
        let bytes = storage_bytes(tensor.elements, tensor.element);
        check_binding(&self.device, "an input", bytes)?;
        let place = Place::Own(tensor.buffer.clone());
        Ok(self.add(place, tensor.elements, tensor.element))
    }

    /// What the variable of this number holds before the first dispatch.
    pub(crate) fn variable(
        &mut self,
        variable: usize,
        elements: usize,
        element: Element,
    ) -> Result<Storage, GpuError> {
        let bytes = storage_bytes(elements, element);
        check_binding(&self.device, "a resource variable", bytes)?;
        Ok(self.add(Place::Variable(variable), elements, element))
    }

    /// Has every run end with what `source` holds copied to the variable of this number, after all that is read back.
    pub(crate) fn keep(&mut self, source: Storage, variable: usize) -> Result<(), GpuError> {
        let Tensor {
            place, elements, ..
        } = &self.tensors[source.tensor];
        let (elements, element) = (*elements, self.element(source));
        // A buffer that is there before the run may be the target of another copy.
        let source = match place {
            Place::Shared { .. } => source,
            Place::Own(_) | Place::Input | Place::Variable(_) => {
                let own = self.shared(elements, element)?;
                self.copy(source, own)?;
                own
            }
        };
        self.kept.push((source, variable));
        Ok(())
    }

    /// Has every run leave what `source` holds in a buffer of the caller: dispatches write it there if it has none of its own.
    pub(crate) fn shared_output(
        &mut self,
        tensor: &SharedTensor,
        source: Storage,
    ) -> Result<(), GpuError> {
        if self.element(source) != tensor.element {
            let place = Place::Own(tensor.buffer.clone());
            let output = self.add(place, tensor.elements, tensor.element);
            self.dispatch(conversion(source, output, tensor.elements)?);
            return Ok(());
        }
        let checked = self.checks.iter().map(|(tensor, ..)| tensor);
        let mut read_back = self.outputs.iter().chain(checked);
        let is_read_back = read_back.any(|other| other.is_same_memory(source));
        let written = &mut self.tensors[source.tensor];
        if matches!(written.place, Place::Shared { .. }) && !is_read_back {
            written.place = Place::Own(tensor.buffer.clone());
            written.guard_bytes = 0;
            return Ok(());
        }
        tensor.expect_usage(wgpu::BufferUsages::COPY_DST)?;
        self.copies.push((source, tensor.buffer.clone()));
        Ok(())
    }

    /// Makes a tensor the next output: floats as 32-bit ones, integers as they are.
    pub(crate) fn output(&mut self, tensor: Storage) -> Result<(), GpuError> {
        let output = match self.element(tensor) {
            Element::F32 | Element::F16 | Element::F16Packed => {
                self.converted(tensor, Element::F32)?
            }
            Element::I8 | Element::U8 | Element::I16 | Element::I32 => tensor,
        };
        self.output_as_stored(output);
        Ok(())
    }

    /// Makes a tensor the next output, with the bytes that the device holds.
    pub(crate) fn output_as_stored(&mut self, tensor: Storage) {
        self.outputs.push(tensor);
        self.touch(tensor);
    }

    /// Has every invocation check `count` 32-bit integers.
    pub(crate) fn check_values(&mut self, tensor: Storage, count: usize, check: ValueCheck) {
        self.checks.push((tensor, count, check, self.node));
    }

    /// How many dispatches there are.
    pub(crate) fn dispatches(&self) -> usize {
        self.dispatches.len()
    }

    /// Has the dispatches from `first` on that write `output` do `epilogue` before that; whether their kernels can.
    pub(crate) fn extend(
        &mut self,
        first: usize,
        output: Storage,
        epilogue: &DispatchEpilogue,
    ) -> bool {
        let writes = |at: &usize| self.dispatches[*at].output.is_same_memory(output);
        let writers: Vec<usize> = (first..self.dispatches.len()).filter(writes).collect();
        let can = |&at: &usize| {
            let epilogues = self.dispatches[at].kernel.epilogues();
            epilogues.contains(&epilogue.of_kernel())
        };
        if writers.is_empty() || !writers.iter().all(can) {
            return false;
        }
        for at in writers {
            let dispatch = &mut self.dispatches[at];
            let constants = epilogue.constants(dispatch.is_aligned());
            dispatch.constants.extend(constants);
            dispatch.operands.extend(epilogue.operands());
            for (_, operand) in epilogue.operands() {
                self.touch_at(operand, at);
            }
        }
        true
    }

    /// Lengthens a tensor's life up to the next dispatch.
    fn touch(&mut self, storage: Storage) {
        self.touch_at(storage, self.dispatches.len());
    }

    /// Lengthens a tensor's life up to the dispatch `step`.
    fn touch_at(&mut self, storage: Storage, step: usize) {
        if let Place::Shared { lifetime } = &mut self.tensors[storage.tensor].place {
            let first = lifetime.map_or(step, |(first, _)| first.min(step));
            let last = lifetime.map_or(step, |(_, last)| last.max(step));
            *lifetime = Some((first, last));
        }
    }

    /// Adds a dispatch after all others.
    pub(crate) fn dispatch(&mut self, dispatch: Dispatch) {
        self.touch(dispatch.output);
        for &(_, operand) in &dispatch.operands {
            self.touch(operand);
        }
        self.dispatches.push(dispatch);
        self.nodes.push(self.node);
    }
}
