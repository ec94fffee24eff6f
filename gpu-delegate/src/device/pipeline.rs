//! Compiled kernels, kept by what they were compiled from.

use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use demilite_shaders::{Access, Kernel, Variant};

use super::Device;
use super::pipeline_cache::PipelineCache;
use crate::error::GpuError;

/// What a pipeline is compiled from.
#[derive(Clone)]
pub(crate) struct PipelineKey {
    kernel: &'static Kernel,
    pub(crate) variant: Variant,
    constants: Vec<(&'static str, u32)>,
}

impl PipelineKey {
    /// A kernel in this variant with these constants, which [`Kernel::constants`] completes.
    pub(crate) fn new(
        kernel: &'static Kernel,
        variant: Variant,
        constants: &[(&'static str, u32)],
    ) -> Self {
        PipelineKey {
            kernel,
            variant,
            constants: kernel.constants(&variant, constants),
        }
    }
}

impl PartialEq for PipelineKey {
    fn eq(&self, other: &Self) -> bool {
        self.kernel.name == other.kernel.name
            && self.variant == other.variant
            && self.constants == other.constants
    }
}

impl Eq for PipelineKey {}

impl Hash for PipelineKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.kernel.name, &self.variant, &self.constants).hash(state);
    }
}

/// A pipeline that a program asked for.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskedPipeline {
    /// Its kernel, variant and constants, in words.
    pub description: String,
    /// The paths of its WGSL files.
    pub files: Vec<&'static str>,
}

/// The pipelines of a device.
#[derive(Default)]
pub(crate) struct Pipelines {
    compiled: Mutex<HashMap<PipelineKey, wgpu::ComputePipeline>>,
}

impl Pipelines {
    /// The pipeline of `key`, compiled now if it was not before.
    ///
    /// # Errors
    /// [`GpuError::ShaderRejected`], [`GpuError::LimitExceeded`], [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`].
    pub(crate) fn get(
        &self,
        device: &Device,
        key: &PipelineKey,
    ) -> Result<wgpu::ComputePipeline, GpuError> {
        if let Some(pipeline) = self.known(key) {
            return Ok(pipeline);
        }
        let replaced = (device.overlay.as_ref())
            .map(|overlay| (overlay, overlay.source(key.kernel, &key.variant)));
        let pipeline = match replaced {
            Some((overlay, None)) => {
                let beneath = &overlay.beneath;
                beneath.pipelines.get(beneath, key)?
            }
            Some((_, replaced @ Some(_))) => compile(device, key, replaced)?,
            None => compile(device, key, None)?,
        };
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(compiled.entry(key.clone()).or_insert(pipeline).clone())
    }

