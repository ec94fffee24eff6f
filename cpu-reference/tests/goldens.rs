//! Real models, held to the outputs of LiteRT's reference kernels.
//!
//! `DEMILITE_MODELS` names a folder of `NAME/NAME.tflite` beside `NAME/NAME.npz`, which holds the
//! inputs `in0, in1, …` and the outputs `out0, out1, …`; by default `../shared/models` beside the
//! repository. A model that is missing is skipped, which the test says; with
//! `DEMILITE_REQUIRE_MODELS=1` it fails. Models of the folder that are not listed here run too, and
//! only those with an op or type that has no kernel may be left out.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use demilite_core::{CompileError, DataType, Model, Reject, Session, Value};
use demilite_cpu_reference::ReferenceDelegate;
use npyz::npz::NpzArchive;

/// Networks that must run to the end.
const NETWORKS: &[&str] = &[
    "aieq_mnist_cnn_f32",
    "aieq_mnist_cnn_int8",
    "armzoo_ds_cnn_s_int16x8",
    "armzoo_har_cnn_int8",
    "autoencoder_ad_dynamic",
    "autoencoder_ad_f16",
    "autoencoder_ad_f32",
    "autoencoder_ad_int16x8",
    "autoencoder_ad_int8",
    "autoencoder_ad_int8_floatio",
    "coco_ssd_mobilenet_v1_uint8",
    "dscnn_kws_dynamic",
    "dscnn_kws_f16",
    "dscnn_kws_f32",
    "dscnn_kws_int16x8",
    "dscnn_kws_int8",
    "dtln_model_1_dynamic",
    "dtln_model_1_f32",
    "mobilenet_v1_0.25_224_f32",
    "mobilenet_v1_0.25_224_uint8",
    "mobilenet_v1_1.0_224_dynamic",
    "mobilenet_v1_1.0_224_f16",
    "mobilenet_v1_1.0_224_f32",
    "mobilenet_v1_1.0_224_int16x8",
    "mobilenet_v1_1.0_224_int8",
    "mobilenet_v1_1.0_224_uint8",
    "mobilenet_v2_0.35_96_embedder_dynamic",
    "mobilenet_v2_1.0_224_dynamic",
    "mobilenet_v2_1.0_224_f16",
    "mobilenet_v2_1.0_224_f32",
    "mobilenet_v2_1.0_224_int16x8",
    "mobilenet_v2_1.0_224_int8",
    "mobilenet_v2_1.0_224_uint8",
    "mobilenetv1_vww96_dynamic",
    "mobilenetv1_vww96_f16",
    "mobilenetv1_vww96_f32",
    "mobilenetv1_vww96_int16x8",
    "mobilenetv1_vww96_int8",
    "movie_review_nlp_f32",
    "mp_face_detection_front_f32",
    "mp_face_detection_full_range_sparse_f16",
    "mp_face_detection_short_range_f16",
    "mp_hand_landmark_lite_f16",
    "mp_selfie_segmentation_f16",
    "op_litert_simple_group_norm_op",
    "op_micro-wake-word-models_hey_jarvis",
    "resnet8_cifar10_dynamic",
    "resnet8_cifar10_f16",
    "resnet8_cifar10_f32",
    "resnet8_cifar10_int16x8",
    "resnet8_cifar10_int8",
    "strm_ww_int8",
    "tflm_hello_world_int8",
    "tflm_keyword_scrambled_int8",
    "tflm_micro_speech_int8",
    "tflm_mnist_lstm_f32",
    "tflm_mnist_lstm_int8",
    "tflm_sine_f32",
    "unet_person_dynamic",
    "unet_person_f32",
    "yolov5_tiny_person_f32",
    "yolov5_tiny_person_int8",
];

/// Networks whose golden other kernels made than those of the reference, since it lacks an op of
/// theirs, with the distance that is allowed.
const OTHER_KERNELS: &[(&str, f32)] = &[("mp_selfie_segmentation_f16", 1e-4)];

/// The distance of two floats that is allowed whatever their size.
const NEAR: f32 = 1e-6;

