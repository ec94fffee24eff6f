//! From what a builder collected to pipelines, buffers and bind groups.

use std::collections::HashSet;

use demilite_core::memory_plan::{self, Lifetime};
use demilite_core::{Counters, NodeId};
use demilite_shaders::{ParamsSpace, Role, Variant};

use super::{CONSTANT_USAGE, Dispatch, Place, ProgramBuilder, Storage, Tensor};
use crate::device::pipeline::PipelineKey;
use crate::error::GpuError;
use crate::memory::buffer::{create, upload};
use crate::memory::upload::Uploads;
use crate::program::guard_bands::{Band, GuardBands};
use crate::program::value_check::StagedCheck;
use crate::program::{Copy, Output, Program, Step, record};

impl ProgramBuilder {
    /// Compiles pipelines, lays out buffers and uploads what has to be there before the first inference.
    ///
    /// # Errors
    /// What [`crate::pipeline::Pipelines::get`] gives, and [`GpuError::OutOfMemory`].
    pub(crate) fn finish(mut self) -> Result<Program, GpuError> {
        // What is read after the last dispatch: no dispatch may reuse these buffers.
        let checked = self.checks.iter().map(|(tensor, ..)| *tensor);
        let read: Vec<Storage> = self.outputs.iter().copied().chain(checked).collect();
        let copied = self.copies.iter().chain(&self.kept);
        let copied = copied.map(|(tensor, _)| *tensor);
        for tensor in read.iter().copied().chain(copied).collect::<Vec<_>>() {
            self.touch(tensor);
        }
        let limit = self.context.time_limit(self.work);
        let buffers = self.buffers()?;
        let all: Vec<&Dispatch> = self.preparations.iter().chain(&self.dispatches).collect();
        self.compile(&all)?;
        let (params, offsets) = self.params(&all)?;
        let mut steps = Vec::with_capacity(all.len());
        let nodes = std::iter::repeat_n(None, self.preparations.len()).chain(self.nodes.clone());
        for ((dispatch, offset), node) in all.into_iter().zip(offsets).zip(nodes) {
            steps.push(self.step(dispatch, node, &buffers, &params, offset)?);
        }
        let preparations: Vec<Step> = steps.drain(..self.preparations.len()).collect();
        if !preparations.is_empty() {
            let submission = self.context.guarded("preparing constants", || {
                let mut encoder = self
                    .context
                    .device
                    .create_command_encoder(&Default::default());
                record(&mut encoder, &preparations);
                self.context.queue.submit([encoder.finish()])
            })?;
            self.context.wait(submission, limit)?;
        }
        let guards = self.guards(&buffers)?;
        let mut offset = 0;
        let mut outputs = Vec::new();
        for tensor in read {
            let bytes = self.tensors[tensor.0].bytes();
            outputs.push(Output {
                buffer: buffers[tensor.0].clone(),
                offset,
                bytes,
            });
            offset += bytes;
        }
        let checked = outputs.split_off(self.outputs.len());
        let checks = std::iter::zip(checked, self.checks);
        let checks = checks.map(|(output, (_, count, check, node))| StagedCheck {
            output,
            count,
            check,
            node,
        });
        let checks = checks.collect();
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let what = "the outputs' staging buffer";
        let staging = match offset {
            0 => None,
            bytes => Some(create(&self.context, what, bytes, usage)?),
        };
        // What constants are made of goes to the device with the next submission, and its memory is free only then.
        (self.context).guarded("constants", || self.context.queue.submit([]))?;
        let [copies, kept] = [self.copies, self.kept].map(|copies| {
            let copies = copies.into_iter().map(|(source, target)| Copy {
                source: buffers[source.0].clone(),
                target,
                bytes: self.tensors[source.0].bytes(),
            });
            copies.collect()
        });
        let inputs: Vec<_> = self
            .inputs
            .iter()
            .map(|input| buffers[input.0].clone())
            .collect();
        let counters = Counters {
            uploaded_bytes: inputs.iter().map(wgpu::Buffer::size).sum(),
            downloaded_bytes: offset,
            dispatches: steps.len() as u64,
            ..self.counters
        };
        Ok(Program {
            context: self.context,
            steps,
            uploads: Uploads::new(inputs),
            outputs,
            copies,
            kept,
            checks,
            staging,
            counters,
            limit,
            clock: None,
            guards,
            unfinished: None,
        })
    }

