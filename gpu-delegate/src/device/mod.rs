//! The device: which adapter it is of, what it can do and how fast, the pipelines that it compiled, the kernels that were measured to
//! be fastest, and its health.

pub(crate) mod adapter;
mod cache_file;
pub(crate) mod choices;
pub(crate) mod cooperative_matrices;
mod health;
mod limits;
mod overlay;
mod pipeline;
mod pipeline_cache;
pub(crate) mod tuning;

use std::fmt;
use std::sync::Arc;

use demilite_shaders::{Element, Halves, ParamsSpace};

use crate::error::GpuError;
use crate::options::{AdapterKind, GpuOptions, HalfAccess, Precision, ProductMethod};
use adapter::AdapterDescription;
use choices::Choices;
use cooperative_matrices::CooperativeMatrices;
use health::Health;
use overlay::Overlay;
use pipeline::Pipelines;
use pipeline_cache::PipelineCache;
use tuning::Tuning;

pub use overlay::Replacement;
pub use pipeline::AskedPipeline;
pub(crate) use pipeline::PipelineKey;

/// What a device is asked for where its adapter has it.
const OPTIONAL_FEATURES: wgpu::Features =
    wgpu::Features::TIMESTAMP_QUERY.union(wgpu::Features::PIPELINE_CACHE);

/// What a device of this adapter is opened with.
fn features(
    adapter: &wgpu::Adapter,
    kind: AdapterKind,
    options: &GpuOptions,
    matrices: Option<CooperativeMatrices>,
) -> wgpu::Features {
    let halves = match options.half_access {
        HalfAccess::Fastest if kind != AdapterKind::Cpu => wgpu::Features::SHADER_F16,
        HalfAccess::Native => wgpu::Features::SHADER_F16,
        HalfAccess::Fastest | HalfAccess::Packed | HalfAccess::Integer => wgpu::Features::empty(),
    };
    let products = match matrices {
        Some(_) => CooperativeMatrices::FEATURES,
        None => wgpu::Features::empty(),
    };
    adapter.features() & (halves | products | OPTIONAL_FEATURES)
}

/// The cooperative matrices of the adapter, if these options use them.
pub(crate) fn wanted_matrices(
    adapter: &wgpu::Adapter,
    kind: AdapterKind,
    options: &GpuOptions,
) -> Option<CooperativeMatrices> {
    let is_method = match options.products {
        ProductMethod::Fastest => kind != AdapterKind::Cpu && options.precision != Precision::F32,
        ProductMethod::CooperativeMatrices => true,
        ProductMethod::Registers | ProductMethod::Tiles => false,
    };
    let is_native = match options.half_access {
        HalfAccess::Fastest | HalfAccess::Native => true,
        HalfAccess::Packed | HalfAccess::Integer => false,
    };
    CooperativeMatrices::of(adapter).filter(|_| is_method && is_native)
}

/// An open device: its queue, its limits, its health and its compiled pipelines.
pub(crate) struct Device {
    /// What wgpu calls the device.
    pub(crate) handle: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) limits: wgpu::Limits,
    pub(crate) pipelines: Pipelines,
    pub(crate) pipeline_cache: Option<PipelineCache>,
    adapter: AdapterDescription,
    options: GpuOptions,
    pub(crate) halves: Halves,
    pub(crate) params: ParamsSpace,
    has_native_halves: bool,
    tuning: Tuning,
    pub(crate) choices: Arc<Choices>,
    pub(crate) health: Arc<Health>,
    /// What this device is laid over.
    pub(crate) overlay: Option<Overlay>,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("adapter", &self.adapter)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// What wgpu gives when a device is opened, and what is heard of it.
struct Opened {
    handle: wgpu::Device,
    queue: wgpu::Queue,
    health: Arc<Health>,
}

