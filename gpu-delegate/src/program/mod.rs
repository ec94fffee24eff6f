//! A sequence of dispatches over tensors: compiled once, instantiated by each session, and submitted once an inference.

mod builder;
mod clock;
mod compiled;
mod epilogue;
mod guard_bands;
mod value_check;

use std::sync::Arc;
use std::time::{Duration, Instant};

use demilite_core::{Counters, NodeId};

use crate::error::GpuError;
use crate::memory::buffer::host_length;
use crate::memory::read_back::Mapping;
use crate::memory::upload::Uploads;
use clock::Clock;
use guard_bands::GuardBands;
use value_check::StagedCheck;

pub(crate) use builder::{
    Candidate, Choice, Dispatch, Placement, ProgramBuilder, REHEARSED, Scenery, Storage, line,
};
pub(crate) use compiled::CompiledProgram;
pub(crate) use epilogue::{DispatchEpilogue, DispatchStep, EpilogueWork, Places};
pub(crate) use value_check::{RefusedValue, ValueCheck};

/// A dispatch, ready to be recorded.
struct Step {
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
    workgroups: [u32; 3],
    /// The node that the dispatch computes, or prepares an operand of.
    node: Option<NodeId>,
}

impl Step {
    fn record(&self, pass: &mut wgpu::ComputePass<'_>) {
        let [x, y, z] = self.workgroups;
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.group, &[]);
        pass.dispatch_workgroups(x, y, z);
    }
}

/// An output: where it lies on the device, and its place in the staging buffer.
struct Output {
    buffer: wgpu::Buffer,
    offset: u64,
    bytes: u64,
}

/// A tensor that lies elsewhere than in the caller's buffer that takes it.
struct Copy {
    source: wgpu::Buffer,
    target: wgpu::Buffer,
    bytes: u64,
}

/// An instance of a compiled program: its dispatches with their buffers.
pub(crate) struct Program {
    compiled: Arc<CompiledProgram>,
    steps: Vec<Step>,
    uploads: Uploads,
    outputs: Vec<Output>,
    copies: Vec<Copy>,
    /// What stays on the device for the next run: these copies come last.
    kept: Vec<Copy>,
    checks: Vec<StagedCheck>,
    /// None where there is nothing to read back.
    staging: Option<wgpu::Buffer>,
    clock: Option<Clock>,
    guards: Option<GuardBands>,
    /// An invocation that was given up before the device ended it.
    unfinished: Option<Unfinished>,
}

/// A submission under way, and the mapping of the staging buffer after it.
struct Unfinished {
    submission: wgpu::SubmissionIndex,
    mapping: Option<Mapping>,
}

impl Program {
    /// What the program holds and moves.
    pub(crate) fn counters(&self) -> Counters {
        self.compiled.counters
    }

    /// Uploads the inputs, runs all dispatches in one submission, and reads the outputs back, in the order of the builder's
    /// calls: floats as 32-bit ones, integers as they are. Within that, the first value that an op could not take.
    ///
    /// # Errors
    /// [`GpuError::TimedOut`], [`GpuError::DeviceLost`], [`GpuError::Rejected`], [`GpuError::OutOfBounds`].
    pub(crate) fn run(
        &mut self,
        inputs: &[&[u8]],
        outputs: &mut [&mut [u8]],
    ) -> Result<Result<(), RefusedValue>, GpuError> {
        let device = Arc::clone(&self.compiled.device);
        // One that was given up still has the staging buffer.
        self.finish(|_, _, _| {})?;
        let submission = self.submit(inputs)?;
        if self.staging.is_none() && self.clock.is_none() && self.guards.is_none() {
            return Ok(Ok(()));
        }
        let staging = self.staging.as_ref();
        let mapping = staging.map(|staging| Mapping::begin(&device, staging, wgpu::MapMode::Read));
        self.unfinished = Some(Unfinished {
            submission,
            mapping: mapping.transpose()?,
        });
        let mut checked = Ok(());
        self.finish(|checks, results, staged| {
            checked = checks.iter().try_for_each(|check| check.check(staged));
            for (output, bytes) in results.iter().zip(outputs) {
                let start = host_length(output.offset);
                bytes.copy_from_slice(&staged[start..start + bytes.len()]);
            }
        })?;
        if let Some(clock) = &mut self.clock {
            clock.read(&device, &self.steps)?;
        }
        if let Some(guards) = &self.guards {
            guards.check(&device, &self.steps)?;
        }
        Ok(checked)
    }

