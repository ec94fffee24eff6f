//! The time of each dispatch, as the device tells it.

use std::time::Duration;

use demilite_core::NodeId;

use super::Step;
use crate::device::Device;
use crate::error::GpuError;
use crate::memory::buffer::create;
use crate::memory::read_back::read_back;

/// Timestamps that one query set holds, and dispatches that it measures: each has a beginning and an end.
const STEPS_PER_SET: usize = wgpu::QUERY_SET_MAX_QUERIES as usize / 2;

/// Bytes of the two timestamps of a dispatch.
const STEP_BYTES: u64 = 2 * wgpu::QUERY_SIZE as u64;

/// Timestamps before and after each dispatch. Each is a pass of its own while it is measured, which every device with
/// timestamps can do.
pub(super) struct Clock {
    sets: Vec<wgpu::QuerySet>,
    resolved: wgpu::Buffer,
    staging: wgpu::Buffer,
    /// Nanoseconds between two ticks.
    period: f64,
    times: Vec<(NodeId, Duration)>,
}

impl Clock {
    /// Makes room for the timestamps of `steps` dispatches.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`].
    pub(super) fn new(device: &Device, steps: usize) -> Result<Self, GpuError> {
        let sets = device.guarded("timestamps", || {
            (0..steps.div_ceil(STEPS_PER_SET))
                .map(|_| {
                    device.handle.create_query_set(&wgpu::QuerySetDescriptor {
                        label: Some("timestamps"),
                        ty: wgpu::QueryType::Timestamp,
                        count: wgpu::QUERY_SET_MAX_QUERIES,
                    })
                })
                .collect::<Vec<_>>()
        })?;
        let bytes = sets.len().max(1) as u64 * STEPS_PER_SET as u64 * STEP_BYTES;
        let resolve = wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC;
        let read = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        Ok(Clock {
            sets,
            resolved: create(device, "timestamps", bytes, resolve)?,
            staging: create(device, "timestamps", bytes, read)?,
            period: f64::from(device.queue.get_timestamp_period()),
            times: Vec::new(),
        })
    }

    /// Records `steps`, each with its timestamps, and the copy of these.
    pub(super) fn record(&self, encoder: &mut wgpu::CommandEncoder, steps: &[Step]) {
        for (steps, query_set) in steps.chunks(STEPS_PER_SET).zip(&self.sets) {
            for (step, query) in steps.iter().zip((0..).step_by(2)) {
                let timestamp_writes = Some(wgpu::ComputePassTimestampWrites {
                    query_set,
                    beginning_of_pass_write_index: Some(query),
                    end_of_pass_write_index: Some(query + 1),
                });
                step.record(
                    &mut encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                        label: None,
                        timestamp_writes,
                    }),
                );
            }
        }
        for (set, (chunk, query_set)) in steps.chunks(STEPS_PER_SET).zip(&self.sets).enumerate() {
            let offset = set as u64 * STEPS_PER_SET as u64 * STEP_BYTES;
            #[allow(clippy::cast_possible_truncation, reason = "a set has few queries")]
            let queries = 2 * chunk.len() as u32;
            encoder.resolve_query_set(query_set, 0..queries, &self.resolved, offset);
        }
        let bytes = self.resolved.size();
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.staging, 0, bytes);
    }

    /// Reads the timestamps of a submission that has ended.
    ///
    /// # Errors
    /// Those of [`read_back`].
    pub(super) fn read(&mut self, device: &Device, steps: &[Step]) -> Result<(), GpuError> {
        let mut times: Vec<(NodeId, Duration)> = Vec::new();
        read_back(device, &self.staging, |bytes| {
            let ticks = |at: usize| {
                let bytes = bytes.get(8 * at..8 * at + 8);
                bytes.map_or(0, bytemuck::pod_read_unaligned::<u64>)
            };
            for (index, step) in steps.iter().enumerate() {
                let Some(node) = step.node else { continue };
                let ticks = ticks(2 * index + 1).saturating_sub(ticks(2 * index));
                #[allow(clippy::cast_possible_truncation, reason = "times saturate")]
                let time = Duration::from_nanos((ticks as f64 * self.period) as u64);
                match times.last_mut() {
                    Some((last, sum)) if *last == node => *sum += time,
                    _ => times.push((node, time)),
                }
            }
        })?;
        self.times = times;
        Ok(())
    }

    /// How long each node took.
    pub(super) fn times(&self) -> &[(NodeId, Duration)] {
        &self.times
    }
}
