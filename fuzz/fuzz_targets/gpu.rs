//! A model file on the GPU and on the reference: integers are the same bytes.

#![no_main]

use std::sync::{Arc, LazyLock};

use demilite::gpu::{GpuDelegate, GpuOptions};
use demilite_core::{DataType, Delegate, Model};

static GPU: LazyLock<Arc<dyn Delegate>> = LazyLock::new(|| {
    Arc::new(GpuDelegate::open(GpuOptions::default()).expect("this target needs an adapter"))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(model) = Model::from_bytes(data, "damaged") else {
        return;
    };
    let model = Arc::new(model);
    let reference: Arc<dyn Delegate> = Arc::new(demilite_custom_ops::reference());
    let Some(expected) = demilite_fuzz::run_on(&model, &[Arc::clone(&reference)]) else {
        return;
    };
    let outputs = demilite_fuzz::run_on(&model, &[Arc::clone(&GPU), reference]);
    let outputs = outputs.expect("what the reference runs, both run");
    let tensors = model.graphs()[0].tensors();
    if tensors.iter().all(|tensor| tensor.dtype == DataType::Int8) {
        for (output, expected) in std::iter::zip(outputs, expected) {
            assert_eq!(output.bytes(), expected.bytes());
        }
    }
});
