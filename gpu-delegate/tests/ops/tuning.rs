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

/// The names of all kernels that layers may have, those of no layer among them.
const KERNELS: [&str; 16] = [
    "registers 1x4",
    "registers 2x4",
    "registers 4x4",
    "registers 8x4",
    "registers 1x8",
    "registers 2x8",
    "registers 4x8",
    "registers 8x8",
    "tiles 8x16",
    "tiles 4x8",
    "vector 8x8",
    "one row",
    "several rows",
    "registers 3x4",
    "tiles 0x0",
    "",
];

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

/// Layers of whole numbers, whose sums all kernels have exactly: a window, rows for few and for many invocations, and a filter for
/// each channel.
fn whole_numbers() -> Vec<(Arc<Model>, Vec<Value>)> {
    let numbers = |shape: &[usize], seed| {
        let mut array = Array::random(shape, seed);
        array.data.iter_mut().for_each(|v| *v = v.round());
        array
    };
    let layer = |op, [image, filter]: [Array; 2], output: &[usize]| {
        let bias = numbers(&output[3..], 3);
        let inputs = [
            Input::Fed(image),
            Input::Half(filter),
            Input::Constant(bias),
        ];
        model(op, &inputs, output)
    };
    let convolution = |image: [usize; 4], window: usize, outputs: usize| {
        let op = Op::Conv2d(Conv2d {
            padding: Padding::Same,
            stride_h: 1,
            stride_w: 1,
            dilation_h: 1,
            dilation_w: 1,
            activation: Activation::None,
            quantized_bias_type: 0,
        });
        let filter = numbers(&[outputs, window, window, image[3]], 2);
        let [batch, height, width, _] = image;
        layer(
            op,
            [numbers(&image, 1), filter],
            &[batch, height, width, outputs],
        )
    };
    let depthwise = Op::DepthwiseConv2d(DepthwiseConv2d {
        padding: Padding::Same,
        stride_h: 1,
        stride_w: 1,
        dilation_h: 1,
        dilation_w: 1,
        depth_multiplier: 1,
        activation: Activation::None,
    });
    let image = [1, 9, 11, 12];
    vec![
        convolution(image, 3, 40),
        convolution([1, 1, 2, 24], 1, 40),
        convolution([1, 9, 11, 24], 1, 17),
        layer(
            depthwise,
            [numbers(&image, 4), numbers(&[1, 3, 3, 12], 5)],
            &image,
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
fn what_was_measured_is_kept_and_not_measured_again() {
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
    assert!(answer(Tune::Off).kernels.is_empty());
    let first = answer(Tune::Quick);
    assert!(first.measured > 0);
    let record = record(directory.path());
    let kept = fs::read(&record).unwrap();
    for tune in [Tune::Quick, Tune::Off] {
        let later = answer(tune);
        assert_eq!((later.measured, later.kernels), (0, first.kernels.clone()));
    }
    assert_eq!(fs::read(&record).unwrap(), kept);

    let full = answer(Tune::Full);
    assert_eq!(full.measured, first.measured);
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
    }
    assert_eq!(answer(Tune::Quick).measured, first.measured);
    assert_eq!(answer(Tune::Quick).measured, 0);
}

#[test]
fn every_kernel_that_a_file_asks_for_gives_the_same_bytes() {
    if devices().is_empty() {
        return;
    }
    let (integers, inputs, _) = integers();
    let mut taken = Vec::new();
    for (model, inputs) in whole_numbers().into_iter().chain([(integers, inputs)]) {
        let directory = tempfile::tempdir().unwrap();
        let answer = |tune| answer(&model, &inputs, tune, directory.path());
        let usual = answer(Tune::Off);
        assert_eq!(answer(Tune::Quick).bytes, usual.bytes);
        let record = record(directory.path());
        for kernel in KERNELS {
            force(&record, kernel);
            let forced = answer(Tune::Off);
            assert_eq!(forced.bytes, usual.bytes, "{kernel}");
            assert!(forced.kernels.iter().all(|each| each.kernel == kernel));
            taken.extend(forced.kernels);
        }
    }
    let is_taken = |kernel: &&str| taken.iter().any(|each| each.kernel == *kernel);
    let (there, others): (Vec<&str>, Vec<&str>) = KERNELS.into_iter().partition(is_taken);
    // One of the two kinds of depthwise kernels is the usual one, and the vector's is where there are few rows.
    assert!(there.len() >= 10, "{others:?}");
    assert!(KERNELS[13..].iter().all(|kernel| others.contains(kernel)));
}
