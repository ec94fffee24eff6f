//! Resource variables that stay on the device: the values that the reference gives, in every split of the graph.
//! Without an adapter the tests say so and pass, unless `DEMILITE_REQUIRE_GPU=1`.

mod network;

use demilite_core::{DataType, PartitionOptions, Session, Value};
use network::{Accumulator, delegates, numbers, swapped};

/// Steps of a stream.
const STEPS: usize = 5;

/// The outputs of some steps, or what ends them.
fn stream(session: &mut Session, dtype: DataType) -> Result<Vec<Vec<u8>>, String> {
    let steps = (0..STEPS).map(|step| {
        let outputs = session.run(&[numbers(dtype, step)]);
        let outputs = outputs.map_err(|error| error.to_string())?;
        Ok(outputs
            .iter()
            .flat_map(|value| value.bytes().to_vec())
            .collect())
    });
    steps.collect()
}

fn denied(op: Option<&str>) -> PartitionOptions {
    PartitionOptions::default().deny(op)
}

#[test]
fn sums_over_time_are_those_of_the_reference_wherever_the_graph_is_split() {
    let Some([gpu, reference]) = delegates() else {
        return;
    };
    for dtype in [DataType::Float32, DataType::Int32] {
        let model = Accumulator {
            dtype,
            is_initialized: true,
        }
        .model();
        let alone = Session::builder(model.clone()).delegate(reference.clone());
        let expected = stream(&mut alone.build().unwrap(), dtype).unwrap();
        for deny in [
            None,
            Some("ASSIGN_VARIABLE"),
            Some("READ_VARIABLE"),
            Some("VAR_HANDLE"),
            Some("ADD"),
        ] {
            let builder = Session::builder(model.clone())
                .delegates([gpu.clone(), reference.clone()])
                .partition_options(denied(deny));
            let mut session = builder.build().unwrap();
            if deny.is_none() {
                let on_reference = session.plan().compute_nodes(1);
                assert_eq!(on_reference, 0, "{:?}", session.plan());
            }
            for _ in 0..2 {
                assert_eq!(
                    stream(&mut session, dtype).unwrap(),
                    expected,
                    "{dtype} without {deny:?}"
                );
                session.reset_state();
            }
        }
    }
}

#[test]
fn a_variable_that_nobody_assigned_is_an_error() {
    let Some([gpu, reference]) = delegates() else {
        return;
    };
    let model = Accumulator {
        dtype: DataType::Float32,
        is_initialized: false,
    }
    .model();
    for delegates in [vec![gpu, reference.clone()], vec![reference]] {
        let builder = Session::builder(model.clone()).delegates(delegates);
        let error = stream(&mut builder.build().unwrap(), DataType::Float32).unwrap_err();
        assert!(error.contains("is read before it is assigned"), "{error}");
    }
}

#[test]
fn variables_change_places() {
    let Some([gpu, reference]) = delegates() else {
        return;
    };
    let model = swapped();
    let run = |delegates: Vec<_>| {
        let mut session = Session::builder(model.clone())
            .delegates(delegates)
            .build()
            .unwrap();
        let steps = (0..STEPS).map(|_| session.run(&[]).unwrap());
        let steps: Vec<Vec<Vec<f32>>> = steps
            .map(|outputs| {
                let floats = |value: &Value| value.as_slice::<f32>().unwrap().to_vec();
                outputs.iter().map(floats).collect()
            })
            .collect();
        steps
    };
    let expected = run(vec![reference.clone()]);
    assert_ne!(expected[0], expected[1]);
    assert_eq!(run(vec![gpu, reference]), expected);
}

#[test]
fn a_state_survives_other_shapes_of_inputs() {
    let Some([gpu, reference]) = delegates() else {
        return;
    };
    let model = Accumulator {
        dtype: DataType::Float32,
        is_initialized: true,
    }
    .model();
    let run = |delegates: Vec<_>| {
        let mut session = Session::builder(model.clone())
            .delegates(delegates)
            .build()
            .unwrap();
        let first = stream(&mut session, DataType::Float32).unwrap();
        session.resize_inputs(&[(0, [1].into())]).unwrap();
        let one = Value::from_slice([1], &[0.25_f32]).unwrap();
        let outputs = session.run(&[one]).unwrap();
        (first, outputs[0].bytes().to_vec())
    };
    assert_eq!(run(vec![gpu, reference.clone()]), run(vec![reference]));
}
