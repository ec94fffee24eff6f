//! A device, what it can do, and what it has to say.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use demilite_shaders::{Element, Halves, ParamsSpace};

use super::adapter::{
    AdapterChoice, AdapterDescription, AdapterKind, adapters, choose, description, instance,
};
use super::health::Health;
use super::overlay::Overlay;
use super::pipeline::Pipelines;
use super::pipeline_cache::PipelineCache;
use super::tuning::{CooperativeMatrices, ProductMethod, Tuning, probe};
use crate::error::GpuError;
use crate::precision::Precision;

/// What a device is asked for where its adapter has it.
const OPTIONAL_FEATURES: wgpu::Features =
    wgpu::Features::TIMESTAMP_QUERY.union(wgpu::Features::PIPELINE_CACHE);

/// How 16-bit floats lie in memory and reach a kernel. The bytes in memory are the same, and so are the results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HalfAccess {
    /// What is fastest: the type `f16`, but on software adapters, which load words faster, and where there is no such type.
    #[default]
    Fastest,
    /// The type `f16` wherever the adapter has it.
    Native,
    /// Two halves of a 32-bit word, unpacked in registers, where the adapter has functions for it.
    Packed,
    /// Two halves of a 32-bit word, unpacked by integer arithmetic, as every adapter can.
    Integer,
}

/// Where the sizes lie that kernels are dispatched with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParamsAccess {
    /// What is fastest: uniform buffers, but on software adapters. Mesa's makes shaders anew for the values of uniform buffers,
    /// with every dispatch, and does not free them all.
    #[default]
    Fastest,
    /// Uniform buffers.
    Uniform,
    /// Storage buffers that are read.
    Storage,
}

/// How to open a device.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GpuOptions {
    /// Which adapter.
    pub adapter: AdapterChoice,
    /// The element of the floats between ops.
    pub precision: Precision,
    /// How kernels reach 16-bit floats.
    pub half_access: HalfAccess,
    /// Whether nodes whose tensors nobody else reads are computed together, so that these tensors are never in memory. Tensors
    /// of floats are then not rounded to the activations' element in between.
    pub fusion: bool,
    /// The most bytes of a buffer that a shader is to see at once, where that is less than the device's own limit. Weights that
    /// are larger are computed with in parts.
    pub max_binding_bytes: Option<u64>,
    /// Where the sizes lie that kernels are dispatched with.
    pub params_access: ParamsAccess,
    /// How products of matrices of floats are computed.
    pub products: ProductMethod,
    /// How long a submission may take before it counts as hung. `None` is a minute, and on a software adapter more, in proportion to
    /// the work.
    pub timeout: Option<Duration>,
    /// Whether every dispatch is watched, for tests: tensors lie before guard bytes and are filled with rubbish before the first
    /// dispatch that writes them, and an invocation fails with [`GpuError::OutOfBounds`] after a dispatch that changed the bytes
    /// behind its output. What lies behind inputs and constants is rubbish too. Buffers of the caller are as they are.
    pub guard_bands: bool,
    /// A directory for compiled pipelines, where the driver can give them away (Vulkan). It is made if it is missing. The
    /// driver trusts what lies there: nobody else must be able to write to it.
    pub pipeline_cache: Option<PathBuf>,
}

impl Default for GpuOptions {
    fn default() -> Self {
        GpuOptions {
            adapter: AdapterChoice::default(),
            precision: Precision::default(),
            half_access: HalfAccess::default(),
            max_binding_bytes: None,
            params_access: ParamsAccess::default(),
            fusion: true,
            products: ProductMethod::default(),
            timeout: None,
            guard_bands: false,
            pipeline_cache: None,
        }
    }
}

impl GpuOptions {
    /// Which adapter.
    #[must_use]
    pub fn adapter(mut self, adapter: AdapterChoice) -> Self {
        self.adapter = adapter;
        self
    }

    /// The element of the floats between ops.
    #[must_use]
    pub fn precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// How kernels reach 16-bit floats.
    #[must_use]
    pub fn half_access(mut self, half_access: HalfAccess) -> Self {
        self.half_access = half_access;
        self
    }

    /// Whether nodes are computed together.
    #[must_use]
    pub fn fusion(mut self, fusion: bool) -> Self {
        self.fusion = fusion;
        self
    }

