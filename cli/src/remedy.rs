//! What to do where hardware is missing.

use demilite::SelectionError;
use demilite::cpu::{CpuError, InstructionSet};
use demilite::gpu::GpuError;

/// What to do where there is no adapter.
pub(crate) const REMEDY: &str = "on Debian and Ubuntu `apt install mesa-vulkan-drivers \
    libvulkan1` brings drivers for AMD and Intel; for NVIDIA install the vendor's driver";

/// The error with what would work instead.
pub(crate) fn with_remedy(error: &SelectionError) -> String {
    match error {
        SelectionError::Gpu(GpuError::NoAdapter) => {
            format!("{error}: {REMEDY}")
        }
        SelectionError::Gpu(GpuError::AdapterNotFound { .. }) => {
            format!("{error}; `demilite devices` lists them")
        }
        SelectionError::Cpu(CpuError::Instructions(_)) => {
            format!("{error}: {} is the widest", InstructionSet::detect())
        }
        _ => error.to_string(),
    }
}