    /// Waits for the submission under way, if there is one, and hands the staging buffer's bytes to `read`.
    ///
    /// # Errors
    /// [`GpuError::TimedOut`], after which the submission is still under way; [`GpuError::DeviceLost`], [`GpuError::Rejected`].
    fn finish(
        &mut self,
        read: impl FnOnce(&[StagedCheck], &[Output], &[u8]),
    ) -> Result<(), GpuError> {
        let Some(unfinished) = self.unfinished.take() else {
            return Ok(());
        };
        let waited = self
            .compiled
            .device
            .wait(unfinished.submission.clone(), self.compiled.limit);
        let result = waited.and_then(|()| match (&unfinished.mapping, &self.staging) {
            (Some(mapping), Some(staging)) => {
                mapping.finish(&self.compiled.device, staging, |staged| {
                    read(&self.checks, &self.outputs, staged);
                })
            }
            _ => Ok(()),
        });
        if matches!(result, Err(GpuError::TimedOut { .. })) {
            self.unfinished = Some(unfinished);
        }
        result
    }

    /// Uploads the inputs and submits all dispatches.
    ///
    /// # Errors
    /// [`GpuError::DeviceLost`], [`GpuError::Rejected`].
    pub(crate) fn submit(&mut self, inputs: &[&[u8]]) -> Result<wgpu::SubmissionIndex, GpuError> {
        let device = Arc::clone(&self.compiled.device);
        device.guarded("a submission", || {
            let mut encoder = device.handle.create_command_encoder(&Default::default());
            // With outputs to read back, the last invocation was waited for.
            let is_alone = self.staging.is_some();
            let lent = self
                .uploads
                .record(&device, &mut encoder, inputs, is_alone)?;
            match (&mut self.guards, &self.clock) {
                (Some(guards), _) => guards.record(&mut encoder, &self.steps),
                (None, Some(clock)) => clock.record(&mut encoder, &self.steps),
                (None, None) => record(&mut encoder, &self.steps),
            }
            for copy in &self.copies {
                let Copy { source, target, .. } = copy;
                encoder.copy_buffer_to_buffer(source, 0, target, 0, copy.bytes);
            }
            let checked = self.checks.iter().map(|check| &check.output);
            for output in self.outputs.iter().chain(checked) {
                let Some(staging) = &self.staging else { break };
                let Output { buffer, offset, .. } = output;
                encoder.copy_buffer_to_buffer(buffer, 0, staging, *offset, output.bytes);
            }
            for copy in &self.kept {
                let Copy { source, target, .. } = copy;
                encoder.copy_buffer_to_buffer(source, 0, target, 0, copy.bytes);
            }
            let submission = device.queue.submit([encoder.finish()]);
            self.uploads.give_back(&device, lent)?;
            Ok(submission)
        })?
    }

    /// How long a run of a program without inputs takes, as the host sees it.
    ///
    /// # Errors
    /// [`GpuError::TimedOut`], [`GpuError::DeviceLost`], [`GpuError::Rejected`].
    pub(crate) fn time(&mut self) -> Result<Duration, GpuError> {
        let started = Instant::now();
        let submission = self.submit(&[])?;
        self.compiled.device.wait(submission, self.compiled.limit)?;
        Ok(started.elapsed())
    }

    /// Has later runs measure each node, or no longer; returns whether they will, which takes a device with timestamps and no
    /// guard bands.
    ///
    /// # Errors
    /// Those of [`Clock::new`].
    pub(crate) fn set_profiling(&mut self, enabled: bool) -> Result<bool, GpuError> {
        let measured = enabled && self.compiled.device.has_timestamps() && self.guards.is_none();
        self.clock = match measured {
            true => Some(Clock::new(&self.compiled.device, self.steps.len())?),
            false => None,
        };
        Ok(measured)
    }

    /// How long each node took in the last run, where profiling is on.
    pub(crate) fn node_times(&self) -> &[(NodeId, Duration)] {
        self.clock.as_ref().map_or(&[], Clock::times)
    }
}

/// Records `steps` as one compute pass.
fn record(encoder: &mut wgpu::CommandEncoder, steps: &[Step]) {
    let mut pass = encoder.begin_compute_pass(&Default::default());
    for step in steps {
        step.record(&mut pass);
    }
}
