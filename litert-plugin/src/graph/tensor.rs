//! From LiteRT's tensor to demilite's.

use demilite::{Constant, DataType, Quantization, Tensor};

use super::dtype;
use crate::host::{HostQuantization, HostTensor};

/// The tensor, with a constant's bytes where the model has them.
///
/// # Errors
/// What about the tensor is not known here, or has no form in demilite.
///
/// # Safety
/// What is made of the tensor is gone before the host's model is.
pub(super) unsafe fn tensor(host: HostTensor<'_>) -> Result<Tensor, String> {
    let dtype = dtype::from_code(host.type_code())?;
    if matches!(
        dtype,
        DataType::String | DataType::Resource | DataType::Variant
    ) {
        return Err(format!(
            "it holds {dtype}, which LiteRT keeps in a form of its own"
        ));
    }
    let mut tensor = Tensor::new(host.name(), dtype, host.extents()?);
    tensor.shape_signature = host.signature();
    tensor.is_variable = host.is_variable();
    tensor.quantization = host.quantization()?.map(quantization);
    tensor.sparsity = host.sparsity()?;
    // SAFETY: as the caller says.
    let constant = unsafe { host.constant() };
    tensor.constant = constant.map(|bytes| Constant::from_static(bytes, dtype));
    Ok(tensor)
}

fn quantization(host: HostQuantization) -> Quantization {
    Quantization {
        scale: host.scales,
        zero_point: host.zero_points,
        quantized_dimension: host.dimension,
    }
}