    /// The guard bands of all dispatches, where they are asked for.
    fn guards(&self, buffers: &[wgpu::Buffer]) -> Result<Option<GuardBands>, GpuError> {
        if !self.context.options().guard_bands {
            return Ok(None);
        }
        let mut written = HashSet::new();
        let band = |dispatch: &Dispatch| {
            let Storage(output) = dispatch.output;
            let tensor = &self.tensors[output];
            let is_guarded = tensor.guard_bytes > 0;
            Band {
                kernel: dispatch.kernel.name,
                output: is_guarded.then(|| (buffers[output].clone(), tensor.bytes())),
                is_first: written.insert(output),
            }
        };
        let bands = self.dispatches.iter().map(band).collect();
        GuardBands::new(&self.context, bands).map(Some)
    }

    /// What the pipeline of a dispatch is compiled from.
    fn pipeline(&self, dispatch: &Dispatch) -> PipelineKey {
        let variant = Variant {
            activation: self.element(dispatch.output),
            weight: self.element(dispatch.operand(Role::Weight)),
            bias: self.element(dispatch.operand(Role::Bias)),
            rows: dispatch.rows,
            epilogue: dispatch.epilogue(),
            halves: self.context.halves,
            params: self.context.params,
        };
        PipelineKey::new(dispatch.kernel, variant, &dispatch.constants)
    }

    /// Compiles the pipelines of `dispatches` on all processors, each once.
    fn compile(&self, dispatches: &[&Dispatch]) -> Result<(), GpuError> {
        let keys: HashSet<PipelineKey> =
            dispatches.iter().map(|each| self.pipeline(each)).collect();
        self.context.pipelines.prepare(&self.context, keys)
    }

    /// The buffer of each tensor.
    fn buffers(&mut self) -> Result<Vec<wgpu::Buffer>, GpuError> {
        let lifetime = |tensor: &Tensor| match tensor.place {
            Place::Own(_) => None,
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
        let plan = memory_plan::buffers(&lifetimes);
        self.counters.arena_bytes = plan.buffers.iter().sum();
        let usage = match self.context.options().guard_bands {
            true => CONSTANT_USAGE | wgpu::BufferUsages::COPY_DST,
            false => CONSTANT_USAGE,
        };
        let create = |bytes: &u64| create(&self.context, "activations", *bytes, usage);
        let shared = plan
            .buffers
            .iter()
            .map(create)
            .collect::<Result<Vec<_>, _>>()?;
        let mut assignment = plan.assignment.iter();
        let buffer = |tensor: &Tensor| match &tensor.place {
            Place::Own(buffer) => Some(buffer.clone()),
            Place::Shared { .. } => assignment.next().map(|&index| shared[index].clone()),
        };
        Ok(self.tensors.iter().filter_map(buffer).collect())
    }

    /// One buffer with the params of all dispatches, and where each one's begin.
    fn params(&self, dispatches: &[&Dispatch]) -> Result<(wgpu::Buffer, Vec<u64>), GpuError> {
        let limits = &self.context.limits;
        let (usage, alignment) = match self.context.params {
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
        let buffer = upload(&self.context, "params", &bytes, size, usage)?;
        Ok((buffer, offsets))
    }

    fn step(
        &self,
        dispatch: &Dispatch,
        node: Option<NodeId>,
        buffers: &[wgpu::Buffer],
        params: &wgpu::Buffer,
        offset: u64,
    ) -> Result<Step, GpuError> {
        let limit = self.context.limits.max_compute_workgroups_per_dimension;
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
        let pipeline = self.context.pipelines.get(&self.context, &key)?;
        let entries: Vec<_> = dispatch
            .kernel
            .bindings_of(&key.variant)
            .map(|binding| {
                let (buffer, offset, size) = match binding.role {
                    Role::Params => (params, offset, dispatch.params.len() as u64),
                    role => {
                        let storage = if role == Role::Output {
                            dispatch.output
                        } else {
                            dispatch.operand(role)
                        };
                        let bytes = self.tensors[storage.0].bytes_with_guard();
                        (&buffers[storage.0], 0, bytes)
                    }
                };
                let resource = wgpu::BufferBinding {
                    buffer,
                    offset,
                    size: wgpu::BufferSize::new(size),
                };
                wgpu::BindGroupEntry {
                    binding: binding.index(),
                    resource: wgpu::BindingResource::Buffer(resource),
                }
            })
            .collect();
        let group = self.context.guarded(dispatch.kernel.name, || {
            self.context
                .device
                .create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some(dispatch.kernel.name),
                    layout: &pipeline.get_bind_group_layout(0),
                    entries: &entries,
                })
        })?;
        Ok(Step {
            pipeline,
            group,
            workgroups: dispatch.workgroups,
            node,
        })
    }
}