    /// The most bytes of a buffer that a shader is to see at once.
    #[must_use]
    pub fn max_binding_bytes(mut self, max_binding_bytes: impl Into<Option<u64>>) -> Self {
        self.max_binding_bytes = max_binding_bytes.into();
        self
    }

    /// Where the sizes lie that kernels are dispatched with.
    #[must_use]
    pub fn params_access(mut self, params_access: ParamsAccess) -> Self {
        self.params_access = params_access;
        self
    }

    /// How products of matrices of floats are computed.
    #[must_use]
    pub fn products(mut self, products: ProductMethod) -> Self {
        self.products = products;
        self
    }

    /// How long a submission may take before it counts as hung.
    #[must_use]
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = timeout.into();
        self
    }

    /// Whether every dispatch is watched, for tests.
    #[must_use]
    pub fn guard_bands(mut self, guard_bands: bool) -> Self {
        self.guard_bands = guard_bands;
        self
    }

    /// A directory for compiled pipelines, to which nobody else must be able to write.
    #[must_use]
    pub fn pipeline_cache(mut self, pipeline_cache: impl Into<Option<PathBuf>>) -> Self {
        self.pipeline_cache = pipeline_cache.into();
        self
    }
}

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
fn cooperative_matrices(
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

/// An open device with its queue and its compiled pipelines.
pub struct GpuContext {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) limits: wgpu::Limits,
    pub(crate) pipelines: Pipelines,
    pub(crate) pipeline_cache: Option<PipelineCache>,
    pub(super) adapter: AdapterDescription,
    pub(super) options: GpuOptions,
    pub(crate) halves: Halves,
    pub(crate) params: ParamsSpace,
    pub(super) has_native_halves: bool,
    pub(super) tuning: Tuning,
    pub(crate) health: Arc<Health>,
    /// The context that this one is laid over.
    pub(crate) overlay: Option<Overlay>,
}

