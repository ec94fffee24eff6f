//! Whether a runtime lays out its tensors as the structs of [`crate::abi`] do.
//!
//! Runtimes do not say which structs they have, and a tensor is found by the size of those before it.

use std::ffi::{CStr, c_char, c_void};
use std::mem::offset_of;

use super::Host;
use crate::abi::{IntArray, Quantization, Tensor};

/// The runtimes whose structs are known to be these.
const KNOWN: &str = "LiteRT 1.4 to 2.3, tflite-runtime 2.14 and TensorFlow 2.21";

/// Words of a tensor that have few values in every runtime: each one's offset and more than its greatest value.
const WORDS: [(usize, u32); 3] = [
    (offset_of!(Tensor, dtype), 64),
    (offset_of!(Tensor, allocation_type), 32),
    (
        offset_of!(Tensor, quantization) + offset_of!(Quantization, kind),
        32,
    ),
];

/// Bytes of a tensor that are 0 or 1.
const FLAGS: [usize; 2] = [
    offset_of!(Tensor, data_is_stale),
    offset_of!(Tensor, is_variable),
];

/// Pointers of a tensor to structs and arrays.
const POINTERS: [usize; 3] = [
    offset_of!(Tensor, dims),
    offset_of!(Tensor, sparsity),
    offset_of!(Tensor, dims_signature),
];

/// The greatest rank of a tensor that is taken for one.
const MAX_RANK: usize = 64;

impl Host<'_> {
    /// Looks at all tensors, and follows no pointer before each of them looks like one.
    ///
    /// # Errors
    /// Where one does not.
    pub(crate) fn expect_known_layout(self) -> Result<(), String> {
        // SAFETY: the context is LiteRT's, and as many tensors as it says lie one after the other, of whatever size.
        let tensors: Vec<*const u8> = unsafe {
            let context = &*self.context.as_ptr();
            let first = context.tensors.cast_const();
            let places = match first.is_null() || !first.is_aligned() {
                true => 0..0,
                false => 0..context.tensors_size,
            };
            places.map(|index| first.add(index).cast()).collect()
        };
        let looks = |tensor: *const u8| {
            // SAFETY: no tensor of a known runtime is smaller, so this many bytes are there.
            unsafe { is_tensor(tensor) }
        };
        let has_shape = |tensor: *const u8| {
            // SAFETY: it has looked like a tensor, whose shape is null or an array.
            let shape = unsafe { IntArray::elements((*tensor.cast::<Tensor>()).dims) };
            shape.len() <= MAX_RANK
        };
        let stranger = tensors.iter().position(|&tensor| !looks(tensor));
        let stranger = stranger.or_else(|| tensors.iter().position(|&tensor| !has_shape(tensor)));
        match stranger {
            None if tensors.len() == self.tensors() => Ok(()),
            stranger => Err(format!(
                "this runtime{} lays out tensor {} otherwise than {KNOWN}, which demilite knows",
                version().map_or(String::new(), |version| format!(" ({version})")),
                stranger.unwrap_or(0),
            )),
        }
    }
}

/// Whether what lies there looks like a tensor.
///
/// # Safety
/// As many bytes as a tensor has can be read.
unsafe fn is_tensor(tensor: *const u8) -> bool {
    // SAFETY: all offsets are of a tensor, and its words are aligned as it is. Flags are read as bytes, which need not be 0 or 1.
    unsafe {
        WORDS
            .iter()
            .all(|&(offset, end)| tensor.add(offset).cast::<u32>().read() < end)
            && FLAGS.iter().all(|&offset| tensor.add(offset).read() < 2)
            && POINTERS.iter().all(|&offset| {
                let address = tensor.add(offset).cast::<usize>().read();
                // No allocation lies in the first page.
                address == 0 || address >= 4096 && address.is_multiple_of(align_of::<IntArray>())
            })
    }
}

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// What the runtime says of its version, where it gives that away.
fn version() -> Option<String> {
    type Version = unsafe extern "C" fn() -> *const c_char;
    // SAFETY: a null handle asks for what the process exports under a name. LiteRT's function of that name takes nothing and gives a
    // text that stays.
    unsafe {
        let found = dlsym(std::ptr::null_mut(), c"TfLiteVersion".as_ptr());
        let function = std::mem::transmute::<*mut c_void, Option<Version>>(found)?;
        let text = function();
        (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::mem::MaybeUninit;

    use super::*;
    use crate::abi::Context;

    /// A tensor of LiteRT 2.3, as it is before it has memory.
    fn tensor(shape: &[i32]) -> Tensor {
        // SAFETY: a tensor whose bytes are all 0 is one: its pointers are null.
        let mut tensor: Tensor = unsafe { MaybeUninit::zeroed().assume_init() };
        tensor.dtype = 1;
        tensor.allocation_type = 2;
        tensor.dims = shape.as_ptr().cast();
        tensor.buffer_handle = -1;
        tensor
    }

    fn verdict<T>(tensors: &[T]) -> Result<(), String> {
        // SAFETY: a context whose bytes are all 0 is one: its pointers are null.
        let mut context: Context = unsafe { MaybeUninit::zeroed().assume_init() };
        context.tensors = tensors.as_ptr().cast_mut().cast();
        context.tensors_size = tensors.len();
        // SAFETY: the context is there while the verdict is found.
        unsafe { Host::new(&raw mut context) }
            .expect("a host")
            .expect_known_layout()
    }

    /// A tensor that has grown at its end.
    #[repr(C)]
    struct Grown<const WORDS: usize>(Tensor, [usize; WORDS]);

    #[test]
    fn tensors_of_another_size_are_refused() {
        let shape = IntArray::lent(&[1, 224, 224, 3]);
        let each = || tensor(&shape);
        assert_eq!(verdict(&[each(), each(), each()]), Ok(()));
        assert_eq!(verdict::<Tensor>(&[]), Ok(()));
        for error in [
            verdict(&[Grown(each(), [0]), Grown(each(), [0])]),
            verdict(&[Grown(each(), [0; 2]), Grown(each(), [0; 2])]),
            verdict(&[Grown(each(), [1; 5]), Grown(each(), [1; 5])]),
        ] {
            let error = error.expect_err("a refusal");
            assert!(
                error.contains("lays out tensor 1 otherwise than LiteRT 1.4"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_shape_that_is_none_is_refused() {
        let shape = IntArray::lent(&[1; MAX_RANK + 1]);
        let error = verdict(&[tensor(&shape)]).expect_err("a refusal");
        assert!(error.contains("lays out tensor 0"), "{error}");
    }
}
