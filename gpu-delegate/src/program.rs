//! A sequence of dispatches over tensors, compiled once and submitted once an inference.

mod builder;

use std::sync::{Arc, mpsc};

use demilite_core::Counters;

use crate::context::GpuContext;
use crate::error::GpuError;

pub(crate) use builder::{Dispatch, ProgramBuilder, Storage, line};

/// Bytes that copies are multiples of.
const WORD: usize = 4;

/// A dispatch, ready to be recorded.
struct Step {
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
    workgroups: [u32; 3],
}

/// An output: where it lies on the device, and its place in the staging buffer.
struct Output {
    buffer: wgpu::Buffer,
    offset: u64,
    bytes: u64,
}

/// Compiled dispatches with their buffers.
pub(crate) struct Program {
    context: Arc<GpuContext>,
    steps: Vec<Step>,
    inputs: Vec<wgpu::Buffer>,
    outputs: Vec<Output>,
    staging: wgpu::Buffer,
    counters: Counters,
}

impl Program {
    /// What the program holds and moves.
    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    /// Uploads the inputs, runs all dispatches in one submission, and reads the outputs back, in the order of the builder's
    /// calls: floats as 32-bit ones, integers as they are.
    ///
    /// # Errors
    /// [`GpuError::TimedOut`], [`GpuError::DeviceLost`], [`GpuError::Rejected`].
    pub(crate) fn run(
        &mut self,
        inputs: &[&[u8]],
        outputs: &mut [&mut [u8]],
    ) -> Result<(), GpuError> {
        let context = self.context.clone();
        let submission = context.guarded("a submission", || {
            for (buffer, bytes) in self.inputs.iter().zip(inputs) {
                let whole = bytes.len() - bytes.len() % WORD;
                context.queue.write_buffer(buffer, 0, &bytes[..whole]);
                if whole < bytes.len() {
                    let mut last = [0; WORD];
                    last[..bytes.len() - whole].copy_from_slice(&bytes[whole..]);
                    context.queue.write_buffer(buffer, whole as u64, &last);
                }
            }
            let mut encoder = context.device.create_command_encoder(&Default::default());
            record(&mut encoder, &self.steps);
            for output in &self.outputs {
                encoder.copy_buffer_to_buffer(
                    &output.buffer,
                    0,
                    &self.staging,
                    output.offset,
                    output.bytes,
                );
            }
            context.queue.submit([encoder.finish()])
        })?;
        let (sender, receiver) = mpsc::channel();
        self.staging
            .map_async(wgpu::MapMode::Read, .., move |result| {
                // The receiver is gone only if the wait failed, which is an error of its own.
                let _ = sender.send(result);
            });
        context.wait(submission)?;
        let rejected = |message: String| GpuError::Rejected {
            what: "reading outputs back".to_owned(),
            message,
        };
        // A thread that waits for another submission of this device may be the one that calls back, a little later.
        let limit = context.options().timeout;
        match receiver.recv_timeout(limit) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(rejected(error.to_string())),
            Err(_) => return Err(GpuError::TimedOut { limit }),
        }
        let result = self.read(outputs);
        self.staging.unmap();
        result.map_err(|error| rejected(error.to_string()))
    }

    fn read(&self, outputs: &mut [&mut [u8]]) -> Result<(), wgpu::MapRangeError> {
        let view = self.staging.slice(..).get_mapped_range()?;
        for (output, bytes) in self.outputs.iter().zip(outputs) {
            let start = output.offset as usize;
            bytes.copy_from_slice(&view[start..start + bytes.len()]);
        }
        Ok(())
    }
}

/// Records `steps` as one compute pass.
fn record(encoder: &mut wgpu::CommandEncoder, steps: &[Step]) {
    let mut pass = encoder.begin_compute_pass(&Default::default());
    for step in steps {
        pass.set_pipeline(&step.pipeline);
        pass.set_bind_group(0, &step.group, &[]);
        pass.dispatch_workgroups(step.workgroups[0], step.workgroups[1], step.workgroups[2]);
    }
}
