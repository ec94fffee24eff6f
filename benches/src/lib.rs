//! What the benchmarks share: where models lie, the backends at hand, and sessions with inputs.
//!
//! A GPU session reads its outputs back before [`Session::run`] returns, so that a clock around
//! it stops after the device is done.

mod layer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use demilite_core::{DataType, Delegate, Model, Session, Value};
use demilite_gpu::{GpuDelegate, GpuOptions};

pub use layer::{Kind, Layer};

/// Networks of `DEMILITE_MODELS` that are benchmarked where they are there.
const NETWORKS: &[&str] = &[
    "mobilenet_v1_1.0_224_f16",
    "mobilenet_v1_1.0_224_int8",
    "mobilenet_v2_1.0_224_f16",
    "resnet8_cifar10_f16",
    "resnet8_cifar10_int8",
];

/// The bundled models, and those networks of `DEMILITE_MODELS` (default `../shared/models` beside
/// the repository) that are there.
pub fn model_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let bundled = ["f32", "f16", "int8"]
        .map(|precision| root.join(format!("models/shapes/shapes_{precision}.tflite")));
    let folder = std::env::var_os("DEMILITE_MODELS")
        .map_or_else(|| root.join("../shared/models"), PathBuf::from);
    let networks = NETWORKS
        .iter()
        .map(|name| folder.join(name).join(format!("{name}.tflite")))
        .filter(|path| path.exists());
    bundled.into_iter().chain(networks).collect()
}

/// The backends at hand, each with its name: the reference, and the GPU where there is an adapter.
pub fn backends() -> Vec<(&'static str, Vec<Arc<dyn Delegate>>)> {
    let reference: Arc<dyn Delegate> = Arc::new(demilite_custom_ops::reference());
    let mut backends = vec![("reference", vec![Arc::clone(&reference)])];
    match GpuDelegate::open(GpuOptions::default()) {
        Ok(gpu) => backends.push(("gpu", vec![Arc::new(gpu), reference])),
        Err(error) => eprintln!("without the GPU: {error}"),
    }
    backends
}

/// The model of a file.
///
/// # Panics
/// Where it does not load: a benchmark has nothing to go on with.
pub fn open(path: &Path) -> Model {
    Model::open(path).unwrap_or_else(|error| panic!("{error}"))
}

/// A session of the model with an input of a fixed pattern for each input of its graph.
///
/// # Panics
/// Where the model does not compile.
pub fn session(model: &Arc<Model>, delegates: &[Arc<dyn Delegate>]) -> (Session, Vec<Value>) {
    let session = Session::builder(Arc::clone(model))
        .delegates(delegates.iter().cloned())
        .build()
        .unwrap_or_else(|error| panic!("{}: {error}", model.name()));
    let graph = session.graph();
    let inputs = std::iter::zip(graph.inputs(), session.input_shapes());
    let inputs = inputs
        .map(|(&id, shape)| {
            let dtype = graph.tensor(id).dtype;
            let mut value = Value::zeros(dtype, shape.clone()).expect("the session took the shape");
            fill(&mut value);
            value
        })
        .collect();
    (session, inputs)
}

/// Fills a tensor with values that differ from element to element: floats in `[−1, 1]`, any bytes
/// for other types.
fn fill(value: &mut Value) {
    let pattern = |index: usize| (index.wrapping_mul(2_654_435_761) >> 16) as u8;
    if value.dtype() == DataType::Float32 {
        let elements = value.as_mut_slice::<f32>().expect("the type was asked");
        for (index, element) in elements.iter_mut().enumerate() {
            *element = f32::from(pattern(index)) / 127.5 - 1.0;
        }
        return;
    }
    for (index, byte) in value.bytes_mut().iter_mut().enumerate() {
        *byte = pattern(index);
    }
}