#[test]
fn models_give_the_bytes_of_the_reference() {
    let folder = std::env::var_os("DEMILITE_MODELS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/models"),
        PathBuf::from,
    );
    let found = models(&folder);
    let missing: Vec<&str> = NETWORKS
        .iter()
        .copied()
        .filter(|name| !found.iter().any(|found| found == name))
        .collect();
    if !missing.is_empty() {
        let required = std::env::var_os("DEMILITE_REQUIRE_MODELS").is_some_and(|v| v == "1");
        let message = format!("not in {}: {}", folder.display(), missing.join(", "));
        assert!(!required, "{message}");
        println!("SKIPPED, {message}");
    }
    let mut failures = Vec::new();
    for name in &found {
        let started = Instant::now();
        let other = OTHER_KERNELS.iter().find(|(other, _)| other == name);
        let near = other.map_or(NEAR, |&(_, near)| near);
        let outcome = run(&folder.join(name).join(format!("{name}.tflite")), near);
        let time = started.elapsed().as_millis();
        match &outcome {
            Outcome::Unsupported(reason) => {
                println!("{name:44} left out: {reason}");
                if NETWORKS.contains(&name.as_str()) {
                    failures.push(format!("{name}: {reason}"));
                }
            }
            Outcome::Ran(Ok(agreement)) => println!("{name:44} {time:>6} ms, {agreement}"),
            Outcome::Ran(Err(difference)) => {
                println!("{name:44} DIFFERS: {difference}");
                failures.push(format!("{name}: {difference}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The names of the models in a folder that have a golden, in order.
fn models(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| folder.join(name).join(format!("{name}.npz")).exists())
        .collect();
    names.sort();
    names
}

enum Outcome {
    /// A node of the model has no kernel.
    Unsupported(String),
    /// How the outputs agree, or where they or the run failed.
    Ran(Result<String, String>),
}

fn run(path: &Path, near: f32) -> Outcome {
    let model = match Model::open(path) {
        Ok(model) => Arc::new(model),
        Err(error) => return Outcome::Ran(Err(error.to_string())),
    };
    let builder = Session::builder(model).delegate(Arc::new(ReferenceDelegate::default()));
    let mut session = match builder.build() {
        Ok(session) => session,
        Err(CompileError::NoDelegate { op, rejections, .. })
            if matches!(rejections[..], [(_, Reject::Unsupported(_))]) =>
        {
            return Outcome::Unsupported(format!("{op}: {}", rejections[0].1));
        }
        Err(error) => return Outcome::Ran(Err(error.to_string())),
    };
    let golden = path.with_extension("npz");
    let inputs: Vec<Value> = (0..session.graph().inputs().len())
        .map(|index| array(&golden, &format!("in{index}")))
        .collect();
    let outputs = match session.run(&inputs) {
        Ok(outputs) => outputs,
        Err(error) => return Outcome::Ran(Err(error.to_string())),
    };
    let agreements: Result<Vec<String>, String> = outputs
        .iter()
        .enumerate()
        .map(|(index, actual)| {
            compare(actual, &array(&golden, &format!("out{index}")), near)
                .map_err(|difference| format!("output {index}: {difference}"))
        })
        .collect();
    Outcome::Ran(agreements.map(|agreements| agreements.join(", ")))
}

/// Integers agree when they are equal; floats when they are equal or differ, as the functions of
/// different mathematics libraries may, by no more than 4 units in the last place or `near`.
fn compare(actual: &Value, expected: &Value, near: f32) -> Result<String, String> {
    let kind = |value: &Value| format!("{} {}", value.dtype(), value.shape());
    if kind(actual) != kind(expected) {
        return Err(format!("{} where {} is due", kind(actual), kind(expected)));
    }
    if actual.bytes() == expected.bytes() {
        return Ok("equal".to_owned());
    }
    let (Ok(actual), Ok(expected)) = (actual.as_slice::<f32>(), expected.as_slice::<f32>()) else {
        let pairs = actual.bytes().iter().zip(expected.bytes());
        let different = pairs.filter(|(a, b)| a != b).count();
        return Err(format!(
            "{different} of {} bytes differ",
            actual.bytes().len()
        ));
    };
    let pairs = || actual.iter().copied().zip(expected.iter().copied());
    let is_near = |(a, b): (f32, f32)| {
        (a - b).abs() <= near
            || (a.is_sign_negative() == b.is_sign_negative()
                && a.to_bits().abs_diff(b.to_bits()) <= 4)
    };
    match pairs().position(|pair| !is_near(pair)) {
        None => {
            let different = pairs().filter(|(a, b)| a.to_bits() != b.to_bits()).count();
            Ok(format!("{different} of {} near", actual.len()))
        }
        Some(index) => Err(format!(
            "element {index} is {} where {} is due",
            actual[index], expected[index]
        )),
    }
}

/// An array of an `.npz` file.
fn array(path: &Path, name: &str) -> Value {
    let mut archive = NpzArchive::open(path).expect("the golden is an .npz file");
    let array = archive
        .by_name(name)
        .expect("the golden is readable")
        .unwrap_or_else(|| panic!("{} has no array {name}", path.display()));
    let shape: Vec<usize> = array.shape().iter().map(|&dim| dim as usize).collect();
    if array.dtype().descr() == "'|b1'" {
        let elements: Vec<bool> = array.into_vec().expect("the array is whole");
        let bytes: Vec<u8> = elements.into_iter().map(u8::from).collect();
        return Value::from_bytes(DataType::Bool, shape, &bytes).expect("the array has its shape");
    }
    macro_rules! read {
        ($($descriptor:literal => $element:ty),+) => {
            match array.dtype().descr().as_str() {
                $($descriptor => {
                    let elements: Vec<$element> = array.into_vec().expect("the array is whole");
                    Value::from_slice(shape, &elements).expect("the array has its shape")
                })+
                "'|b1'" => {
                    let elements: Vec<bool> = array.into_vec().expect("the array is whole");
                    let bytes: Vec<u8> = elements.into_iter().map(u8::from).collect();
                    Value::from_bytes(DataType::Bool, shape, &bytes).expect("the array has its shape")
                }
                other => panic!("{name} of {} holds {other}", path.display()),
            }
        };
    }
    read!(
        "'<f4'" => f32, "'|i1'" => i8, "'|u1'" => u8, "'<i2'" => i16, "'<i4'" => i32, "'<i8'" => i64
    )
}

#[test]
fn the_comparison_sees_differences() {
    let value = |elements: &[f32]| Value::from_slice([elements.len()], elements).unwrap();
    let expected = value(&[1.0, 2.0]);
    assert_eq!(compare(&expected, &expected, NEAR).unwrap(), "equal");
    assert!(compare(&value(&[1.0, 2.000_000_2]), &expected, NEAR).is_ok());
    assert!(compare(&value(&[1.0, 2.000_01]), &expected, NEAR).is_err());
    assert!(compare(&value(&[1.0, f32::NAN]), &expected, NEAR).is_err());
    assert!(compare(&value(&[1.0]), &expected, NEAR).is_err());
    let integers = |elements: &[i8]| Value::from_slice([elements.len()], elements).unwrap();
    assert!(compare(&integers(&[1, 2]), &integers(&[1, 3]), NEAR).is_err());
}
