//! Kernels that are measured, kept on disk, and taken.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use demilite_core::op::{Activation, Conv2d, DepthwiseConv2d, Padding};
use demilite_core::{Model, Op, Session, Value};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::{GpuContext, GpuDelegate, GpuOptions, Precision, Tune, TunedKernel};

use crate::single_op::{Array, Input, devices, model};

/// What came of a session on a device of its own.
struct Answer {
    bytes: Vec<u8>,
    kernels: Vec<TunedKernel>,
    /// Classes of layers that were measured.
    measured: usize,
}

fn answer(model: &Arc<Model>, inputs: &[Value], tune: Tune, directory: &Path) -> Answer {
    let options = GpuOptions::default()
        .precision(Precision::F16)
        .pipeline_cache(Some(directory.to_owned()))
        .tune(tune);
    let context = GpuContext::open(options).unwrap();
    let measured = Arc::new(AtomicUsize::new(0));
    let heard = Arc::clone(&measured);
    context.observe_tuning(move |done, all| {
        assert!(done <= all);
        heard.store(done, Ordering::Relaxed);
    });
    let mut session = Session::builder(Arc::clone(model))
        .delegate(Arc::new(GpuDelegate::new(Arc::clone(&context))))
        .build()
        .unwrap();
    Answer {
        bytes: session.run(inputs).unwrap().remove(0).bytes().to_vec(),
        kernels: context.tuned_kernels(),
        measured: measured.load(Ordering::Relaxed),
    }
}

/// A network of integers, what it is fed, and the reference's answer.
fn integers() -> (Arc<Model>, Vec<Value>, Vec<u8>) {
    let path = demilite_needs::repository().join("models/shapes/shapes_int8.tflite");
    let model = Arc::new(Model::open(path).unwrap());
    let mut reference = Session::builder(Arc::clone(&model))
        .delegate(Arc::new(ReferenceDelegate::default()))
        .build()
        .unwrap();
    let mut image = reference.input_zeros(0).unwrap();
    for (index, byte) in image.bytes_mut().iter_mut().enumerate() {
        *byte = (index * 31 % 251) as u8;
    }
    let inputs = vec![image];
    let answer = reference.run(&inputs).unwrap().remove(0).bytes().to_vec();
    (model, inputs, answer)
}

/// A layer, and kernels that it may have.
struct Layer {
    model: Arc<Model>,
    inputs: Vec<Value>,
    kernels: &'static [&'static str],
}

/// Layers of whole numbers, whose sums all kernels have exactly: a window, a few rows, channels that fill no tile, and a filter for
/// each channel.
fn layers() -> Vec<Layer> {
    let numbers = |shape: &[usize], seed| {
        let mut array = Array::random(shape, seed);
        array.data.iter_mut().for_each(|v| *v = v.round());
        array
    };
    let layer = |op, image: &[usize], filter: &[usize], outputs, kernels| {
        let output = [&image[..3], &[outputs]].concat();
        let inputs = [
            Input::Fed(numbers(image, 1)),
            Input::Half(numbers(filter, 2)),
            Input::Constant(numbers(&[outputs], 3)),
        ];
        let (model, inputs) = model(op, &inputs, &output);
        Layer {
            model,
            inputs,
            kernels,
        }
    };
    let convolution = Op::Conv2d(Conv2d {
        padding: Padding::Same,
        stride_h: 1,
        stride_w: 1,
        dilation_h: 1,
        dilation_w: 1,
        activation: Activation::None,
        quantized_bias_type: 0,
    });
    let depthwise = Op::DepthwiseConv2d(DepthwiseConv2d {
        padding: Padding::Same,
        stride_h: 1,
        stride_w: 1,
        dilation_h: 1,
        dilation_w: 1,
        depth_multiplier: 1,
        activation: Activation::None,
    });
    let window: &[&str] = &[
        "registers 2x4",
        "registers 1x8",
        "registers 4x8",
        "registers 8x8",
        "tiles 8x16",
        "tiles 4x8",
    ];
    let image = [1, 9, 11, 12];
    let conv = || convolution.clone();
    vec![
        layer(conv(), &image, &[40, 3, 3, 12], 40, window),
        layer(
            conv(),
            &[1, 1, 2, 24],
            &[40, 1, 1, 24],
            40,
            &["registers 8x4", "tiles 4x8"],
        ),
        layer(conv(), &[1, 1, 9, 24], &[40, 1, 1, 24], 40, &["vector 8x8"]),
        layer(
            conv(),
            &image,
            &[17, 1, 1, 12],
            17,
            &["registers 8x8", "tiles 8x16"],
        ),
        layer(
            depthwise,
            &image,
            &[1, 3, 3, 12],
            12,
            &["one row", "several rows"],
        ),
    ]
}

