//! From what a builder collected to pipelines, a plan of the memory and params.

use std::collections::HashSet;
use std::sync::Arc;

use demilite_core::memory_plan::{self, BufferPlan, Lifetime};
use demilite_core::{Counters, NodeId};
use demilite_shaders::{ParamsSpace, Role, Variant};

use super::{Dispatch, Place, ProgramBuilder, Storage, Tensor};
use crate::device::PipelineKey;
use crate::error::GpuError;
use crate::memory::buffer::upload;
use crate::program::compiled::{Binding, CompiledProgram, CompiledStep, Operand};
use crate::program::record;

impl ProgramBuilder {
    /// Compiles pipelines, lays out the memory and computes what stands before the first inference.
    ///
    /// # Errors
    /// What [`crate::device::Device`] gives, and [`GpuError::OutOfMemory`].
    pub(crate) fn finish(mut self) -> Result<Arc<CompiledProgram>, GpuError> {
        // What is read after the last dispatch: no dispatch may reuse these buffers.
        let checked = self.checks.iter().map(|(tensor, ..)| *tensor);
        let copied = self.copies.iter().map(|(tensor, _)| *tensor);
        let kept = self.kept.iter().map(|(tensor, _)| *tensor);
        let read = self.outputs.iter().copied().chain(checked);
        for tensor in read.chain(copied).chain(kept).collect::<Vec<_>>() {
            self.touch(tensor);
        }
        let limit = self.device.time_limit(self.work);
        let memory = self.memory();
        let all: Vec<&Dispatch> = self.preparations.iter().chain(&self.dispatches).collect();
        self.compile(&all)?;
        let (params, offsets) = self.params(&all)?;
        let mut steps = Vec::with_capacity(all.len());
        let nodes = std::iter::repeat_n(None, self.preparations.len()).chain(self.nodes.clone());
        for ((dispatch, offset), node) in all.into_iter().zip(offsets).zip(nodes) {
            steps.push(self.step(dispatch, node, offset)?);
        }
        let preparations: Vec<CompiledStep> = steps.drain(..self.preparations.len()).collect();
        let bytes = |tensors: &[Storage]| -> u64 {
            let tensors = tensors.iter().map(|tensor| &self.tensors[tensor.tensor]);
            tensors.map(Tensor::bytes_with_guard).sum()
        };
        let read: u64 = (self.outputs.iter())
            .chain(self.checks.iter().map(|(tensor, ..)| tensor))
            .map(|tensor| self.tensors[tensor.tensor].bytes())
            .sum();
        let counters = Counters {
            uploaded_bytes: bytes(&self.inputs),
            downloaded_bytes: read,
            dispatches: steps.len() as u64,
            arena_bytes: memory.buffers.iter().sum(),
            ..self.counters
        };
        let program = CompiledProgram {
            ledger: self.ledger(),
            device: self.device,
            tensors: self.tensors,
            memory,
            params,
            steps,
            inputs: self.inputs,
            outputs: self.outputs,
            copies: self.copies,
            kept: self.kept,
            checks: self.checks,
            counters,
            limit,
        };
        let device = &program.device;
        if !preparations.is_empty() {
            let prepared = program.bound(&preparations, |tensor| program.own(tensor))?;
            let submission = device.guarded("preparing constants", || {
                let mut encoder = device.handle.create_command_encoder(&Default::default());
                record(&mut encoder, &prepared);
                device.queue.submit([encoder.finish()])
            })?;
            device.wait(submission, limit)?;
        }
        // What constants are made of goes to the device with the next submission, and its memory is free only then.
        device.guarded("constants", || device.queue.submit([]))?;
        Ok(Arc::new(program))
    }

