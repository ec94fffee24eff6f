//! An archive of tensors: each is read.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    demilite_fuzz::read_npz(data);
});
