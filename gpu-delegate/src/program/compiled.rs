//! A compiled program: what all its instances share.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use demilite_core::memory_plan::BufferPlan;
use demilite_core::{Counters, LedgerEntry, NodeId};

use super::builder::{CONSTANT_USAGE, Place, Storage, Tensor};
use super::guard_bands::{BEHIND_CONTENTS, Band, GuardBands};
use super::value_check::{StagedCheck, ValueCheck};
use super::{Copy, Output, Program, Step};
use crate::device::Device;
use crate::error::GpuError;
use crate::memory::buffer::{create, host_length, upload};
use crate::memory::upload::Uploads;

/// Inputs may also be outputs, which are copied from.
const INPUT_USAGE: wgpu::BufferUsages = CONSTANT_USAGE.union(wgpu::BufferUsages::COPY_DST);

/// What a binding of a dispatch is.
pub(super) enum Operand {
    /// A part of the buffer of params.
    Params { offset: u64, bytes: u64 },
    /// A tensor.
    Tensor(Storage),
}

/// A binding of a dispatch.
pub(super) struct Binding {
    /// Its number.
    pub(super) index: u32,
    pub(super) operand: Operand,
}

/// A dispatch with its pipeline.
pub(super) struct CompiledStep {
    pub(super) kernel: &'static str,
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) bindings: Vec<Binding>,
    pub(super) output: Storage,
    pub(super) workgroups: [u32; 3],
    /// The node that the dispatch computes, or prepares an operand of.
    pub(super) node: Option<NodeId>,
}

/// Dispatches with their pipelines and params, constants, and where all other tensors will lie.
pub(crate) struct CompiledProgram {
    pub(super) device: Arc<Device>,
    pub(super) tensors: Vec<Tensor>,
    pub(super) memory: BufferPlan,
    pub(super) params: wgpu::Buffer,
    pub(super) steps: Vec<CompiledStep>,
    pub(super) inputs: Vec<Storage>,
    pub(super) outputs: Vec<Storage>,
    /// Tensors that lie elsewhere than in the caller's buffers, and those that they are copied to.
    pub(super) copies: Vec<(Storage, wgpu::Buffer)>,
    /// Tensors that are copied to variables of these numbers at the very end.
    pub(super) kept: Vec<(Storage, usize)>,
    pub(super) checks: Vec<(Storage, usize, ValueCheck, Option<NodeId>)>,
    pub(super) counters: Counters,
    pub(super) ledger: Vec<LedgerEntry>,
    /// How long an invocation may take.
    pub(super) limit: Duration,
}

impl CompiledProgram {
    /// What an invocation moves through the memory of the device.
    pub(crate) fn ledger(&self) -> &[LedgerEntry] {
        &self.ledger
    }

    /// An instance, with memory of its own for everything that an invocation writes, and with these buffers as its variables.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`].
    pub(crate) fn instantiate(
        self: &Arc<Self>,
        variables: &[&wgpu::Buffer],
    ) -> Result<Program, GpuError> {
        let device = &self.device;
        let buffers = self.buffers(variables)?;
        let steps = self.bound(&self.steps, |tensor| buffers.get(tensor.tensor))?;
        let mut offset = 0;
        let mut staged = |tensor: Storage| {
            let bytes = self.tensors[tensor.tensor].bytes();
            let output = Output {
                buffer: buffers[tensor.tensor].clone(),
                offset,
                bytes,
            };
            offset += bytes;
            output
        };
        let outputs = self.outputs.iter().map(|&output| staged(output)).collect();
        let checks = self.checks.iter();
        let checks = checks.map(|&(tensor, count, ref check, node)| StagedCheck {
            output: staged(tensor),
            count,
            check: check.clone(),
            node,
        });
        let checks = checks.collect();
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let staging = match offset {
            0 => None,
            bytes => Some(create(device, "the outputs' staging buffer", bytes, usage)?),
        };
        let copy = |source: Storage, target: &wgpu::Buffer| Copy {
            source: buffers[source.tensor].clone(),
            target: target.clone(),
            bytes: self.tensors[source.tensor].bytes(),
        };
        let copies = self.copies.iter();
        let kept = self.kept.iter();
        let inputs = self
            .inputs
            .iter()
            .map(|input| buffers[input.tensor].clone());
        Ok(Program {
            steps,
            uploads: Uploads::new(inputs.collect()),
            outputs,
            copies: copies
                .map(|&(source, ref target)| copy(source, target))
                .collect(),
            kept: kept
                .map(|&(source, variable)| copy(source, variables[variable]))
                .collect(),
            checks,
            staging,
            clock: None,
            guards: self.guards(&buffers)?,
            unfinished: None,
            compiled: Arc::clone(self),
        })
    }