    /// Compiles what is not compiled yet of `keys`, on all processors, and has the cache on disk keep it.
    ///
    /// # Errors
    /// The first of those of [`Pipelines::get`].
    pub(crate) fn prepare(
        &self,
        device: &Device,
        keys: HashSet<PipelineKey>,
    ) -> Result<(), GpuError> {
        let missing: Vec<PipelineKey> = keys
            .into_iter()
            .filter(|key| self.known(key).is_none())
            .collect();
        let next = AtomicUsize::new(0);
        let compile_some = || {
            while let Some(key) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.get(device, key)?;
            }
            Ok(())
        };
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let others = processors.min(missing.len()).saturating_sub(1);
        let result = thread::scope(|scope| {
            let others: Vec<_> = (0..others).map(|_| scope.spawn(compile_some)).collect();
            let mut result = compile_some();
            for other in others {
                let other = other
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                result = result.and(other);
            }
            result
        });
        if let (Some(cache), false) = (&device.pipeline_cache, missing.is_empty()) {
            cache.save();
        }
        result
    }

    /// All pipelines that were asked for.
    pub(crate) fn asked_for(&self) -> Vec<AskedPipeline> {
        let compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let described = |key: &PipelineKey| AskedPipeline {
            description: format!("{} {:?} {:?}", key.kernel.name, key.variant, key.constants),
            files: (key.kernel.files(&key.variant))
                .map(|file| file.path)
                .collect(),
        };
        compiled.keys().map(described).collect()
    }

    fn known(&self, key: &PipelineKey) -> Option<wgpu::ComputePipeline> {
        let compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.get(key).cloned()
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

/// Compiles the kernel's own text, or the one that replaces it.
fn compile(
    device: &Device,
    key: &PipelineKey,
    replaced: Option<String>,
) -> Result<wgpu::ComputePipeline, GpuError> {
    let handle = &device.handle;
    let kernel = key.kernel;
    check_limits(&device.limits, kernel, &key.constants)?;
    let entries: Vec<_> = kernel
        .bindings_of(&key.variant)
        .map(|binding| wgpu::BindGroupLayoutEntry {
            binding: binding.index(),
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: match binding.access(&key.variant) {
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
    let compiled = device.guarded(kernel.name, || {
        let descriptor = |text: String| wgpu::ShaderModuleDescriptor {
            label: Some(kernel.name),
            source: wgpu::ShaderSource::Wgsl(text.into()),
        };
        let checks = wgpu::ShaderRuntimeChecks {
            force_loop_bounding: false,
            ..Default::default()
        };
        let module = match replaced {
            Some(text) => handle.create_shader_module(descriptor(text)),
            None => {
                let source = descriptor(kernel.source(&key.variant));
                // SAFETY: the kernels are those of the table, not a caller's; every loop counts up to a bound that it does not
                // change, so none is infinite. All other checks stay on.
                unsafe { handle.create_shader_module_trusted(source, checks) }
            }
        };
        let group = handle.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(kernel.name),
            entries: &entries,
        });
        let layout = handle.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(kernel.name),
            bind_group_layouts: &[Some(&group)],
            immediate_size: 0,
        });
        handle.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(kernel.name),
            layout: Some(&layout),
            module: &module,
            entry_point: Some(Kernel::ENTRY_POINT),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &constants,
                zero_initialize_workgroup_memory: false,
            },
            cache: device.pipeline_cache.as_ref().map(PipelineCache::cache),
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

#[cfg(test)]
mod tests {
    use demilite_shaders::{Element, Epilogue, Halves, ParamsSpace, Part, Rows, WgslFile, table};

    use super::*;
    use crate::device::tests::open;
    use crate::options::GpuOptions;

    const BROKEN: Kernel = Kernel {
        name: "broken",
        parts: &[Part::File(WgslFile {
            path: "broken",
            text: "struct Params { a: u32 } @compute @workgroup_size(1) fn main() { nonsense(); }",
        })],
        ..table::CONVERT
    };

    fn key(kernel: &'static Kernel, constants: &[(&'static str, u32)]) -> PipelineKey {
        let variant = Variant {
            activation: Element::F32,
            input: Element::F32,
            weight: Element::F32,
            bias: Element::F32,
            rows: Rows::Aligned,
            epilogue: Epilogue::None,
            halves: Halves::Builtin,
            params: ParamsSpace::Uniform,
        };
        PipelineKey::new(kernel, variant, constants)
    }

    #[test]
    fn a_shader_that_is_rejected_is_named_and_the_device_stays() {
        let Some(device) = open(&GpuOptions::default()) else {
            return;
        };
        for _ in 0..2 {
            let keys = [key(&BROKEN, &[]), key(&table::CONVERT, &[])];
            let result = device.pipelines.prepare(&device, keys.into());
            let Err(GpuError::ShaderRejected { kernel, message }) = result else {
                panic!("{result:?}");
            };
            assert_eq!(kernel, "broken");
            assert!(message.contains("nonsense"), "{message}");
        }
        let convert = key(&table::CONVERT, &[]);
        assert!(device.pipelines.get(&device, &convert).is_ok());
    }

    #[test]
    fn a_workgroup_over_the_limits_is_refused() {
        let Some(device) = open(&GpuOptions::default()) else {
            return;
        };
        let over = device.limits.max_compute_workgroup_size_x + 1;
        let too_wide = PipelineKey {
            constants: vec![("workgroup_size", over)],
            ..key(&table::CONV_2D, &[])
        };
        let result = device.pipelines.get(&device, &too_wide);
        let Err(GpuError::LimitExceeded {
            what,
            needed,
            limit,
        }) = result
        else {
            panic!("it was compiled");
        };
        assert!(what.contains("the kernel conv_2d"), "{what}");
        assert!(needed > limit);
    }
}
