//! Kernels that write more or less than their output, between guard bytes.

use std::sync::Arc;

use demilite_core::RunError;
use demilite_gpu::{GpuContext, GpuError, GpuOptions, Precision, Replacement};

use crate::device::{builder, bytes, open};
use crate::layer::{Numbers, fully_connected};

/// Has the outputs of kernels whose elements stand for themselves; the conversion of the layers' outputs to 32-bit floats is one.
const FILE: &str = "prelude/quads";
const TEXT: &str = include_str!("../../../shaders/wgsl/prelude/quads.wgsl");

fn context() -> Option<Arc<GpuContext>> {
    open(
        GpuOptions::default()
            .precision(Precision::F16)
            .guard_bands(true),
    )
}

/// The context with another line in the file.
fn with_line(context: &Arc<GpuContext>, line: &str, other: &str) -> Arc<GpuContext> {
    assert!(TEXT.contains(line), "{line}");
    context.overlay(Some(Replacement {
        path: FILE.to_owned(),
        text: TEXT.replace(line, other),
    }))
}

#[test]
fn right_kernels_write_their_output_alone() {
    let Some(context) = context() else { return };
    let plain = open(GpuOptions::default().precision(Precision::F16));
    let Some(plain) = plain else { return };
    for numbers in Numbers::ALL {
        let (model, fed) = fully_connected(3, 9, 21).model(numbers);
        let expected = bytes(
            &mut builder(model.clone(), &plain).build().unwrap(),
            std::slice::from_ref(&fed),
        );
        let mut session = builder(model, &context).build().unwrap();
        for _ in 0..3 {
            assert_eq!(bytes(&mut session, std::slice::from_ref(&fed)), expected);
        }
    }
}

#[test]
fn four_elements_beyond_the_output_are_found() {
    let Some(context) = context() else { return };
    let context = with_line(
        &context,
        "(first >= params.length)",
        "(first > params.length)",
    );
    let (model, fed) = fully_connected(4, 9, 16).model(Numbers::Float32);
    let mut session = builder(model, &context).build().unwrap();
    for _ in 0..2 {
        let Err(RunError::Device { reason, .. }) = session.run(std::slice::from_ref(&fed)) else {
            panic!("nobody notices");
        };
        let message = reason.to_string();
        let Some(GpuError::OutOfBounds { kernel, byte, .. }) = reason.downcast_ref() else {
            panic!("{message}");
        };
        assert_eq!((*kernel, *byte), ("convert", 0));
        assert!(message.contains("byte 0 behind its output"), "{message}");
    }
}

#[test]
fn what_is_not_written_is_rubbish() {
    let Some(context) = context() else { return };
    let context = with_line(&context, "output[quad] = store(value(first));", "");
    let (model, fed) = fully_connected(4, 9, 16).model(Numbers::Float32);
    let mut session = builder(model, &context).build().unwrap();
    let mut rubbish = || {
        let bytes = bytes(&mut session, std::slice::from_ref(&fed));
        assert!(bytes.iter().all(|byte| *byte == bytes[0]), "{bytes:?}");
        bytes[0]
    };
    let mut seen = [rubbish(), rubbish()];
    seen.sort_unstable();
    assert_eq!(seen, [0x7f, 0xff]);
}

#[test]
fn only_kernels_with_the_replaced_file_are_others() {
    let Some(context) = context() else { return };
    let (model, fed) = fully_connected(4, 9, 16).model(Numbers::Float32);
    let overlay = context.overlay(None);
    let mut session = builder(model.clone(), &overlay).build().unwrap();
    let expected = bytes(&mut session, std::slice::from_ref(&fed));
    let pipelines = overlay.pipelines();
    let files: Vec<&str> = pipelines.iter().flat_map(|one| one.files.clone()).collect();
    assert!(
        files.contains(&FILE) && files.contains(&"kernel/convert"),
        "{files:?}"
    );
    assert!(!files.contains(&"kernel/softmax"), "{files:?}");
    // One that the model does not have may hold anything, and the model's own nothing that is not WGSL.
    let replaced = |path: &str| {
        let context = context.overlay(Some(Replacement {
            path: path.to_owned(),
            text: "nonsense".to_owned(),
        }));
        builder(model.clone(), &context).build()
    };
    let mut session = replaced("kernel/softmax").unwrap();
    assert_eq!(bytes(&mut session, std::slice::from_ref(&fed)), expected);
    let error = replaced("kernel/convert").err().unwrap().to_string();
    assert!(error.contains("the kernel convert"), "{error}");
}