    /// The buffer of a constant, or of the caller.
    pub(super) fn own(&self, tensor: Storage) -> Option<&wgpu::Buffer> {
        match &self.tensors[tensor.tensor].place {
            Place::Own(buffer) => Some(buffer),
            Place::Shared { .. } | Place::Input | Place::Variable(_) => None,
        }
    }

    /// The buffer of each tensor.
    fn buffers(&self, variables: &[&wgpu::Buffer]) -> Result<Vec<wgpu::Buffer>, GpuError> {
        let usage = match self.device.options().guard_bands {
            true => CONSTANT_USAGE | wgpu::BufferUsages::COPY_DST,
            false => CONSTANT_USAGE,
        };
        let create = |bytes: &u64| create(&self.device, "activations", *bytes, usage);
        let shared = self.memory.buffers.iter().map(create);
        let shared = shared.collect::<Result<Vec<_>, _>>()?;
        let mut assignment = self.memory.assignment.iter();
        let mut buffers = Vec::with_capacity(self.tensors.len());
        for tensor in &self.tensors {
            buffers.push(match &tensor.place {
                Place::Own(buffer) => buffer.clone(),
                Place::Input => self.input(tensor)?,
                Place::Variable(variable) => variables[*variable].clone(),
                Place::Shared { .. } => {
                    let index = assignment.next().copied().unwrap_or_default();
                    shared[index].clone()
                }
            });
        }
        Ok(buffers)
    }

    /// A buffer that an input is fed to.
    fn input(&self, tensor: &Tensor) -> Result<wgpu::Buffer, GpuError> {
        let bytes = tensor.bytes_with_guard();
        match tensor.guard_bytes {
            0 => create(&self.device, "an input", bytes, INPUT_USAGE),
            _ => {
                let rubbish = vec![BEHIND_CONTENTS; host_length(bytes)];
                upload(&self.device, "an input", &rubbish, bytes, INPUT_USAGE)
            }
        }
    }

    /// Dispatches with the buffers that `buffer` finds for their tensors; one that it does not find is an error of the device.
    pub(super) fn bound<'a>(
        &'a self,
        steps: &[CompiledStep],
        buffer: impl Fn(Storage) -> Option<&'a wgpu::Buffer>,
    ) -> Result<Vec<Step>, GpuError> {
        let bound = |step: &CompiledStep| {
            let entries = step.bindings.iter().filter_map(|binding| {
                let (buffer, offset, size) = match binding.operand {
                    Operand::Params { offset, bytes } => (&self.params, offset, bytes),
                    Operand::Tensor(tensor) => {
                        let bytes = self.tensors[tensor.tensor].bytes_with_guard();
                        (buffer(tensor)?, 0, bytes)
                    }
                };
                let resource = wgpu::BufferBinding {
                    buffer,
                    offset,
                    size: wgpu::BufferSize::new(size),
                };
                Some(wgpu::BindGroupEntry {
                    binding: binding.index,
                    resource: wgpu::BindingResource::Buffer(resource),
                })
            });
            let entries: Vec<_> = entries.collect();
            let group = self.device.guarded(step.kernel, || {
                let handle = &self.device.handle;
                handle.create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some(step.kernel),
                    layout: &step.pipeline.get_bind_group_layout(0),
                    entries: &entries,
                })
            })?;
            Ok(Step {
                pipeline: step.pipeline.clone(),
                group,
                workgroups: step.workgroups,
                node: step.node,
            })
        };
        steps.iter().map(bound).collect()
    }

    /// The guard bands of all dispatches, where they are asked for.
    fn guards(&self, buffers: &[wgpu::Buffer]) -> Result<Option<GuardBands>, GpuError> {
        if !self.device.options().guard_bands {
            return Ok(None);
        }
        let mut written = HashSet::new();
        let band = |step: &CompiledStep| {
            let output = step.output.tensor;
            let tensor = &self.tensors[output];
            let is_guarded = tensor.guard_bytes > 0;
            Band {
                kernel: step.kernel,
                output: is_guarded.then(|| (buffers[output].clone(), tensor.bytes())),
                is_first: written.insert(output),
            }
        };
        let bands = self.steps.iter().map(band).collect();
        GuardBands::new(&self.device, bands).map(Some)
    }
}
