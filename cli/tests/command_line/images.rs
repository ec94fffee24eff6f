//! Images as inputs.

use demilite::DataType;
use image::{ImageFormat, RgbImage};

use super::models::{output, through};
use super::*;

/// A folder with an image of 5 x 2 pixels and a model.
struct Folder {
    folder: tempfile::TempDir,
}

const PIXELS: [u8; 30] = [
    255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 40, 50, 60, //
    1, 2, 3, 4, 5, 6, 7, 8, 9, 250, 251, 252, 70, 80, 90,
];

impl Folder {
    fn new(model: &[u8]) -> Self {
        let folder = Folder {
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::write(folder.path("model.tflite"), model).unwrap();
        let image = RgbImage::from_raw(5, 2, PIXELS.to_vec()).unwrap();
        image.save(folder.path("image.png")).unwrap();
        folder
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// The command on the model and the image, with an archive of outputs.
    fn run(&self, options: &[&str]) -> Output {
        let mut arguments = vec![
            "run".to_owned(),
            "--image".to_owned(),
            self.path("image.png"),
        ];
        arguments.push(self.path("model.tflite"));
        arguments.extend(["--delegate", "cpu", "--outputs"].map(str::to_owned));
        arguments.push(self.path("out.npz"));
        arguments.extend(options.iter().map(|&option| option.to_owned()));
        demilite(&arguments)
    }

    fn bytes(&self, options: &[&str]) -> (Vec<usize>, Vec<u8>) {
        ended(&self.run(options), 0, "run");
        let value = output(self.path("out.npz").as_ref());
        (value.shape().to_vec(), value.bytes().to_vec())
    }
}

#[test]
fn a_model_after_an_image_is_the_model() {
    let folder = Folder::new(&through(DataType::UInt8, &[1, 2, 5, 3], &[]));
    assert_eq!(folder.bytes(&[]).1, PIXELS);
    let several = failed(2, &["run", "m.tflite", "--image", "a.png", "b.png"]);
    assert!(several.contains("unexpected argument 'b.png'"), "{several}");
    assert!(several.contains("--image takes one file"), "{several}");
}

#[test]
fn every_layout_takes_images() {
    let planes: Vec<u8> = (0..3)
        .flat_map(|channel| PIXELS.iter().skip(channel).step_by(3).copied())
        .collect();
    let opaque: Vec<u8> = PIXELS
        .chunks(3)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255])
        .collect();
    // (19595 R + 38470 G + 7471 B + 32768) / 65536
    let grey = vec![76, 150, 29, 9, 48, 2, 5, 8, 251, 78];
    for (shape, expected) in [
        (&[1, 2, 5, 3][..], PIXELS.to_vec()),
        (&[1, 3, 2, 5], planes.clone()),
        (&[2, 5, 3], PIXELS.to_vec()),
        (&[3, 2, 5], planes),
        (&[1, 2, 5, 4], opaque),
        (&[1, 2, 5, 1], grey.clone()),
        (&[1, 1, 2, 5], grey),
    ] {
        let folder = Folder::new(&through(DataType::UInt8, shape, &[]));
        assert_eq!(folder.bytes(&[]), (shape.to_vec(), expected));
    }
    let folder = Folder::new(&through(DataType::Int32, &[1, 2, 5, 3], &[]));
    let words: Vec<u8> = PIXELS.iter().flat_map(|&pixel| [pixel, 0, 0, 0]).collect();
    assert_eq!(folder.bytes(&[]).1, words);
    let folder = Folder::new(&through(DataType::Bool, &[1, 2, 5, 3], &[]));
    ended(&folder.run(&[]), 3, "run");
}

#[test]
fn open_extents_are_those_of_the_image_or_of_the_option() {
    for (shape, open, own, stated) in [
        ([1, 1, 1, 3], [1, 2], [1, 2, 5, 3], [1, 5, 7, 3]),
        ([1, 3, 1, 1], [2, 3], [1, 3, 2, 5], [1, 3, 5, 7]),
    ] {
        let folder = Folder::new(&through(DataType::UInt8, &shape, &open));
        assert_eq!(folder.bytes(&[]).0, own);
        assert_eq!(folder.bytes(&["--size", "5x7"]).0, stated);
        ended(&folder.run(&["--size", "0x7"]), 2, "run");
        let bench = |options: &[&str]| {
            let model = folder.path("model.tflite");
            let arguments = ["bench", &model, "--delegate", "cpu", "--runs", "1"];
            ended(&demilite(&[&arguments[..], options].concat()), 0, "bench")
        };
        assert!(bench(&[]).contains("leaves the height and width of"));
        assert!(!bench(&["--size", "5x7"]).contains("leaves"));
    }
    let fixed = Folder::new(&through(DataType::UInt8, &[1, 2, 5, 3], &[]));
    let error = ended(&fixed.run(&["--size", "5x2"]), 2, "run");
    assert!(
        error.contains("does not take images of height 5 and width 2"),
        "{error}"
    );
}

/// Images of several sizes, the file's own among them, in one session.
#[test]
fn each_image_has_its_own_size() {
    let folder = Folder::new(&through(DataType::UInt8, &[1, 1, 1, 3], &[1, 2]));
    let mut arguments = vec!["run".to_owned(), folder.path("model.tflite")];
    arguments.extend(["--delegate", "cpu", "--json"].map(str::to_owned));
    for (width, height) in [(5, 2), (1, 1), (3, 5)] {
        let name = folder.path(&format!("{width}x{height}.png"));
        RgbImage::new(width, height).save(&name).unwrap();
        arguments.extend(["--image".to_owned(), name]);
    }
    let answers = done(&arguments);
    let shapes: Vec<Json> = answers
        .lines()
        .map(|line| json(line)["outputs"][0]["shape"].clone())
        .collect();
    assert_eq!(
        shapes,
        [[1, 2, 5, 3], [1, 1, 1, 3], [1, 5, 3, 3]].map(|shape| serde_json::json!(shape))
    );
}

