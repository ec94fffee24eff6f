//! The bundled model names the bundled images, at every precision and on both backends.

mod place;

use std::path::PathBuf;
use std::sync::Arc;

use demilite::image::{Fit, Image, ImageInput};
use demilite::post::{Labels, scores, top_k};
use demilite_core::{Delegate, Model, Session};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::{GpuDelegate, GpuOptions, Precision};
use demilite_needs::Need;

fn folder() -> PathBuf {
    place::repository().join("models/shapes")
}

/// Holds the answer to each image against the name of its file.
fn names_every_image(file: &str, delegates: Vec<Arc<dyn Delegate>>) {
    let model = Arc::new(Model::open(folder().join(file)).expect("the bundled model"));
    let mut session = Session::builder(Arc::clone(&model))
        .delegates(delegates)
        .build()
        .expect("it runs");
    let input = ImageInput::of(&model.graphs()[0]).expect("it takes an image");
    let labels = Labels::open(folder().join("labels.txt")).expect("the labels");
    let images = std::fs::read_dir(folder().join("images")).expect("the images");
    let mut named = 0;
    for path in images.map(|entry| entry.expect("an image").path()) {
        let image = Image::open(&path).expect("an image");
        let value = input.value(&[image], Fit::Crop).expect("an input");
        let outputs = session.run(&[value]).expect("an answer");
        let output = session.graph().tensor(session.graph().outputs()[0]);
        let best = top_k(&scores(&outputs[0], output).expect("scores"), 1)[0];
        let name = path.file_stem().and_then(|stem| stem.to_str());
        assert_eq!(labels.get(best.index), name, "{file}");
        named += 1;
    }
    assert_eq!(named, 10);
}

#[test]
fn on_the_reference() {
    for file in [
        "shapes_f32.tflite",
        "shapes_f16.tflite",
        "shapes_int8.tflite",
    ] {
        names_every_image(file, vec![Arc::new(ReferenceDelegate::default())]);
    }
}

#[test]
fn on_the_gpu() {
    for precision in [Precision::Auto, Precision::F32, Precision::F16] {
        let options = GpuOptions::default().precision(precision);
        let gpu = match GpuDelegate::open(options) {
            Ok(gpu) => gpu,
            Err(error) => {
                return demilite_needs::skip(Need::Gpu, error);
            }
        };
        let gpu: Arc<dyn Delegate> = Arc::new(gpu);
        for file in [
            "shapes_f32.tflite",
            "shapes_f16.tflite",
            "shapes_int8.tflite",
        ] {
            names_every_image(
                file,
                vec![Arc::clone(&gpu), Arc::new(ReferenceDelegate::default())],
            );
        }
    }
}
