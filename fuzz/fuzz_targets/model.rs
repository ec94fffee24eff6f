//! A model file: read, planned, compiled and run on the reference.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    demilite_fuzz::run_model(data);
});
