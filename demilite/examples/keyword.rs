//! Which word is spoken: MODEL SOUND, or a keyword spotter and a sound of the folder `DEMILITE_MODELS`.
//!
//! `cargo run --example keyword -- MODEL.tflite SOUND.wav`

use std::env;
use std::path::{Path, PathBuf};

use demilite::Error;
use demilite::audio::AudioInput;
use demilite::post::top_k;

/// The labels of the keyword transformer.
const WORDS: [&str; 12] = [
    "silence", "unknown", "yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go",
];

fn main() -> Result<(), Error> {
    let Some([model, sound]) = files() else {
        println!("skipped: give MODEL SOUND, or set DEMILITE_MODELS");
        return Ok(());
    };
    let mut session = demilite::open(model)?;
    let input = AudioInput::of(session.graph())?.open(sound)?;
    let outputs = session.run(&[input])?;
    for best in top_k(&session.reals(0, &outputs[0])?, 3) {
        println!(
            "{:12} {:.4}",
            WORDS.get(best.index).unwrap_or(&"?"),
            best.score
        );
    }
    Ok(())
}

/// The model and the sound.
fn files() -> Option<[PathBuf; 2]> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    if let Ok(files) = arguments.try_into() {
        return Some(files);
    }
    let folder = env::var_os("DEMILITE_MODELS")?;
    let folder = Path::new(&folder);
    let files = [
        folder.join("kwt1_keyword_transformer_f32/kwt1_keyword_transformer_f32.tflite"),
        folder.join("assets/yes_1000ms.wav"),
    ];
    files.iter().all(|file| file.exists()).then_some(files)
}
