//! The course of a file through everything that a user's would go through.

use std::sync::Arc;

use demilite_core::graph::infer_shapes;
use demilite_core::{Delegate, Graph, Model, Op, Session, Shape, TensorId, Value};
use demilite_cpu_reference::ReferenceDelegate;

use super::allocation::peak_bytes;

/// Bytes that all tensors of a damaged model may take.
const TENSOR_LIMIT: usize = 1 << 20;

/// Multiplications that a damaged model may ask for and still be run.
const WORK_LIMIT: u128 = 5_000_000;

/// Bytes that reading may take for each byte of the file, and once.
const BYTES_PER_BYTE: usize = 64;
const BYTES_ONCE: usize = 1 << 20;

/// How far a file came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    Refused,
    Loaded,
    Built,
    Ran,
}

/// Reads, and as far as it goes compiles and runs a file on the reference.
pub(crate) fn put_to_the_test(file: &[u8]) -> Result<Reached, String> {
    let (model, peak) = peak_bytes(|| Model::from_bytes(file, "damaged"));
    let allowed = BYTES_ONCE + BYTES_PER_BYTE * file.len();
    if peak > allowed {
        return Err(format!(
            "reading {} bytes took {peak}, over {allowed}",
            file.len()
        ));
    }
    let Ok(model) = model else {
        return Ok(Reached::Refused);
    };
    let reference: Arc<dyn Delegate> = Arc::new(ReferenceDelegate::default());
    let (reached, _) = built_and_run(&Arc::new(model), &[reference]);
    Ok(reached)
}

/// Compiles a model and runs it on zeros; gives the outputs where it ran.
fn built_and_run(model: &Arc<Model>, delegates: &[Arc<dyn Delegate>]) -> (Reached, Vec<Value>) {
    let graph = &model.graphs()[0];
    let inputs: Vec<Shape> = stated_shapes(graph, graph.inputs());
    let Ok(shapes) = infer_shapes(graph, &inputs) else {
        return (Reached::Loaded, Vec::new());
    };
    let is_small = work(graph, &shapes).is_some_and(|work| work <= WORK_LIMIT);
    let builder = Session::builder(Arc::clone(model)).memory_limit(TENSOR_LIMIT);
    let Ok(mut session) = builder.delegates(delegates.iter().cloned()).build() else {
        return (Reached::Loaded, Vec::new());
    };
    if !is_small {
        return (Reached::Built, Vec::new());
    }
    let values = graph.inputs().iter().zip(&inputs);
    let values: Result<Vec<Value>, _> = values
        .map(|(&id, shape)| Value::zeros(graph.tensor(id).dtype, shape.clone()))
        .collect();
    let Ok(values) = values else {
        return (Reached::Built, Vec::new());
    };
    match session.run(&values) {
        Ok(outputs) => (Reached::Ran, outputs),
        Err(_) => (Reached::Built, Vec::new()),
    }
}

fn stated_shapes(graph: &Graph, tensors: &[TensorId]) -> Vec<Shape> {
    tensors
        .iter()
        .map(|&id| graph.tensor(id).shape.clone())
        .collect()
}

/// About how many multiplications a graph asks for, where all shapes are known and small.
fn work(graph: &Graph, shapes: &[Option<Shape>]) -> Option<u128> {
    let elements = |id: TensorId| Some(shapes[id.0].as_ref()?.checked_elements()? as u128);
    graph.nodes().iter().try_fold(0, |total: u128, node| {
        let written = node
            .outputs
            .iter()
            .map(|&id| elements(id))
            .sum::<Option<u128>>()?;
        let input = |index: usize| node.inputs.get(index).copied().flatten();
        let each = match &node.op {
            Op::Conv2d(_) | Op::FullyConnected(_) => {
                let weights = shapes[input(1)?.0].as_ref()?;
                weights
                    .iter()
                    .skip(1)
                    .map(|&extent| extent as u128)
                    .product()
            }
            Op::DepthwiseConv2d(_) => {
                let weights = shapes[input(1)?.0].as_ref()?;
                weights[1..3].iter().map(|&extent| extent as u128).product()
            }
            _ => {
                let read = node.inputs.iter().flatten();
                read.map(|&id| elements(id))
                    .sum::<Option<u128>>()?
                    .min(1 << 12)
            }
        };
        total.checked_add(written.checked_mul(each)?)
    })
}
