//! Models whose graphs call each other and have signatures: the first byte says which, and each six bytes after it put a word of
//! four somewhere in the file.

#![no_main]

use std::sync::LazyLock;

static MODELS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(demilite_fuzz::calling_models);

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((&which, changes)) = data.split_first() else {
        return;
    };
    let mut file = MODELS[usize::from(which) % MODELS.len()].1.clone();
    let words = file.len() / 4;
    for &[low, high, ref word @ ..] in changes.as_chunks::<6>().0 {
        let place = 4 * (usize::from(u16::from_le_bytes([low, high])) % words);
        file[place..place + 4].copy_from_slice(word);
    }
    demilite_fuzz::run_model(&file);
});
