//! Real models, whose outputs on the GPU have to be the reference's bytes.
//!
//! `DEMILITE_MODELS` names a folder of `NAME/NAME.tflite`; by default `../shared/models` beside the repository. A model that is
//! missing is skipped, which the test says; with `DEMILITE_REQUIRE_MODELS=1` it fails.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use demilite_core::{Model, Session, Value};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::Precision;
use demilite_needs::Need;

use crate::single_node::{Random, devices};

const NETWORKS: &[&str] = &[
    "armzoo_ds_cnn_s_int16x8",
    "armzoo_har_cnn_int8",
    "autoencoder_ad_int16x8",
    "autoencoder_ad_int8",
    "autoencoder_ad_int8_floatio",
    "dscnn_kws_int16x8",
    "dscnn_kws_int8",
    "mobilenet_v1_0.25_224_uint8",
    "mobilenet_v1_1.0_224_int16x8",
    "mobilenet_v1_1.0_224_int8",
    "mobilenet_v1_1.0_224_uint8",
    "mobilenet_v2_1.0_224_int16x8",
    "mobilenet_v2_1.0_224_int8",
    "mobilenet_v2_1.0_224_uint8",
    "mobilenetv1_vww96_int16x8",
    "mobilenetv1_vww96_int8",
    "resnet8_cifar10_int16x8",
    "resnet8_cifar10_int8",
    "tflm_hello_world_int8",
    "tflm_micro_speech_int8",
];

#[test]
fn the_bundled_model() {
    let folder = demilite_needs::repository().join("models/shapes");
    run(&folder.join("shapes_int8.tflite"));
}

#[test]
fn networks_of_integers() {
    let folder = demilite_needs::models();
    let paths = NETWORKS
        .iter()
        .map(|name| folder.join(name).join(format!("{name}.tflite")));
    let (there, missing): (Vec<PathBuf>, Vec<PathBuf>) = paths.partition(|path| path.exists());
    if !missing.is_empty() {
        let (missing, all) = (missing.len(), NETWORKS.len());
        let reason = format!("{missing} of {all} models are not in {}", folder.display());
        demilite_needs::skip(Need::Models, reason);
    }
    for path in there {
        run(&path);
    }
}

/// Runs a model twice on the GPU and by the reference, and compares all outputs.
fn run(path: &Path) {
    let model = Arc::new(Model::open(path).unwrap_or_else(|error| panic!("{error}")));
    let Some(device) = devices()
        .iter()
        .find(|device| device.context().options().precision == Precision::F16)
    else {
        return;
    };
    let name = path.file_stem().unwrap_or_default().display();
    let builder = Session::builder(model.clone());
    let mut gpu = builder
        .clone()
        .delegate(device.clone())
        .delegate(Arc::new(ReferenceDelegate::default()))
        .build()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut reference = builder
        .delegate(Arc::new(ReferenceDelegate::default()))
        .build()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let nodes = gpu.graph().nodes().len();
    let on_gpu = gpu
        .graph()
        .node_ids()
        .filter(|&node| gpu.plan().delegates_of(node).any(|delegate| delegate == 0))
        .count();
    assert!(
        on_gpu * 100 >= nodes * 95,
        "{name}: {on_gpu} of {nodes} nodes on the GPU: {:?}",
        gpu.plan()
    );
    let mut random = Random::new(19);
    let mut times = [Duration::ZERO; 2];
    for _ in 0..2 {
        let graph = reference.graph();
        let shapes = reference
            .input_shapes()
            .iter()
            .zip(&graph.inputs().to_vec())
            .map(|(shape, &id)| (shape.clone(), graph.tensor(id).dtype))
            .collect::<Vec<_>>();
        let inputs: Vec<Value> = shapes
            .into_iter()
            .map(|(shape, dtype)| {
                let bytes = random.bytes(dtype, shape.elements());
                Value::from_bytes(dtype, shape, &bytes).unwrap()
            })
            .collect();
        let mut outputs = Vec::new();
        for (session, time) in [&mut gpu, &mut reference].into_iter().zip(&mut times) {
            let started = Instant::now();
            let values = session
                .run(&inputs)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            *time = started.elapsed();
            outputs.push(values);
        }
        for (index, (actual, expected)) in outputs[0].iter().zip(&outputs[1]).enumerate() {
            let pairs = actual.bytes().iter().zip(expected.bytes());
            let differences = pairs
                .filter(|(actual, expected)| actual != expected)
                .count();
            assert_eq!(
                differences,
                0,
                "{name}: output {index} differs in {differences} of {} bytes",
                expected.bytes().len()
            );
        }
    }
    println!(
        "{name}: {on_gpu} of {nodes} nodes on the GPU, {:?}; by the reference {:?}",
        times[0], times[1]
    );
}