impl Device {
    /// Opens a device of the adapter, with these cooperative matrices.
    ///
    /// # Errors
    /// [`GpuError::DeviceRefused`].
    pub(crate) fn request(
        adapter: &wgpu::Adapter,
        description: &AdapterDescription,
        options: &GpuOptions,
        matrices: Option<CooperativeMatrices>,
    ) -> Result<Arc<Self>, GpuError> {
        let experimental_features = match matrices {
            // SAFETY: cooperative matrices are the one experimental feature that is asked for. The kernels of the table alone use
            // them, with a size and types that the adapter lists, in uniform control flow, and only on whole arrays of theirs in
            // workgroup memory.
            Some(_) => unsafe { wgpu::ExperimentalFeatures::enabled() },
            None => wgpu::ExperimentalFeatures::disabled(),
        };
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("demilite"),
            required_features: features(adapter, description.kind, options, matrices),
            required_limits: adapter.limits(),
            experimental_features,
            ..Default::default()
        });
        let (handle, queue) =
            pollster::block_on(request).map_err(|error| GpuError::DeviceRefused {
                adapter: description.name.clone(),
                message: error.to_string(),
            })?;
        let opened = Opened {
            health: Health::watch(&handle),
            handle,
            queue,
        };
        let (description, options) = (description.clone(), options.clone());
        Ok(Self::new(adapter, opened, description, options, matrices))
    }

    /// A device that the caller opened and goes on using, with these cooperative matrices; the caller's handlers stay.
    ///
    /// # Errors
    /// [`GpuError::DeviceLimit`].
    pub(crate) fn adopt(
        adapter: &wgpu::Adapter,
        (handle, queue): (wgpu::Device, wgpu::Queue),
        description: AdapterDescription,
        options: GpuOptions,
        matrices: Option<CooperativeMatrices>,
    ) -> Result<Arc<Self>, GpuError> {
        let opened = Opened {
            handle,
            queue,
            health: Arc::default(),
        };
        let device = Self::new(adapter, opened, description, options, matrices);
        limits::check(&device.limits, device.params)?;
        Ok(device)
    }

    fn new(
        adapter: &wgpu::Adapter,
        opened: Opened,
        description: AdapterDescription,
        options: GpuOptions,
        matrices: Option<CooperativeMatrices>,
    ) -> Arc<Self> {
        let Opened {
            handle,
            queue,
            health,
        } = opened;
        let flags = adapter.get_downlevel_capabilities().flags;
        let unpacks = flags.contains(wgpu::DownlevelFlags::SHADER_F16_IN_F32);
        let pipeline_cache = options
            .pipeline_cache
            .as_deref()
            .and_then(|directory| PipelineCache::open(&handle, &adapter.get_info(), directory));
        let choices = Choices::open(
            &adapter.get_info(),
            options.pipeline_cache.as_deref(),
            options.tune,
        );
        let wanted = features(adapter, description.kind, &options, matrices) & handle.features();
        let has_native_halves = wanted.contains(wgpu::Features::SHADER_F16);
        let tuning = Tuning {
            method: options.products,
            adapter: description.kind,
            matrices,
        };
        let mut limits = handle.limits();
        if let Some(bytes) = options.max_binding_bytes {
            let limit = &mut limits.max_storage_buffer_binding_size;
            *limit = bytes.min(*limit);
        }
        Arc::new(Device {
            params: limits::params_space(options.params_access, description.kind, &limits),
            limits,
            has_native_halves,
            tuning,
            choices: Arc::new(choices),
            halves: match options.half_access {
                HalfAccess::Integer => Halves::Integer,
                _ if !unpacks => Halves::Integer,
                _ => Halves::Builtin,
            },
            handle,
            queue,
            pipelines: Pipelines::default(),
            pipeline_cache,
            adapter: description,
            options,
            health,
            overlay: None,
        })
    }

    /// The adapter that the device is of.
    pub(crate) fn adapter(&self) -> &AdapterDescription {
        &self.adapter
    }

    /// How the device was opened.
    pub(crate) fn options(&self) -> &GpuOptions {
        &self.options
    }

    /// Whether the device tells the time of each dispatch.
    pub(crate) fn has_timestamps(&self) -> bool {
        let features = self.handle.features();
        features.contains(wgpu::Features::TIMESTAMP_QUERY)
    }

    /// How products are computed.
    pub(crate) fn tuning(&self) -> &Tuning {
        &self.tuning
    }

    /// Whether 16-bit floats are packed and unpacked by WGSL's functions.
    pub(crate) fn unpacks_halves(&self) -> bool {
        !self.has_native_halves && self.halves == Halves::Builtin
    }

    /// How 16-bit floats lie in memory on this device.
    pub(crate) fn half(&self) -> Element {
        match self.has_native_halves {
            true => Element::F16,
            false => Element::F16Packed,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use demilite_needs::Need;

    use super::Device;
    use super::adapter::{choose, instance};
    use crate::error::GpuError;
    use crate::options::GpuOptions;

    /// A device for a test, which is skipped without an adapter.
    pub(super) fn open(options: &GpuOptions) -> Option<Arc<Device>> {
        match choose(&instance(), &options.adapter) {
            Err(GpuError::NoAdapter) => {
                demilite_needs::skip(Need::Gpu, "no adapter");
                None
            }
            chosen => {
                let (adapter, description) = chosen.unwrap();
                Some(Device::request(&adapter, &description, options, None).unwrap())
            }
        }
    }
}
