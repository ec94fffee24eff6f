//! How a device is opened.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// What an adapter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdapterKind {
    /// A GPU with memory of its own.
    Discrete,
    /// A GPU that shares the processor's memory.
    Integrated,
    /// A GPU lent to a virtual machine.
    Virtual,
    /// Software, on the processor.
    Cpu,
    /// Unknown.
    Other,
}

/// Which adapter to take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AdapterChoice {
    /// The one that the system thinks fastest.
    #[default]
    Fastest,
    /// The one with this index in [`adapters`](crate::adapters).
    Index(usize),
    /// The first whose name contains this text, in any case.
    Name(String),
    /// The first of this kind.
    Kind(AdapterKind),
}

impl fmt::Display for AdapterChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AdapterChoice::Fastest => write!(f, "there"),
            AdapterChoice::Index(index) => write!(f, "number {index}"),
            AdapterChoice::Name(name) => write!(f, "named {name:?}"),
            AdapterChoice::Kind(kind) => write!(f, "of the kind {kind:?}"),
        }
    }
}

/// The element of the floats between ops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floats in graphs without float16 constants, and in those with layers of integers. In others 16-bit floats, but for the nodes whose values may leave their
    /// range or live on digits that they lack: reductions, normalizations, exponentials, powers, quotients, what reads the
    /// results of those up to the next layer with weights, and what a caller feeds and gets.
    #[default]
    Auto,
    /// 16-bit floats, but in graphs with layers of integers, whose floats stay 32-bit ones; sums are 32-bit floats all the same.
    F16,
    /// 32-bit floats.
    F32,
}

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
    /// What is fastest: uniform buffers, but on software adapters whose device allows nine storage buffers or more. Mesa's makes
    /// shaders anew for the values of uniform buffers, with every dispatch, and does not free them all.
    #[default]
    Fastest,
    /// Uniform buffers.
    Uniform,
    /// Storage buffers that are read.
    Storage,
}

/// How products of matrices of floats are computed: FULLY_CONNECTED, CONV_2D, TRANSPOSE_CONV and BATCH_MATMUL. A product of three
/// rows or fewer has a kernel of its own in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProductMethod {
    /// What is fastest on the adapter for the sizes of each product.
    #[default]
    Fastest,
    /// From the tensors' memory straight to registers.
    Registers,
    /// By way of tiles of both operands in workgroup memory.
    Tiles,
    /// By cooperative matrices ("tensor cores") where input and weights are 16-bit floats, by tiles where they are not. It takes
    /// wgpu's experimental feature of that name, and an adapter that multiplies matrices of 16-bit floats of 16 by 16 or 8 by 8
    /// elements to sums of 32-bit floats in subgroups of one size.
    CooperativeMatrices,
}

/// Whether the kernels of layers are chosen by measuring them: how large their blocks are, and which of the methods that
/// [`ProductMethod`] allows. Integers have the same bytes by any of them, and floats stay within the same bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tune {
    /// Nothing is measured. What an earlier search left in [`GpuOptions::pipeline_cache`] for this adapter, driver and version is
    /// taken; other layers have the kernels that suit adapters of the kind. The same folder always gives the same kernels.
    #[default]
    Off,
    /// When a program is compiled, a few kernels are measured for each class of its layers that none is kept for.
    Quick,
    /// All kernels that the device can run are measured, and more often, also where a quick search has been.
    Full,
}

/// How to open a device.
///
/// ```
/// use std::time::Duration;
///
/// use demilite_gpu::{AdapterChoice, GpuOptions, Precision};
///
/// // Floats as the file has them, on the adapter of that name, and no invocation longer than a second.
/// let options = GpuOptions::default()
///     .adapter(AdapterChoice::Name("radeon".to_owned()))
///     .precision(Precision::F32)
///     .timeout(Duration::from_secs(1));
/// assert!(options.fusion);
/// ```
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
    /// Whether kernels are chosen by measuring them.
    pub tune: Tune,
    /// How long a submission may take before it counts as hung. `None` is a minute, and on a software adapter more, in proportion to
    /// the work.
    pub timeout: Option<Duration>,
    /// Whether every dispatch is watched, for tests: tensors lie before guard bytes and are filled with rubbish before the first
    /// dispatch that writes them, and an invocation fails with [`GpuError::OutOfBounds`](crate::GpuError::OutOfBounds) after a dispatch that changed the bytes
    /// behind its output. What lies behind inputs and constants is rubbish too. Buffers of the caller are as they are.
    pub guard_bands: bool,
    /// A directory for compiled pipelines, where the driver can give them away (Vulkan), and for what [`GpuOptions::tune`] finds. It
    /// is made if it is missing. The driver trusts what lies there: nobody else must be able to write to it.
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
            tune: Tune::default(),
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

    /// Whether kernels are chosen by measuring them.
    #[must_use]
    pub fn tune(mut self, tune: Tune) -> Self {
        self.tune = tune;
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

    /// A directory for compiled pipelines and measured choices, to which nobody else must be able to write.
    #[must_use]
    pub fn pipeline_cache(mut self, pipeline_cache: impl Into<Option<PathBuf>>) -> Self {
        self.pipeline_cache = pipeline_cache.into();
        self
    }
}
