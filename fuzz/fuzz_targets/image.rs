//! An image: decoded within its limit, and made an input of every layout.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    demilite_fuzz::read_image(data);
});