#[test]
fn an_image_that_cannot_be_read_leaves_the_others_answered() {
    for batch in [1, 2] {
        let folder = Folder::new(&through(DataType::UInt8, &[batch, 2, 5, 3], &[]));
        std::fs::write(folder.path("bad.png"), b"no image").unwrap();
        let (bad, good) = (folder.path("bad.png"), folder.path("image.png"));
        let options = [
            "--image", &bad, "--image", &good, "--image", &good, "--json",
        ];
        let output = folder.run(&options);
        let error = ended(&output, 3, "run");
        assert!(error.contains("bad.png is not an image"), "{error}");
        let text = String::from_utf8(output.stdout).unwrap();
        let answers: Vec<Json> = text.lines().map(json).collect();
        assert_eq!(answers.len(), 4, "{text}");
        let refused: Vec<&Json> = answers
            .iter()
            .filter(|one| !one["error"].is_null())
            .collect();
        assert_eq!(refused.len(), 1);
        assert!(refused[0]["input"].as_str().unwrap().ends_with("bad.png"));
        let value = super::models::output(folder.path("out.npz").as_ref());
        assert_eq!(value.shape()[..], [3, 2, 5, 3]);
        assert_eq!(value.bytes(), PIXELS.repeat(3));
    }
}

#[test]
fn images_come_from_pipes_and_standard_input() {
    let folder = Folder::new(&through(DataType::UInt8, &[1, 2, 5, 3], &[]));
    let image = std::fs::read(folder.path("image.png")).unwrap();
    let model = folder.path("model.tflite");
    let run = |source: &str, input: &[u8]| {
        let arguments = [
            "run",
            "--image",
            source,
            &model,
            "--delegate",
            "cpu",
            "--json",
        ];
        demilite_fed(&arguments, input)
    };
    for source in ["-", "/dev/stdin"] {
        let answer = json(&String::from_utf8(run(source, &image).stdout).unwrap());
        assert_eq!(answer["outputs"][0]["data"][0], 255);
    }
    let error = ended(&run("-", b""), 3, "run");
    assert!(
        error.starts_with("error: standard input is not an image"),
        "{error}"
    );
    ended(&run("/dev/zero", b""), 3, "run");
    let twice = ["run", &model, "--image", "-", "--image", "-"];
    assert!(failed(2, &twice).contains("given several times"));
}

#[test]
fn no_image_takes_more_than_the_option_says() {
    let folder = Folder::new(&through(DataType::UInt8, &[1, 2, 5, 3], &[]));
    let large = folder.path("large.bmp");
    RgbImage::new(1000, 700)
        .save_with_format(&large, ImageFormat::Bmp)
        .unwrap();
    let model = folder.path("model.tflite");
    let run = ["run", &model, "--image", &large, "--delegate", "cpu"];
    done(&run);
    let error = failed(3, &[&run[..], &["--image-limit", "1"]].concat());
    assert!(
        error.contains("larger than the limit of 1048576 bytes"),
        "{error}"
    );
    let error = failed(3, &[&run[..], &["--image-limit", "3"]].concat());
    assert!(error.contains("1000 x 700 pixels"), "{error}");
    done(&[&run[..], &["--image-limit", "8"]].concat());
}

/// The tensor of an image in its own size counts too.
#[test]
fn an_input_of_the_image_s_own_size_stays_within_the_limit() {
    let folder = Folder::new(&through(DataType::Float32, &[1, 1, 1, 3], &[1, 2]));
    let large = folder.path("large.png");
    RgbImage::new(1000, 700).save(&large).unwrap();
    let model = folder.path("model.tflite");
    let run = [
        "run",
        &model,
        "--image",
        &large,
        "--delegate",
        "cpu",
        "--image-limit",
        "7",
    ];
    let error = failed(3, &run);
    assert!(
        error.contains("its own size, float32 [1,700,1000,3] takes more"),
        "{error}"
    );
    done(&[&run[..], &["--size", "70x100"]].concat());
    let error = failed(3, &[&run[..], &["--size", "60000x60000"]].concat());
    assert!(
        error.contains("an input float32 [1,60000,60000,3] takes more"),
        "{error}"
    );
    let fixed = Folder::new(&through(DataType::UInt8, &[1, 60_000, 60_000, 3], &[]));
    ended(&fixed.run(&[]), 3, "run");
}

/// Cut anywhere, a file of any format is refused with a line.
#[test]
fn files_that_were_cut_off_are_refused() {
    let folder = Folder::new(&through(DataType::UInt8, &[1, 2, 5, 3], &[]));
    let model = folder.path("model.tflite");
    for name in ["a.png", "a.jpg", "a.bmp"] {
        let path = folder.path(name);
        image::open(folder.path("image.png"))
            .unwrap()
            .to_rgb8()
            .save(&path)
            .unwrap();
        done(&["run", &model, "--image", &path, "--delegate", "cpu"]);
        let whole = std::fs::read(&path).unwrap();
        for length in [whole.len() / 10, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).unwrap();
            let error = failed(3, &["run", &model, "--image", &path, "--delegate", "cpu"]);
            assert_eq!(error.lines().count(), 1, "{error}");
            assert!(error.contains(name), "{error}");
        }
    }
}
