//! Inputs that have no elements.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use demilite_conformance::{Case, cases};
use demilite_core::{Delegate, Model, Session, Shape, Value};
use demilite_cpu::{CpuDelegate, CpuOptions};
use demilite_cpu_reference::ReferenceDelegate;

/// What a case gives where the first extent of its inputs is 0; none where the op does not take them.
fn outputs(case: &Case, delegate: &Arc<dyn Delegate>) -> Option<Vec<Value>> {
    let graph = case.graph();
    let tensors = graph.inputs().iter().map(|&id| graph.tensor(id));
    let shapes = tensors.clone().map(|tensor| {
        let mut extents = tensor.shape.to_vec();
        if let Some(first) = extents.first_mut() {
            *first = 0;
        }
        Shape::from(extents)
    });
    let shapes: Vec<Shape> = shapes.collect();
    let model = Model::from_graphs(vec![graph.clone()], Vec::new());
    let builder = Session::builder(Arc::new(model)).delegate(Arc::clone(delegate));
    let resized = shapes.iter().cloned().enumerate();
    let builder = resized.fold(builder, |builder, (index, shape)| {
        builder.input_shape(index, shape)
    });
    let mut session = builder.build().ok()?;
    let inputs = std::iter::zip(tensors, shapes);
    let inputs = inputs.map(|(tensor, shape)| Value::zeros(tensor.dtype, shape).ok());
    session.run(&inputs.collect::<Option<Vec<Value>>>()?).ok()
}

#[test]
fn ops_without_elements_are_no_fault() {
    let reference: Arc<dyn Delegate> = Arc::new(ReferenceDelegate::default());
    let fast: Arc<dyn Delegate> = Arc::new(CpuDelegate::new(&CpuOptions::default()).unwrap());
    let (mut faults, mut ran) = (Vec::new(), 0);
    for case in cases::all() {
        let found = catch_unwind(AssertUnwindSafe(|| {
            [&reference, &fast].map(|delegate| outputs(&case, delegate))
        }));
        match found {
            Ok([Some(expected), Some(given)]) => {
                ran += 1;
                let same = |(left, right): (&Value, &Value)| {
                    left.shape() == right.shape() && left.bytes() == right.bytes()
                };
                if !std::iter::zip(&expected, &given).all(same) {
                    faults.push(format!("{}: the delegates differ", case.name()));
                }
            }
            Ok(_) => {}
            Err(_) => faults.push(format!("{}: a panic", case.name())),
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(ran > 100, "{ran} cases run");
}
