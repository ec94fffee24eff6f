//! Sounds as inputs.

use demilite::audio::{AudioInput, Sound};
use demilite::{DataType, Model};

use super::models::{output, quantized_through, through};
use super::*;

/// A WAV file of 16-bit samples of one channel.
fn wav(samples: &[i16], rate: u32) -> Vec<u8> {
    let data = samples.len() as u32 * 2;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1_u16, 1].map(u16::to_le_bytes).concat());
    bytes.extend([rate, rate * 2].map(u32::to_le_bytes).concat());
    bytes.extend([2_u16, 16].map(u16::to_le_bytes).concat());
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

/// A folder with a sound and a model whose output is its input.
struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    fn new(model: &[u8], sound: &[u8]) -> Self {
        let folder = Folder {
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::write(folder.path("model.tflite"), model).unwrap();
        std::fs::write(folder.path("sound.wav"), sound).unwrap();
        folder
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn run(&self, options: &[&str]) -> Output {
        let mut arguments = vec!["run".to_owned(), self.path("model.tflite")];
        arguments.extend(["--audio".to_owned(), self.path("sound.wav")]);
        arguments.extend(["--delegate", "cpu", "--outputs"].map(str::to_owned));
        arguments.push(self.path("out.npz"));
        arguments.extend(options.iter().map(|&option| option.to_owned()));
        demilite(&arguments)
    }

    fn bytes(&self, options: &[&str]) -> Vec<u8> {
        ended(&self.run(options), 0, "run");
        output(self.path("out.npz").as_ref()).bytes().to_vec()
    }

    fn floats(&self, options: &[&str]) -> Vec<f32> {
        let bytes = self.bytes(options);
        let floats = bytes.chunks(4).map(|bytes| bytes.try_into().unwrap());
        floats.map(f32::from_le_bytes).collect()
    }

    fn refused(&self, exit_code: i32, options: &[&str]) -> String {
        let error = ended(&self.run(options), exit_code, "run");
        error.replace(self.folder.path().to_str().unwrap(), "FOLDER")
    }
}

const SAMPLES: [i16; 6] = [0, 16384, -32768, 8192, 1, -1];

#[test]
fn a_model_after_a_sound_is_the_model() {
    let sound = wav(&SAMPLES, 16_000);
    let reals = SAMPLES.map(|sample| f32::from(sample) / 32768.0);
    let of = |length: usize| Folder::new(&through(DataType::Float32, &[1, length], &[]), &sound);
    assert_eq!(of(6).floats(&[]), reals);
    assert_eq!(of(4).floats(&[]), reals[..4]);
    assert_eq!(of(8).floats(&[]), [&reals[..], &[0.0, 0.0]].concat());
    // q = x · 128, clamped.
    let quantized = Folder::new(&quantized_through(&[1, 6], 1.0 / 128.0, 0), &sound);
    assert_eq!(quantized.bytes(&[]), [0, 64, -128_i8 as u8, 32, 0, 0]);
}

#[test]
fn a_sound_takes_the_rate_of_the_model() {
    let sound = wav(&[0, 16384, 0, -16384], 8_000);
    let of = |length: usize| Folder::new(&through(DataType::Float32, &[1, length], &[]), &sound);
    let between = [0.0, 0.25, 0.5, 0.25, 0.0, -0.25, -0.5, -0.5];
    assert_eq!(of(8).floats(&[]), between);
    let same = ["--audio-rate", "8000"];
    assert_eq!(of(4).floats(&same), [0.0, 0.5, 0.0, -0.5]);
    assert_eq!(of(2).floats(&["--audio-rate", "4000"]), [0.25, -0.25]);
}

#[test]
fn windows_of_features_are_those_of_the_library() {
    let tone: Vec<i16> = (0..16_000)
        .map(|index| ((f64::from(index) * 0.2).sin() * 12_000.0) as i16)
        .collect();
    for shape in [[1, 49, 10, 1], [1, 49, 40, 1]] {
        let model = through(DataType::Float32, &shape, &[]);
        let folder = Folder::new(&model, &wav(&tone, 16_000));
        let model = Model::from_bytes(&model, "model").unwrap();
        let input = AudioInput::of(&model.graphs()[0]).unwrap();
        let samples = tone.iter().map(|&sample| f32::from(sample) / 32768.0);
        let value = input.value(&Sound::new(samples.collect(), 16_000));
        assert_eq!(folder.bytes(&[]), value.unwrap().bytes());
    }
}

#[test]
fn what_is_no_sound_and_models_that_take_none_are_refused() {
    let takes_samples = through(DataType::Float32, &[1, 6], &[]);
    let text = Folder::new(&takes_samples, b"no sound at all");
    insta::assert_snapshot!(text.refused(3, &[]));
    let cut = Folder::new(&takes_samples, &wav(&SAMPLES, 16_000)[..50]);
    insta::assert_snapshot!(cut.refused(3, &[]));
    let image = Folder::new(
        &through(DataType::Float32, &[1, 8, 8, 3], &[]),
        &wav(&SAMPLES, 16_000),
    );
    insta::assert_snapshot!(image.refused(3, &[]));
    let folder = Folder::new(&takes_samples, &wav(&SAMPLES, 16_000));
    let zero = folder.refused(2, &["--audio-rate", "0"]);
    assert!(zero.contains("--audio-rate"), "{zero}");
    let alone = failed(2, &["run", "m.tflite", "--audio-rate", "8000"]);
    assert!(alone.contains("--audio <FILE.wav>"), "{alone}");
    let both = folder.refused(2, &["--image", "a.png"]);
    assert!(both.contains("cannot be used with"), "{both}");
    std::fs::remove_file(folder.path("sound.wav")).unwrap();
    let missing = folder.refused(3, &[]);
    assert!(missing.contains("FOLDER/sound.wav"), "{missing}");
}
