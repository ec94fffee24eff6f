//! Weights that no shader may see at once.

use demilite_core::{CompileError, Model, Value};
use demilite_gpu::{GpuOptions, Precision};
use std::sync::Arc;

use crate::device::{builder, open};
use crate::layer::{Layer, Numbers, conv_2d, fully_connected, transpose_conv};

/// The bytes that a device with this limit gives, and the dispatches that it takes.
fn run(
    model: &Arc<Model>,
    fed: &Value,
    precision: Precision,
    max_binding_bytes: Option<u64>,
) -> Option<(Vec<u8>, u64)> {
    let context = open(
        GpuOptions::default()
            .precision(precision)
            .max_binding_bytes(max_binding_bytes),
    )?;
    let mut session = builder(model.clone(), &context).build().unwrap();
    let outputs = session.run(std::slice::from_ref(fed)).unwrap();
    let dispatches = session.counters()[0].dispatches;
    Some((outputs[0].bytes().to_vec(), dispatches))
}

/// Bytes of the largest binding of the layer but for its filter.
fn largest_but_the_filter(layer: &Layer) -> u64 {
    let floats = |shape: &[usize]| 4 * shape.iter().product::<usize>().next_multiple_of(4);
    let output_stage = 16 * layer.filter[0].next_multiple_of(4) + 64;
    let bytes = [floats(&layer.input), floats(&layer.output), output_stage];
    bytes.into_iter().max().unwrap_or(0) as u64
}

#[test]
fn parts_give_the_bytes_of_the_whole() {
    let layers = [
        fully_connected(1, 70, 99),
        fully_connected(5, 36, 150),
        conv_2d(1, 72, 131),
        conv_2d(3, 9, 38),
        Layer {
            has_bias: false,
            ..conv_2d(2, 20, 52)
        },
        transpose_conv(16, 41),
    ];
    for layer in &layers {
        let limit = largest_but_the_filter(layer);
        for numbers in Numbers::ALL {
            let (model, fed) = layer.model(numbers);
            for precision in [Precision::F16, Precision::F32] {
                let Some((whole, dispatches)) = run(&model, &fed, precision, None) else {
                    return;
                };
                assert!(whole.iter().any(|&byte| byte != 0), "{layer:?} {numbers:?}");
                let (parts, more) = run(&model, &fed, precision, Some(limit)).unwrap();
                let what = format!("{layer:?} {numbers:?} {precision:?}");
                assert_eq!(whole, parts, "{what}");
                assert!(more > dispatches + 2, "{what}: {dispatches}, {more}");
            }
        }
    }
}

#[test]
fn more_than_a_binding_of_128_mib() {
    let layer = fully_connected(1, 4096, 40_000);
    let Some(context) = open(GpuOptions::default()) else {
        return;
    };
    let limit = context.adapter().max_binding_bytes;
    if limit > 4096 * 40_000 {
        demilite_needs::leave_out(format!("this adapter binds {limit} bytes at once"));
        return;
    }
    for numbers in [Numbers::Int8, Numbers::Float16] {
        let (model, fed) = layer.model(numbers);
        let mut session = builder(model.clone(), &context).build().unwrap();
        let counters = session.counters();
        assert!(counters[0].weight_bytes > limit, "{counters:?}");
        let actual = session.run(std::slice::from_ref(&fed)).unwrap().remove(0);
        drop(session);
        let reference = demilite_cpu_reference::ReferenceDelegate::default();
        let reference = demilite_core::Session::builder(model).delegate(Arc::new(reference));
        let mut reference = reference.build().unwrap();
        let expected = reference.run(std::slice::from_ref(&fed)).unwrap().remove(0);
        match numbers {
            Numbers::Int8 => assert_eq!(actual.bytes(), expected.bytes()),
            _ => {
                let [actual, expected] = [&actual, &expected].map(|value| value.as_slice::<f32>());
                for (actual, expected) in actual.unwrap().iter().zip(expected.unwrap()) {
                    // Sums of 4096 floats in another order, rounded to 11 bits.
                    let tolerance = expected.abs() / 1024.0 + 0.05;
                    assert!(
                        (actual - expected).abs() <= tolerance,
                        "{actual} {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_split_is_rejected_with_the_limit() {
    // Not even four channels fit.
    let (model, _) = fully_connected(1, 1000, 8).model(Numbers::Float32);
    let Some(context) = open(GpuOptions::default().max_binding_bytes(Some(8192))) else {
        return;
    };
    let Err(CompileError::NoDelegate { rejections, .. }) = builder(model, &context).build() else {
        panic!("it was taken");
    };
    let reason = rejections[0].1.to_string();
    assert!(
        reason.contains("the filter (bytes) needs 32000, and the GPU's limit is 8192"),
        "{reason}"
    );
}
