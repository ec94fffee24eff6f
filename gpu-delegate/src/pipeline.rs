//! Compiled kernels, kept by what they were compiled from.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use demilite_shaders::{Access, Kernel, Variant};

use crate::context::GpuContext;
use crate::error::GpuError;

/// What a pipeline is compiled from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PipelineKey {
    kernel: &'static str,
    variant: Variant,
    constants: Vec<(&'static str, u32)>,
}

/// The pipelines of a device.
#[derive(Default)]
pub(crate) struct Pipelines {
    compiled: Mutex<HashMap<PipelineKey, wgpu::ComputePipeline>>,
}

impl Pipelines {
    /// The kernel compiled in this variant with these constants, which [`Kernel::constants`] completes.
    ///
    /// # Errors
    /// [`GpuError::ShaderRejected`], [`GpuError::LimitExceeded`], [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`].
    pub(crate) fn get(
        &self,
        context: &GpuContext,
        kernel: &'static Kernel,
        variant: Variant,
        constants: &[(&'static str, u32)],
    ) -> Result<wgpu::ComputePipeline, GpuError> {
        let constants = kernel.constants(constants);
        let key = PipelineKey {
            kernel: kernel.name,
            variant,
            constants,
        };
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipeline) = compiled.get(&key) {
            return Ok(pipeline.clone());
        }
        check_limits(&context.limits, kernel, &key.constants)?;
        let pipeline = compile(context, kernel, &key)?;
        compiled.insert(key, pipeline.clone());
        Ok(pipeline)
    }
}

/// wgpu checks neither of these against `override` constants.
fn check_limits(
    limits: &wgpu::Limits,
    kernel: &Kernel,
    constants: &[(&'static str, u32)],
) -> Result<(), GpuError> {
    let check = |what: &str, needed: u32, limit: u32| {
        if needed <= limit {
            return Ok(());
        }
        let what = format!("{what} of the kernel {}", kernel.name);
        Err(GpuError::LimitExceeded {
            what,
            needed: needed.into(),
            limit: limit.into(),
        })
    };
    let size = kernel.workgroup_size(constants);
    let invocations = size.iter().product();
    check(
        "the workgroup (invocations)",
        invocations,
        limits.max_compute_invocations_per_workgroup,
    )?;
    check(
        "the workgroup's width",
        size[0],
        limits.max_compute_workgroup_size_x,
    )?;
    check(
        "the workgroup's height",
        size[1],
        limits.max_compute_workgroup_size_y,
    )?;
    check(
        "the workgroup's depth",
        size[2],
        limits.max_compute_workgroup_size_z,
    )?;
    let memory = kernel.workgroup_memory(constants);
    check(
        "the workgroup memory (bytes)",
        memory,
        limits.max_compute_workgroup_storage_size,
    )
}

fn compile(
    context: &GpuContext,
    kernel: &'static Kernel,
    key: &PipelineKey,
) -> Result<wgpu::ComputePipeline, GpuError> {
    let device = &context.device;
    let entries: Vec<_> = kernel
        .bindings
        .iter()
        .map(|binding| wgpu::BindGroupLayoutEntry {
            binding: binding.index(),
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: match binding.access() {
                    Access::Uniform => wgpu::BufferBindingType::Uniform,
                    Access::Read => wgpu::BufferBindingType::Storage { read_only: true },
                    Access::Write => wgpu::BufferBindingType::Storage { read_only: false },
                },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        })
        .collect();
    let constants: Vec<_> = key
        .constants
        .iter()
        .map(|&(name, value)| (name, f64::from(value)))
        .collect();
    let compiled = context.guarded(kernel.name, || {
        let source = wgpu::ShaderModuleDescriptor {
            label: Some(kernel.name),
            source: wgpu::ShaderSource::Wgsl(kernel.source(&key.variant).into()),
        };
        let checks = wgpu::ShaderRuntimeChecks {
            force_loop_bounding: false,
            ..Default::default()
        };
        // SAFETY: the kernels are those of the table, not a caller's; every loop counts up to a bound that it does not change,
        // so none is infinite. All other checks stay on.
        let module = unsafe { device.create_shader_module_trusted(source, checks) };
        let group = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(kernel.name),
            entries: &entries,
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(kernel.name),
            bind_group_layouts: &[Some(&group)],
            immediate_size: 0,
        });
        device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(kernel.name),
            layout: Some(&layout),
            module: &module,
            entry_point: Some(Kernel::ENTRY_POINT),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &constants,
                zero_initialize_workgroup_memory: false,
            },
            cache: None,
        })
    });
    compiled.map_err(|error| match error {
        GpuError::Rejected { message, .. } => GpuError::ShaderRejected {
            kernel: kernel.name,
            message,
        },
        other => other,
    })
}
