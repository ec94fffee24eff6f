//! Convolutions that the fast CPU delegate computes together: the same bits, less memory, and every tensor for whoever observes.

mod place;

use std::collections::BTreeMap;
use std::sync::Arc;

use demilite_core::{Delegate, Model, Observed, Session, Shape, TensorId, Value};
use demilite_cpu::{CpuDelegate, CpuOptions, Fusion};
use demilite_cpu_reference::ReferenceDelegate;

const MODELS: [&str; 3] = [
    "shapes_f32.tflite",
    "shapes_f16.tflite",
    "shapes_int8.tflite",
];

fn model(name: &str) -> Arc<Model> {
    let path = place::repository().join("models/shapes").join(name);
    Arc::new(Model::open(path).expect("a bundled model"))
}

fn session(model: &Arc<Model>, fusion: Fusion) -> Session {
    let cpu = CpuDelegate::new(&CpuOptions::default().with_fusion(fusion)).expect("threads");
    let delegates: [Arc<dyn Delegate>; 2] = [Arc::new(cpu), Arc::new(ReferenceDelegate::default())];
    let session = Session::builder(Arc::clone(model)).delegates(delegates);
    session.build().expect("a session")
}

/// Numbers from -1 to 1 that look random, or bytes.
fn inputs(session: &Session) -> Vec<Value> {
    let graph = session.graph();
    let inputs = std::iter::zip(graph.inputs(), session.input_shapes());
    let value = |(id, shape): (&TensorId, &Shape)| {
        let mut state = 1_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state >> 40
        };
        let tensor = graph.tensor(*id);
        let mut value = Value::zeros(tensor.dtype, shape.clone()).expect("memory");
        if let Ok(floats) = value.as_mut_slice::<f32>() {
            floats.fill_with(|| next() as f32 / (1 << 23) as f32 - 1.0);
        } else {
            value.bytes_mut().fill_with(|| next() as u8);
        }
        value
    };
    inputs.map(value).collect()
}

fn arena_bytes(session: &Session) -> u64 {
    let counters = session.counters().into_iter();
    counters.map(|counters| counters.arena_bytes).sum()
}

#[test]
fn what_is_computed_together_has_the_same_bits() {
    for name in MODELS {
        let model = model(name);
        let mut apart = session(&model, Fusion::Off);
        let mut together = session(&model, Fusion::Always);
        assert!(apart.fusions().is_empty());
        assert!(!together.fusions().is_empty(), "{}", name);
        let inputs = inputs(&apart);
        let expected = apart.run(&inputs).expect("outputs");
        for _ in 0..2 {
            let outputs = together.run(&inputs).expect("outputs");
            for (output, expected) in std::iter::zip(&outputs, &expected) {
                assert_eq!(output.bytes(), expected.bytes(), "{}", name);
            }
        }
        assert!(arena_bytes(&together) < arena_bytes(&apart));
    }
}

#[test]
fn whoever_observes_sees_every_tensor() {
    for name in MODELS {
        let model = model(name);
        let [mut apart, mut together] =
            [Fusion::Off, Fusion::Always].map(|fusion| session(&model, fusion));
        let inputs = inputs(&apart);
        let [expected, seen] = [&mut apart, &mut together].map(|session| {
            let mut seen = BTreeMap::new();
            let mut observe = |observed: Observed<'_>| {
                seen.insert(observed.tensor, observed.value.bytes().to_vec());
            };
            session
                .run_observed(&inputs, &mut observe)
                .expect("outputs");
            seen
        });
        assert_eq!(expected, seen, "{}", name);
    }
}
