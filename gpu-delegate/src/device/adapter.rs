//! The adapters of the system, and the choice of one.

use std::fmt;

use super::cooperative_matrices::CooperativeMatrices;
use crate::error::GpuError;
use crate::options::{AdapterChoice, AdapterKind};

/// An adapter, as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterDescription {
    /// The index by which it is chosen, from zero.
    pub index: usize,
    /// The name that the driver gives.
    pub name: String,
    /// What it is.
    pub kind: AdapterKind,
    /// The graphics interface: `vulkan`, `metal`, `dx12`.
    pub backend: String,
    /// The driver and its version.
    pub driver: String,
    /// Whether shaders may use the type `f16`.
    pub shader_f16: bool,
    /// The rows, and as many columns, of its cooperative matrices of 16-bit floats with sums of 32-bit floats; none where it has
    /// none that the kernels could use.
    pub cooperative_matrices: Option<u32>,
    /// The greatest buffer that a shader may see at once, in bytes.
    pub max_binding_bytes: u64,
}

impl fmt::Display for AdapterDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.index, self.name, self.backend)
    }
}

/// The adapters of the system, in the order of their indices.
#[must_use]
pub fn adapters() -> Vec<AdapterDescription> {
    describe(&enumerate(&instance()))
}

/// An instance over the backends that this crate is built with.
pub(crate) fn instance() -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle())
}

fn enumerate(instance: &wgpu::Instance) -> Vec<wgpu::Adapter> {
    pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()))
}

fn describe(adapters: &[wgpu::Adapter]) -> Vec<AdapterDescription> {
    adapters
        .iter()
        .enumerate()
        .map(|(index, adapter)| description(index, adapter))
        .collect()
}

/// What there is to say of an adapter.
pub(crate) fn description(index: usize, adapter: &wgpu::Adapter) -> AdapterDescription {
    let info = adapter.get_info();
    AdapterDescription {
        index,
        kind: match info.device_type {
            wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
            wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
            wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
            wgpu::DeviceType::Cpu => AdapterKind::Cpu,
            wgpu::DeviceType::Other => AdapterKind::Other,
        },
        backend: info.backend.to_string(),
        driver: [info.driver, info.driver_info].join(" ").trim().to_owned(),
        name: info.name,
        shader_f16: adapter.features().contains(wgpu::Features::SHADER_F16),
        cooperative_matrices: CooperativeMatrices::of(adapter)
            .map(|matrices| matrices.size.extent()),
        max_binding_bytes: adapter.limits().max_storage_buffer_binding_size,
    }
}

/// The adapter chosen.
///
/// # Errors
/// [`GpuError::NoAdapter`] if there is none at all, [`GpuError::AdapterNotFound`] if there is none like that.
pub(crate) fn choose(
    instance: &wgpu::Instance,
    choice: &AdapterChoice,
) -> Result<(wgpu::Adapter, AdapterDescription), GpuError> {
    let mut found = enumerate(instance);
    let described = describe(&found);
    if found.is_empty() {
        return Err(GpuError::NoAdapter);
    }
    let speed = |kind| match kind {
        AdapterKind::Discrete => 0,
        AdapterKind::Integrated => 1,
        AdapterKind::Virtual => 2,
        AdapterKind::Other => 3,
        AdapterKind::Cpu => 4,
    };
    let position = match choice {
        AdapterChoice::Fastest => (0..found.len()).min_by_key(|&i| speed(described[i].kind)),
        AdapterChoice::Index(index) => (*index < found.len()).then_some(*index),
        AdapterChoice::Name(name) => {
            let name = name.to_lowercase();
            described
                .iter()
                .position(|adapter| adapter.name.to_lowercase().contains(&name))
        }
        AdapterChoice::Kind(kind) => described.iter().position(|adapter| adapter.kind == *kind),
    };
    match position {
        Some(position) => Ok((found.swap_remove(position), described[position].clone())),
        None => Err(GpuError::AdapterNotFound {
            asked: choice.to_string(),
            available: described.iter().map(ToString::to_string).collect(),
        }),
    }
}
