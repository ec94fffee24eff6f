//! The delegate within LiteRT, loaded by its Python interpreter.
//!
//! `DEMILITE_PYTHON` names a Python with another runtime than that of `.venv`: tflite-runtime, TensorFlow, or another LiteRT.

mod models;
mod runtime;
mod wheel;

use std::path::Path;

use demilite::DelegateChoice;
use demilite::gpu::AdapterKind;
use demilite_needs::Need;

use runtime::Runtime;

/// Bytes of the largest model that a software adapter is given; the golden tests of the GPU have the larger ones.
const LARGEST_ON_SOFTWARE: u64 = 1 << 20;

/// Runs a check of `behaviour.py` on the models of a folder.
fn check(name: &str, folder: &Path) {
    let Some(runtime) = Runtime::find() else {
        return;
    };
    let arguments = [folder.as_os_str(), name.as_ref()];
    runtime.run("behaviour.py", &arguments).expect("the check");
}

macro_rules! checks {
    ($($name:ident),+ $(,)?) => {$(
        #[test]
        fn $name() {
            check(stringify!($name), &demilite_needs::repository().join("models/shapes"));
        }
    )+};
}

checks! {
    integers_are_the_references,
    interpreters_share_a_delegate,
    lists_split_a_graph,
    memory_is_flat,
    misspelt_options,
    shapes_change,
    strict_refuses_what_stays,
}

#[test]
fn variables_stay_with_the_interpreter() {
    let folder = demilite_needs::models().join("tflm_mnist_lstm_int8");
    match folder.is_dir() {
        true => check("variables_stay_with_the_interpreter", &folder),
        false => demilite_needs::skip(Need::Models, format!("no {}", folder.display())),
    }
}

#[test]
fn real_models_on_the_fast_delegate() {
    models::run(DelegateChoice::Cpu, u64::MAX);
}

#[test]
fn real_models_on_the_reference() {
    models::run(DelegateChoice::Reference, u64::MAX);
}

#[test]
fn real_models_on_the_gpu() {
    let Some(adapter) = demilite::gpu::adapters().into_iter().next() else {
        return demilite_needs::skip(Need::Gpu, "no adapter");
    };
    let largest = match adapter.kind {
        AdapterKind::Cpu => LARGEST_ON_SOFTWARE,
        _ => u64::MAX,
    };
    models::run(DelegateChoice::Gpu, largest);
}
