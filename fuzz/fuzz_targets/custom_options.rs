//! The options of custom ops: the first byte says of which, the others are the options.

#![no_main]

use std::sync::Arc;

use demilite_core::Delegate;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((&op, options)) = data.split_first() {
        let model = demilite_fuzz::custom_model(op.into(), options.to_vec());
        let reference: Arc<dyn Delegate> = Arc::new(demilite_custom_ops::reference());
        demilite_fuzz::run_on(&Arc::new(model), &[reference]);
    }
});
