//! Metadata and the archive of labels behind a model: the first two bytes say how long the metadata is, the others are that and the
//! archive.

#![no_main]

use std::sync::LazyLock;

use demilite_core::schema;

static MODEL: LazyLock<Vec<u8>> = LazyLock::new(|| demilite_fuzz::calling_models().remove(0).1);

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((length, rest)) = data.split_first_chunk::<2>() else {
        return;
    };
    let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
    let (metadata, archive) = rest.split_at(length);
    let model = schema::read(&MODEL).expect("it is in order");
    demilite_fuzz::read_labels(&demilite_fuzz::model_with(model, metadata, archive));
});