impl fmt::Debug for GpuContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GpuContext")
            .field("adapter", &self.adapter)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl GpuContext {
    /// Opens a device.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`], [`GpuError::AdapterNotFound`], [`GpuError::NoCooperativeMatrices`],
    /// [`GpuError::CooperativeMatricesFail`], [`GpuError::DeviceRefused`].
    pub fn open(options: GpuOptions) -> Result<Arc<Self>, GpuError> {
        let (adapter, description) = choose(&instance(), &options.adapter)?;
        let matrices = cooperative_matrices(&adapter, description.kind, &options);
        let is_asked_for = options.products == ProductMethod::CooperativeMatrices;
        if is_asked_for && matrices.is_none() {
            return Err(GpuError::NoCooperativeMatrices {
                adapter: description.name,
                half_access: options.half_access,
            });
        }
        let context = Self::request(&adapter, &description, &options, matrices)?;
        match context.disproof_of_matrices() {
            None => Ok(context),
            Some(reason) if is_asked_for => Err(GpuError::CooperativeMatricesFail {
                adapter: description.name,
                reason,
            }),
            Some(_) => Self::request(&adapter, &description, &options, None),
        }
    }

    /// A context on a device with these cooperative matrices.
    fn request(
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
        let (device, queue) =
            pollster::block_on(request).map_err(|error| GpuError::DeviceRefused {
                adapter: description.name.clone(),
                message: error.to_string(),
            })?;
        let health = Health::watch(&device);
        let (description, options) = (description.clone(), options.clone());
        Ok(Self::new(
            adapter,
            device,
            queue,
            description,
            options,
            matrices,
            health,
        ))
    }

    /// Why the device's cooperative matrices, if it has them, are not to be used; it is logged too.
    fn disproof_of_matrices(self: &Arc<Self>) -> Option<String> {
        let reason = match probe(self, self.tuning.matrices?) {
            Ok(true) => return None,
            Ok(false) => "a product that has to be exact is not".to_owned(),
            Err(error) => error.to_string(),
        };
        let adapter = &self.adapter.name;
        tracing::warn!(%adapter, %reason, "cooperative matrices are left out");
        Some(reason)
    }

    /// A context on a device that the caller opened and goes on using; `options.adapter` says nothing then. What the device
    /// was not asked for, such as [`wgpu::Features::SHADER_F16`] or [`wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX`], is done
    /// without. The caller's handlers of uncaptured errors and of a lost device stay.
    #[must_use]
    pub fn adopt(
        adapter: &wgpu::Adapter,
        device: wgpu::Device,
        queue: wgpu::Queue,
        options: GpuOptions,
    ) -> Arc<Self> {
        let info = adapter.get_info();
        let described = adapters();
        let known = described.iter().find(|description| {
            description.name == info.name && description.backend == info.backend.to_string()
        });
        let description = description(known.map_or(0, |known| known.index), adapter);
        let matrices = cooperative_matrices(adapter, description.kind, &options)
            .filter(|_| device.features().contains(CooperativeMatrices::FEATURES));
        let context = |matrices| {
            let (device, queue) = (device.clone(), queue.clone());
            let (description, options) = (description.clone(), options.clone());
            let health = Arc::default();
            Self::new(
                adapter,
                device,
                queue,
                description,
                options,
                matrices,
                health,
            )
        };
        let proven = context(matrices);
        match proven.disproof_of_matrices() {
            None => proven,
            Some(_) => context(None),
        }
    }

    fn new(
        adapter: &wgpu::Adapter,
        device: wgpu::Device,
        queue: wgpu::Queue,
        description: AdapterDescription,
        options: GpuOptions,
        matrices: Option<CooperativeMatrices>,
        health: Arc<Health>,
    ) -> Arc<Self> {
        let flags = adapter.get_downlevel_capabilities().flags;
        let unpacks = flags.contains(wgpu::DownlevelFlags::SHADER_F16_IN_F32);
        let pipeline_cache = options
            .pipeline_cache
            .as_deref()
            .and_then(|directory| PipelineCache::open(&device, &adapter.get_info(), directory));
        let wanted = features(adapter, description.kind, &options, matrices) & device.features();
        let has_native_halves = wanted.contains(wgpu::Features::SHADER_F16);
        let tuning = Tuning {
            method: options.products,
            adapter: description.kind,
            matrices,
        };
        let mut limits = device.limits();
        if let Some(bytes) = options.max_binding_bytes {
            let limit = &mut limits.max_storage_buffer_binding_size;
            *limit = bytes.min(*limit);
        }
        Arc::new(GpuContext {
            limits,
            has_native_halves,
            tuning,
            params: match (options.params_access, description.kind) {
                (ParamsAccess::Uniform, _) => ParamsSpace::Uniform,
                (ParamsAccess::Storage, _) => ParamsSpace::Storage,
                (ParamsAccess::Fastest, AdapterKind::Cpu) => ParamsSpace::Storage,
                (ParamsAccess::Fastest, _) => ParamsSpace::Uniform,
            },
            halves: match options.half_access {
                HalfAccess::Integer => Halves::Integer,
                _ if !unpacks => Halves::Integer,
                _ => Halves::Builtin,
            },
            device,
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
    #[must_use]
    pub fn adapter(&self) -> &AdapterDescription {
        &self.adapter
    }

    /// The device, for buffers and submissions of the caller's own.
    #[must_use]
    pub fn device(&self) -> &wgpu::Device {
        &self.device
    }

    /// The queue that invocations are submitted to.
    #[must_use]
    pub fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }

    /// How the device was opened.
    #[must_use]
    pub fn options(&self) -> &GpuOptions {
        &self.options
    }

    /// Whether the device tells the time of each dispatch.
    #[must_use]
    pub fn has_timestamps(&self) -> bool {
        let features = self.device.features();
        features.contains(wgpu::Features::TIMESTAMP_QUERY)
    }

    /// Whether products of 16-bit floats are computed by cooperative matrices where that is fastest or asked for.
    #[must_use]
    pub fn has_cooperative_matrices(&self) -> bool {
        self.tuning.matrices.is_some()
    }

    /// How products are computed.
    #[must_use]
    pub(crate) fn tuning(&self) -> &Tuning {
        &self.tuning
    }

    /// How 16-bit floats lie in memory on this device.
    #[must_use]
    pub(crate) fn half(&self) -> Element {
        match self.has_native_halves {
            true => Element::F16,
            false => Element::F16Packed,
        }
    }
}
