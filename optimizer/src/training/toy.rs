//! A small model to train, and what it is trained on.

use std::sync::Arc;

use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::{Activation, ElementwiseUnary, FullyConnected};
use demilite_core::{Constant, DataType, Delegate, Graph, GraphParts, Model, Op, Tensor, Value};
use demilite_cpu_reference::ReferenceDelegate;

use crate::{Finetuner, Sample};

/// The extents of all layers.
pub(super) const EXTENT: usize = 4;

/// Ops one after the other; a layer of its own weights for each `None`.
pub(super) fn chain(ops: &[Option<UnaryKind>]) -> Model {
    let mut parts = GraphParts::default();
    let tensor = |name: String| Tensor::new(name, DataType::Float32, [1, EXTENT]);
    let first = parts.tensor(tensor("x".to_owned()));
    let mut last = first;
    for (place, op) in ops.iter().enumerate() {
        let next = parts.tensor(tensor(format!("y{place}")));
        match op {
            Some(kind) => parts.node(
                Op::ElementwiseUnary(ElementwiseUnary { kind: *kind }),
                [Some(last)],
                [next],
            ),
            None => {
                let weights =
                    (0..EXTENT * EXTENT).map(|at| ((at * 7 + place * 3) % 11) as f32 / 5.0 - 1.1);
                let bytes: Vec<u8> = weights.flat_map(f32::to_le_bytes).collect();
                let mut constant =
                    Tensor::new(format!("w{place}"), DataType::Float32, [EXTENT, EXTENT]);
                constant.constant = Some(Constant::copied(&bytes));
                let weights = parts.tensor(constant);
                let op = Op::FullyConnected(FullyConnected {
                    activation: Activation::None,
                    weights_format: 0,
                    keep_num_dims: false,
                    asymmetric_quantize_inputs: false,
                    quantized_bias_type: 0,
                });
                parts.node(op, [Some(last), Some(weights)], [next])
            }
        };
        last = next;
    }
    (parts.inputs, parts.outputs) = (vec![first], vec![last]);
    Model::from_graph(Graph::new(parts).expect("a graph"))
}

/// A run on points whose class is their largest coordinate.
pub(super) fn on_points(model: &Model) -> Finetuner {
    let point = |index: usize| {
        let at = |place: usize| ((index * 37 + place * 61) % 101) as f32 / 25.0 - 2.0;
        let mut reals: Vec<f32> = (0..EXTENT).map(at).collect();
        reals[index % EXTENT] += 3.0;
        let value = Value::from_slice([1, EXTENT], &reals).expect("a tensor");
        (Sample::ordered(vec![value]), index % EXTENT)
    };
    let (samples, labels): (Vec<_>, Vec<_>) = (0..80).map(point).unzip();
    Finetuner::new(model.clone())
        .samples(samples)
        .labels(labels)
        .epochs(12)
        .batch(8)
        .learning_rate(0.02)
}

/// Who runs models.
pub(super) fn reference() -> Vec<Arc<dyn Delegate>> {
    vec![Arc::new(ReferenceDelegate::new())]
}

/// The bytes of a constant.
pub(super) fn weights(model: &Model, name: &str) -> Vec<u8> {
    let mut tensors = model.graphs()[0].tensors().iter();
    let tensor = tensors.find(|tensor| tensor.name == name).expect(name);
    tensor.constant_view().expect(name).bytes().to_vec()
}
