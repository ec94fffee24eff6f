//! What is on an image: the bundled classifier of shapes on a bundled image, or MODEL IMAGE LABELS.
//!
//! `cargo run --example classify`

use std::env;

use demilite::image::{Fit, Image, ImageInput};
use demilite::post::{Labels, top_k};
use demilite::{DelegateChoice, Error, Model};
use demilite_models::shapes;

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (mut session, image, labels) = match &arguments[..] {
        [model, image, labels] => (
            demilite::open(model)?,
            Image::open(image)?,
            Labels::open(labels)?,
        ),
        _ => (
            demilite::prepare(
                Model::from_static(shapes::F16, "shapes")?,
                DelegateChoice::Auto,
            )?,
            Image::from_bytes(shapes::STAR, "star.png")?,
            Labels::from_bytes(shapes::LABELS, "labels.txt")?,
        ),
    };
    let input = ImageInput::of_session(&session)?.value(&[image], Fit::Crop)?;
    let outputs = session.run(&[input])?;
    for best in top_k(&session.reals(0, &outputs[0])?, 3) {
        let label = labels.get(best.index).unwrap_or("?");
        println!("{label:12} {:.4}", best.score);
    }
    Ok(())
}
