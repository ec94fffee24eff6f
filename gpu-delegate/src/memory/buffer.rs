//! Buffers on the device.

use demilite_core::DataType;
use demilite_shaders::{Element, QUAD_ELEMENTS};

use super::constant::stored_element;
use crate::device::Device;
use crate::error::GpuError;

/// Bytes that copies are multiples of.
pub(crate) const WORD: usize = 4;

/// Bytes of the buffer of a tensor: whole quads, and at least one.
pub(crate) fn storage_bytes(elements: usize, element: Element) -> u64 {
    (elements.max(1).next_multiple_of(QUAD_ELEMENTS) * element.bytes()) as u64
}

/// The element of a tensor that is fed to the device or read back from it, and how many of them stand for one of the tensor's.
pub(crate) fn fed_storage(dtype: DataType) -> Option<(Element, usize)> {
    match dtype {
        DataType::Float32 => Some((Element::F32, 1)),
        _ => stored_element(dtype),
    }
}

/// Checks a size against what a shader may see at once.
///
/// # Errors
/// [`GpuError::LimitExceeded`].
pub(crate) fn check_binding(device: &Device, what: &str, bytes: u64) -> Result<(), GpuError> {
    let limit = device
        .limits
        .max_storage_buffer_binding_size
        .min(device.limits.max_buffer_size);
    if bytes <= limit {
        return Ok(());
    }
    Err(GpuError::LimitExceeded {
        what: format!("{what} (bytes)"),
        needed: bytes,
        limit,
    })
}

/// The length of what lies in host memory too.
#[allow(
    clippy::cast_possible_truncation,
    reason = "what lies in host memory has an address"
)]
pub(crate) fn host_length(bytes: u64) -> usize {
    bytes as usize
}

/// A buffer without contents.
pub(crate) fn create(
    device: &Device,
    what: &str,
    bytes: u64,
    usage: wgpu::BufferUsages,
) -> Result<wgpu::Buffer, GpuError> {
    let descriptor = wgpu::BufferDescriptor {
        label: Some(what),
        size: bytes,
        usage,
        mapped_at_creation: false,
    };
    device.guarded(what, || device.handle.create_buffer(&descriptor))
}

/// A buffer that holds `contents`, and zeros up to `bytes`, a multiple of four.
pub(crate) fn upload(
    device: &Device,
    what: &str,
    contents: &[u8],
    bytes: u64,
    usage: wgpu::BufferUsages,
) -> Result<wgpu::Buffer, GpuError> {
    let descriptor = wgpu::BufferDescriptor {
        label: Some(what),
        size: bytes,
        usage,
        mapped_at_creation: true,
    };
    let rejected = |error: wgpu::MapRangeError| device.rejected(what, error.to_string());
    let buffer = device.guarded(what, || device.handle.create_buffer(&descriptor))?;
    let mut view = buffer.slice(..).get_mapped_range_mut().map_err(rejected)?;
    view.slice(..contents.len()).copy_from_slice(contents);
    drop(view);
    device.guarded(what, || buffer.unmap())?;
    Ok(buffer)
}
