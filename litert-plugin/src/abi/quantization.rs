//! How LiteRT keeps quantization parameters.

use std::ffi::c_void;

use super::{IntArray, assert_layout};

/// `TfLiteQuantization`: which parameters a tensor has.
#[repr(C)]
pub(crate) struct Quantization {
    pub(crate) kind: i32,
    pub(crate) params: *const c_void,
}

/// A [`Quantization::kind`]: none.
pub(crate) const NO_QUANTIZATION: i32 = 0;

/// A [`Quantization::kind`]: a scale and a zero point, or one of each for each slice along a dimension.
pub(crate) const AFFINE: i32 = 1;

/// `TfLiteAffineQuantization`.
#[repr(C)]
pub(crate) struct AffineQuantization {
    scale: *const c_void,
    pub(crate) zero_point: *const IntArray,
    pub(crate) quantized_dimension: i32,
}

assert_layout! { AffineQuantization: 24, scale at 0, zero_point at 8, quantized_dimension at 16 }

/// `TfLiteFloatArray` of hosts up to LiteRT 2.3: a length, and the elements behind it.
#[repr(C)]
struct InlineFloats {
    size: i32,
    data: [f32; 0],
}

/// `TfLiteFloatArray` of later hosts: elements that lie elsewhere.
#[repr(C)]
struct DetachedFloats {
    data: *const f32,
    size: i32,
    owns_data: bool,
}

assert_layout! { DetachedFloats: 16, data at 0, size at 8, owns_data at 12 }

impl AffineQuantization {
    /// The scales. `slices` is the extent of the quantized dimension.
    ///
    /// Hosts keep them in one of two ways and do not say in which. In the older one the first word is their number, which is 1 or
    /// `slices`. In the newer one it is the lower half of the address of memory that begins at a multiple of 16: never 1, and `slices`
    /// once in some 2²⁸ allocations.
    ///
    /// # Errors
    /// Where what lies there is neither.
    ///
    /// # Safety
    /// The struct is one that a host keeps for a tensor, and stays while the scales are borrowed.
    pub(crate) unsafe fn scales(&self, slices: usize) -> Result<&[f32], String> {
        if self.scale.is_null() {
            return Ok(&[]);
        }
        let counts = [1, slices];
        let fits = |size: i32| {
            usize::try_from(size)
                .ok()
                .filter(|size| counts.contains(size))
        };
        // SAFETY: an array of either kind is there, whose first word can be read, and whose elements lie where it says once its kind
        // is known. The pointer to elements behind a length is made from that of the whole.
        unsafe {
            let inline = self.scale.cast::<InlineFloats>();
            if let Some(size) = fits((*inline).size) {
                let data = (&raw const (*inline).data).cast::<f32>();
                return Ok(std::slice::from_raw_parts(data, size));
            }
            let detached = &*self.scale.cast::<DetachedFloats>();
            match fits(detached.size) {
                Some(size) if !detached.data.is_null() && detached.data.is_aligned() => {
                    Ok(std::slice::from_raw_parts(detached.data, size))
                }
                _ => Err(format!(
                    "this runtime keeps scales in a form that is not known here: its length is neither 1 nor {slices}"
                )),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantization(scale: *const c_void) -> AffineQuantization {
        AffineQuantization {
            scale,
            zero_point: std::ptr::null(),
            quantized_dimension: 0,
        }
    }

    #[test]
    fn both_forms_of_scales_are_read() {
        let inline = [3, 0.5_f32.to_bits(), 1.0_f32.to_bits(), 2.0_f32.to_bits()];
        let parameters = quantization(inline.as_ptr().cast());
        // SAFETY: the array above has the older form.
        let scales = unsafe { parameters.scales(3) };
        assert_eq!(scales, Ok(&[0.5, 1.0, 2.0][..]));

        let data = Box::new([0.5_f32, 1.0, 2.0]);
        let detached = DetachedFloats {
            data: data.as_ptr(),
            size: 3,
            owns_data: false,
        };
        let parameters = quantization((&raw const detached).cast());
        // SAFETY: the struct above has the newer form.
        let scales = unsafe { parameters.scales(3) };
        assert_eq!(scales, Ok(&[0.5, 1.0, 2.0][..]));
        // SAFETY: as above.
        assert!(unsafe { parameters.scales(7) }.is_err());
    }
}
