//! `TfLiteIntArray`: a length, and the elements behind it.

use std::ffi::c_void;

unsafe extern "C" {
    /// Memory of the C library, with which LiteRT frees arrays.
    fn malloc(size: usize) -> *mut c_void;
}

/// The head of an array.
#[repr(C)]
pub(crate) struct IntArray {
    size: i32,
    data: [i32; 0],
}

impl IntArray {
    /// The elements; none where there is no array.
    ///
    /// # Safety
    /// `array` is null, or points to an array that stays and is not changed while the elements are borrowed.
    pub(crate) unsafe fn elements<'a>(array: *const IntArray) -> &'a [i32] {
        if array.is_null() {
            return &[];
        }
        // SAFETY: the array is there, as the caller promises. The pointer to the elements is made from that of the whole, which they
        // lie behind.
        unsafe {
            let size = usize::try_from((*array).size).unwrap_or(0);
            let data = (&raw const (*array).data).cast::<i32>();
            std::slice::from_raw_parts(data, size)
        }
    }

    /// An array of these elements for LiteRT to free; none where there is no memory for it.
    pub(crate) fn given(elements: &[i32]) -> Option<*mut IntArray> {
        let lent = IntArray::lent(elements);
        // SAFETY: the memory is as long as what is copied to it.
        unsafe {
            let array = malloc(size_of_val(&lent[..])).cast::<i32>();
            if array.is_null() {
                return None;
            }
            array.copy_from_nonoverlapping(lent.as_ptr(), lent.len());
            Some(array.cast())
        }
    }

    /// An array of these elements as memory that can be lent to LiteRT by its address.
    pub(crate) fn lent(elements: &[i32]) -> Vec<i32> {
        let size = i32::try_from(elements.len()).unwrap_or(i32::MAX);
        let mut array = vec![size];
        array.extend(elements.iter().take(size as usize));
        array
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lent_reads_the_same() {
        for elements in [&[][..], &[7], &[3, -1, 4]] {
            let lent = IntArray::lent(elements);
            // SAFETY: it points to the array above.
            let read = unsafe { IntArray::elements(lent.as_ptr().cast()) };
            assert_eq!(read, elements);
        }
        // SAFETY: it is null.
        assert!(unsafe { IntArray::elements(std::ptr::null()) }.is_empty());
    }
}