/// The file of kept kernels.
fn record(directory: &Path) -> PathBuf {
    let files = fs::read_dir(directory).unwrap();
    let mut files = files.map(|entry| entry.unwrap().path());
    let is_record = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("kernels_")
    };
    files.find(is_record).expect("a file of kernels")
}

/// Makes `kernel` the choice for every class of the file.
fn force(record: &Path, kernel: &str) {
    let text = fs::read_to_string(record).unwrap();
    let forced = text.lines().map(|line| match line.rsplit_once('\t') {
        Some((class, _)) => format!("{class}\t{kernel}\n"),
        None => format!("{line}\n"),
    });
    fs::write(record, forced.collect::<String>()).unwrap();
}

#[test]
fn integers_have_the_bytes_of_the_reference_by_any_kernel() {
    if devices().is_empty() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (model, inputs, reference) = integers();
    let answer = |tune| {
        let answer = answer(&model, &inputs, tune, directory.path());
        assert_eq!(answer.bytes, reference, "{tune:?}");
        answer
    };
    assert!(answer(Tune::Quick).measured > 1);
    assert_eq!(answer(Tune::Quick).measured, 0);
    force(&record(directory.path()), "registers 1x8");
    assert!(!answer(Tune::Off).kernels.is_empty());
}

#[test]
fn what_was_measured_is_kept_and_not_measured_again() {
    if devices().is_empty() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let Layer { model, inputs, .. } = layers().remove(0);
    let answer = |tune| answer(&model, &inputs, tune, directory.path());
    let untuned = answer(Tune::Off);
    assert_eq!((untuned.measured, untuned.kernels), (0, vec![]));
    let first = answer(Tune::Quick);
    assert_eq!(first.measured, 1);
    let record = record(directory.path());
    let kept = fs::read(&record).unwrap();
    for tune in [Tune::Quick, Tune::Off] {
        let later = answer(tune);
        assert_eq!((later.measured, &later.kernels), (0, &first.kernels));
    }
    assert_eq!(fs::read(&record).unwrap(), kept);

    let full = answer(Tune::Full);
    assert_eq!(full.measured, 1);
    let quick = answer(Tune::Quick);
    assert_eq!((quick.measured, quick.kernels), (0, full.kernels));

    for broken in [
        &b"demilite kernels"[..],
        &kept[..kept.len() - 1],
        &[0xff; 9],
    ] {
        fs::write(&record, broken).unwrap();
        assert!(answer(Tune::Off).kernels.is_empty());
        assert_eq!(fs::read(&record).unwrap(), broken);
        assert_eq!(answer(Tune::Quick).measured, 1);
        assert_eq!(answer(Tune::Quick).measured, 0);
    }
}

#[test]
fn every_kernel_that_a_file_asks_for_gives_the_same_bytes() {
    if devices().is_empty() {
        return;
    }
    for layer in layers() {
        let directory = tempfile::tempdir().unwrap();
        let answer = |tune| answer(&layer.model, &layer.inputs, tune, directory.path());
        let measured = answer(Tune::Quick);
        let record = record(directory.path());
        let forced = |kernel: &str| {
            force(&record, kernel);
            let forced = answer(Tune::Off);
            assert_eq!(forced.bytes, measured.bytes, "{kernel}");
            assert!(forced.kernels.iter().all(|each| each.kernel == kernel));
            forced.kernels
        };
        let is_taken = |kernel: &&&str| !forced(kernel).is_empty();
        let taken = layer.kernels.iter().filter(is_taken).count();
        // One of them may be the usual one.
        assert!(taken + 1 >= layer.kernels.len(), "{:?}", layer.kernels);
        assert!(forced("tiles 0x0").is_empty());
    }
}
