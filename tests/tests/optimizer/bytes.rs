//! Integers are the same bytes wherever they run.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use demilite::npz::read_numbered;
use demilite_core::{Delegate, Model, Session, Value};
use demilite_cpu::{CpuDelegate, CpuOptions};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::{GpuDelegate, GpuOptions};
use demilite_needs::Need;

/// A delegate with its name; none is the reference by itself.
type Named = (&'static str, Option<Arc<dyn Delegate>>);

/// Those who run a model, each with the reference behind it.
static DELEGATES: LazyLock<Vec<Named>> = LazyLock::new(|| {
    let cpu = CpuDelegate::new(&CpuOptions::default()).expect("threads");
    let mut delegates: Vec<Named> = vec![("reference", None), ("cpu", Some(Arc::new(cpu)))];
    match GpuDelegate::open(GpuOptions::default()) {
        Ok(gpu) => delegates.push(("gpu", Some(Arc::new(gpu)))),
        Err(error) => demilite_needs::skip(Need::Gpu, error.to_string()),
    }
    delegates
});

/// Runs a model on what LiteRT's reference kernels were given, which lies beside it, and names those whose bytes are others.
pub(crate) fn others(file: &Path) -> Vec<String> {
    let model = Arc::new(Model::open(file).expect("a model"));
    let graph = &model.graphs()[0];
    let (inputs, outputs) = (graph.inputs().len(), graph.outputs().len());
    let archive = file.with_extension("npz");
    let read = |prefix, count| read_numbered(&archive, prefix, count).expect("LiteRT's tensors");
    let (inputs, expected) = (read("in", inputs), read("out", outputs));
    let mut others = Vec::new();
    for (name, delegate) in DELEGATES.iter() {
        match run(&model, delegate.as_ref(), &inputs) {
            Ok(actual) => {
                let pairs = std::iter::zip(&expected, &actual);
                let differ = |(one, other): (&Value, &Value)| one.bytes() != other.bytes();
                let differing = pairs.filter(|pair| differ(*pair)).count();
                if differing > 0 {
                    others.push(format!("{name}: {differing} outputs have other bytes"));
                }
            }
            Err(error) => others.push(format!("{name}: {error}")),
        }
    }
    others
}

fn run(
    model: &Arc<Model>,
    delegate: Option<&Arc<dyn Delegate>>,
    inputs: &[Value],
) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let reference: Arc<dyn Delegate> = Arc::new(ReferenceDelegate::default());
    let delegates = delegate.cloned().into_iter().chain([reference]);
    let mut session = Session::builder(Arc::clone(model)).delegates(delegates);
    for (place, input) in inputs.iter().enumerate() {
        session = session.input_shape(place, input.shape().clone());
    }
    Ok(session.build()?.run(inputs)?)
}
