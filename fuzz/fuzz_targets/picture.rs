//! A picture: decoded and resized.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    demilite_fuzz::read_picture(data);
});
