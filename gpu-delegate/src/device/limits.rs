//! What a device has to allow for the kernels to run on it.

use demilite_shaders::{MAX_STORAGE_BUFFERS, ParamsSpace};

use crate::error::GpuError;
use crate::options::{AdapterKind, ParamsAccess};

/// Where the params of kernels lie. A storage buffer of theirs is one more than devices are bound to allow.
pub(super) fn params_space(
    access: ParamsAccess,
    adapter: AdapterKind,
    limits: &wgpu::Limits,
) -> ParamsSpace {
    let has_room = limits.max_storage_buffers_per_shader_stage > MAX_STORAGE_BUFFERS;
    match (access, adapter) {
        (ParamsAccess::Uniform, _) => ParamsSpace::Uniform,
        (ParamsAccess::Storage, _) => ParamsSpace::Storage,
        (ParamsAccess::Fastest, AdapterKind::Cpu) if has_room => ParamsSpace::Storage,
        (ParamsAccess::Fastest, _) => ParamsSpace::Uniform,
    }
}

/// Whether a device allows what the kernels need: what every WebGPU device allows, and a storage buffer more where one holds the params.
///
/// # Errors
/// [`GpuError::DeviceLimit`] with the first limit that is too low.
pub(super) fn check(limits: &wgpu::Limits, params: ParamsSpace) -> Result<(), GpuError> {
    let least = wgpu::Limits::default();
    let storage_buffers = match params {
        ParamsSpace::Uniform => MAX_STORAGE_BUFFERS,
        ParamsSpace::Storage => MAX_STORAGE_BUFFERS + 1,
    };
    let needs = [
        (
            "max_storage_buffers_per_shader_stage",
            limits.max_storage_buffers_per_shader_stage,
            storage_buffers,
        ),
        (
            "max_compute_invocations_per_workgroup",
            limits.max_compute_invocations_per_workgroup,
            least.max_compute_invocations_per_workgroup,
        ),
        (
            "max_compute_workgroup_size_x",
            limits.max_compute_workgroup_size_x,
            least.max_compute_workgroup_size_x,
        ),
        (
            "max_compute_workgroup_size_y",
            limits.max_compute_workgroup_size_y,
            least.max_compute_workgroup_size_y,
        ),
        (
            "max_compute_workgroup_size_z",
            limits.max_compute_workgroup_size_z,
            least.max_compute_workgroup_size_z,
        ),
        (
            "max_compute_workgroup_storage_size",
            limits.max_compute_workgroup_storage_size,
            least.max_compute_workgroup_storage_size,
        ),
    ];
    let too_low = needs.iter().find(|(_, allowed, needed)| allowed < needed);
    match too_low {
        None => Ok(()),
        Some(&(limit, allowed, needed)) => Err(GpuError::DeviceLimit {
            limit,
            allowed,
            needed,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_webgpu_device_allows_is_enough() {
        let limits = wgpu::Limits::default();
        for kind in [AdapterKind::Cpu, AdapterKind::Discrete] {
            let params = params_space(ParamsAccess::Fastest, kind, &limits);
            assert_eq!(params, ParamsSpace::Uniform);
            assert!(check(&limits, params).is_ok());
        }
    }

    #[test]
    fn the_limit_that_is_too_low_is_named() {
        let refusal = |limits, params| check(&limits, params).unwrap_err().to_string();
        let buffers = refusal(wgpu::Limits::default(), ParamsSpace::Storage);
        assert_eq!(
            buffers,
            "the device was opened with max_storage_buffers_per_shader_stage 8, and the kernels need 9; open it with \
             `required_limits: adapter.limits()`"
        );
        let memory = wgpu::Limits {
            max_compute_workgroup_storage_size: 1024,
            ..wgpu::Limits::default()
        };
        let memory = refusal(memory, ParamsSpace::Uniform);
        assert!(
            memory.contains("max_compute_workgroup_storage_size 1024"),
            "{memory}"
        );
    }
}
