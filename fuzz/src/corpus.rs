//! Grows the corpora of the fuzz targets from the bundled files and small ones made here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use demilite::Value;
use demilite::npz::write_numbered;
use demilite_core::{Model, schema};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repository = root.parent().ok_or("the repository around this crate")?;
    let corpus = |target: &str| -> io::Result<PathBuf> {
        let folder = root.join("corpus").join(target);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    };
    let [model, gpu] = [corpus("model")?, corpus("gpu")?];
    for case in demilite_conformance::cases::all() {
        let file = Model::from_graph(case.graph().clone()).to_bytes()?;
        if file.len() < 2000 && case.name().len() % 8 == 0 {
            let name = case.name().replace('/', "-");
            fs::write(model.join(&name), &file)?;
            fs::write(gpu.join(&name), &file)?;
        }
    }
    let small = demilite_fuzz::calling_models().into_iter();
    for (name, file) in small.chain(demilite_fuzz::custom_models()) {
        let file = demilite_fuzz::described(schema::read(&file)?);
        fs::write(model.join(name.replace('/', "-")), file)?;
    }

    let calls = corpus("calls")?;
    for which in 0..demilite_fuzz::calling_models().len() {
        fs::write(calls.join(format!("{which}")), [which as u8])?;
    }
    let options = corpus("custom_options")?;
    for (index, sound) in demilite_fuzz::custom_options().into_iter().enumerate() {
        let bytes = [vec![index as u8], sound].concat();
        fs::write(options.join(format!("{index}")), bytes)?;
    }

    let metadata = demilite_fuzz::metadata();
    let length = (metadata.len() as u16).to_le_bytes();
    let described = [length.as_slice(), &metadata, &demilite_fuzz::archive()].concat();
    fs::write(corpus("metadata")?.join("classifier"), described)?;

    let images = corpus("image")?;
    let image = fs::read(repository.join("models/shapes/images/star.png"))?;
    fs::write(images.join("star.png"), &image)?;
    let small = image::load_from_memory(&image)?.thumbnail(9, 7);
    for (name, format) in [
        ("small.png", image::ImageFormat::Png),
        ("small.jpg", image::ImageFormat::Jpeg),
        ("small.bmp", image::ImageFormat::Bmp),
    ] {
        small
            .to_rgb8()
            .save_with_format(images.join(name), format)?;
    }

    let deep = image::DynamicImage::ImageRgb16(small.to_rgb16());
    deep.save_with_format(images.join("deep.png"), image::ImageFormat::Png)?;
    for file in fs::read_dir(repository.join("demilite/tests/images"))? {
        let path = file?.path();
        let name = path.file_name().ok_or("a file without a name")?;
        fs::copy(&path, images.join(name))?;
    }

    let tensors = [
        Value::from_slice([2, 3], &[1.5_f32, -0.0, f32::MAX, 3.0, 4.0, 5.0])?,
        Value::from_slice([1, 2], &[-128_i8, 127])?,
        Value::from_slice([2, 0], &[0_i64; 0])?,
    ];
    write_numbered(corpus("npz")?.join("tensors.npz"), "in", &tensors)?;
    Ok(())
}
