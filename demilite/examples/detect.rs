//! What is where on an image: MODEL IMAGE LABELS, or a detector and an image of the folder `DEMILITE_MODELS`.
//!
//! `cargo run --example detect -- MODEL.tflite IMAGE.jpg LABELS.txt`

use std::env;
use std::path::{Path, PathBuf};

use demilite::Error;
use demilite::image::ImageInput;
use demilite::post::{Labels, detections};

fn main() -> Result<(), Error> {
    let Some([model, image, labels]) = files() else {
        println!("skipped: give MODEL IMAGE LABELS, or set DEMILITE_MODELS");
        return Ok(());
    };
    let mut session = demilite::open(model)?;
    let labels = Labels::open(labels)?;
    let input = ImageInput::of_session(&session)?.open(image)?;
    for found in detections(&session.run(&[input])?)? {
        if found.score >= 0.5 {
            let label = labels.get(found.class).unwrap_or("?");
            let (left, top) = (found.left, found.top);
            println!("{label:12} {:.2} at {left:.2}, {top:.2}", found.score);
        }
    }
    Ok(())
}

/// The model, the image and the labels.
fn files() -> Option<[PathBuf; 3]> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    if let Ok(files) = arguments.try_into() {
        return Some(files);
    }
    let folder = env::var_os("DEMILITE_MODELS")?;
    let folder = Path::new(&folder);
    let files = [
        folder.join("coco_ssd_mobilenet_v1_uint8/coco_ssd_mobilenet_v1_uint8.tflite"),
        folder.join("assets/cats_and_dogs.jpg"),
        folder.join("assets/coco_labels.txt"),
    ];
    files.iter().all(|file| file.exists()).then_some(files)
}