    /// What the pipeline of a dispatch is compiled from.
    fn pipeline(&self, dispatch: &Dispatch) -> PipelineKey {
        let activation = self.element(dispatch.output);
        let input = self.element(dispatch.operand(Role::Input));
        let variant = Variant {
            activation,
            input: match dispatch.kernel.inputs(activation).contains(&input) {
                true => input,
                false => activation,
            },
            weight: self.element(dispatch.operand(Role::Weight)),
            bias: self.element(dispatch.operand(Role::Bias)),
            rows: dispatch.rows,
            epilogue: dispatch.epilogue(),
            halves: self.device.halves,
            params: self.device.params,
        };
        PipelineKey::new(dispatch.kernel, variant, &dispatch.constants)
    }

    /// Compiles the pipelines of `dispatches` on all processors, each once.
    pub(super) fn compile(&self, dispatches: &[&Dispatch]) -> Result<(), GpuError> {
        let keys: HashSet<PipelineKey> =
            dispatches.iter().map(|each| self.pipeline(each)).collect();
        self.device.pipelines.prepare(&self.device, keys)
    }

    /// The buffers that tensors share.
    fn memory(&self) -> BufferPlan {
        let lifetime = |tensor: &Tensor| match tensor.place {
            Place::Own(_) | Place::Input | Place::Variable(_) => None,
            Place::Shared { lifetime } => {
                let (first, last) = lifetime.unwrap_or((0, 0));
                Some(Lifetime {
                    first,
                    last,
                    bytes: tensor.bytes_with_guard(),
                })
            }
        };
        let lifetimes: Vec<Lifetime> = self.tensors.iter().filter_map(lifetime).collect();
        memory_plan::buffers(&lifetimes)
    }

    /// One buffer with the params of all dispatches, and where each one's begin.
    fn params(&self, dispatches: &[&Dispatch]) -> Result<(wgpu::Buffer, Vec<u64>), GpuError> {
        let limits = &self.device.limits;
        let (usage, alignment) = match self.device.params {
            ParamsSpace::Uniform => (
                wgpu::BufferUsages::UNIFORM,
                limits.min_uniform_buffer_offset_alignment as usize,
            ),
            ParamsSpace::Storage => (
                wgpu::BufferUsages::STORAGE,
                limits.min_storage_buffer_offset_alignment as usize,
            ),
        };
        let mut bytes = Vec::new();
        let mut offsets = Vec::new();
        for dispatch in dispatches {
            bytes.resize(bytes.len().next_multiple_of(alignment), 0);
            offsets.push(bytes.len() as u64);
            bytes.extend(&dispatch.params);
        }
        let size = bytes.len().max(16) as u64;
        let buffer = upload(&self.device, "params", &bytes, size, usage)?;
        Ok((buffer, offsets))
    }

    fn step(
        &self,
        dispatch: &Dispatch,
        node: Option<NodeId>,
        offset: u64,
    ) -> Result<CompiledStep, GpuError> {
        let limit = self.device.limits.max_compute_workgroups_per_dimension;
        if let Some(&needed) = dispatch
            .workgroups
            .iter()
            .find(|&&workgroups| workgroups > limit)
        {
            let what = format!("the kernel {} (workgroups)", dispatch.kernel.name);
            return Err(GpuError::LimitExceeded {
                what,
                needed: needed.into(),
                limit: limit.into(),
            });
        }
        let key = self.pipeline(dispatch);
        let bindings = dispatch.kernel.bindings_of(&key.variant);
        let bindings = bindings.map(|binding| Binding {
            index: binding.index(),
            operand: match binding.role {
                Role::Params => Operand::Params {
                    offset,
                    bytes: dispatch.params.len() as u64,
                },
                Role::Output => Operand::Tensor(dispatch.output),
                role => Operand::Tensor(dispatch.operand(role)),
            },
        });
        Ok(CompiledStep {
            kernel: dispatch.kernel.name,
            pipeline: self.device.pipelines.get(&self.device, &key)?,
            bindings: bindings.collect(),
            output: dispatch.output,
            workgroups: dispatch.workgroups,
            node,
        })
    }
}
