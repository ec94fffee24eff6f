//! What a session says that it takes and gives, and how it takes and gives it.

use std::sync::Arc;

use demilite_core::{
    DataType, Graph, GraphParts, Model, Quantization, RunError, Session, Shape, State, Tensor,
    Value, ValueError, View,
};

mod toy;

use toy::{Toy, add, graph, mul, scalar};

fn session(graph: Graph) -> Session {
    let all = Toy::new("all", &["ADD", "MUL", "RELU"]);
    let model = Arc::new(Model::from_graph(graph));
    let builder = Session::builder(model).delegate(Arc::new(all));
    builder.build().unwrap()
}

fn sum_and_product() -> Session {
    session(graph(
        4,
        2,
        &[(add(), &[0, 1], 2), (mul(), &[0, 1], 3)],
        &[2, 3],
    ))
}

#[test]
fn inputs_and_outputs_are_described() {
    let session = sum_and_product();
    let names: Vec<String> = session.inputs().into_iter().map(|info| info.name).collect();
    assert_eq!(names, ["t0", "t1"]);
    let output = session.output_info(1).unwrap();
    assert_eq!(
        (output.name.as_str(), output.dtype),
        ("t3", DataType::Float32)
    );
    assert_eq!(output.shape, Some(Shape::from([1])));
    assert!(session.output_info(2).is_none());
    assert_eq!(session.input_zeros(1).unwrap().bytes(), [0; 4]);
    assert!(matches!(
        session.input_zeros(2),
        Err(RunError::NoSuch {
            index: 2,
            count: 2,
            ..
        })
    ));
}

#[test]
fn borrowed_inputs_and_outputs_that_are_used_again() {
    let mut session = sum_and_product();
    let (shape, mut outputs) = (Shape::from([1]), Vec::new());
    for x in [2.0_f32, 5.0] {
        let (x, y) = ([x], [3.0]);
        let inputs = [&x, &y].map(|element| View::from_slice(&shape, element).unwrap());
        session.run_into(&inputs, &mut outputs).unwrap();
        let found: Vec<f32> = outputs
            .iter()
            .map(|value| value.as_slice().unwrap()[0])
            .collect();
        assert_eq!(found, [x[0] + 3.0, x[0] * 3.0]);
    }
    let kept = outputs[0].bytes().as_ptr();
    let inputs = [scalar(1.0), scalar(1.0)];
    session
        .run_into(&inputs.each_ref().map(Value::view), &mut outputs)
        .unwrap();
    assert_eq!(outputs[0].bytes().as_ptr(), kept);
    assert!(View::from_slice(&shape, &[1.0_f32, 2.0]).is_err());
}

#[test]
fn outputs_become_reals() {
    let mut parts = GraphParts::default();
    let slices = Quantization::per_axis([0.5, 2.0], 1);
    let x = Tensor::new("x", DataType::Int8, [2, 2]).quantized(slices);
    let x = parts.tensor(x);
    (parts.inputs, parts.outputs) = (vec![x], vec![x]);
    let mut session = session(Graph::new(parts).unwrap());
    let outputs = session
        .run(&[Value::from_slice([2, 2], &[2_i8, 2, -4, 4]).unwrap()])
        .unwrap();
    assert_eq!(
        session.reals(0, &outputs[0]).unwrap(),
        [1.0, 4.0, -2.0, 8.0]
    );
    let words = Value::zeros(DataType::String, [1]).unwrap();
    assert!(matches!(
        session.reals(0, &words),
        Err(RunError::Value(ValueError::NoReals { .. }))
    ));
}

#[test]
fn states_go_from_session_to_session_of_one_model() {
    let mut one = sum_and_product();
    let mut state = one.take_state();
    state.assign_resource("count", scalar(3.0).view()).unwrap();
    let mut other = sum_and_product();
    other.set_state(state).unwrap();
    let mut state = other.take_state();
    assert!(state.resource("count").unwrap().is_some());
    assert!(other.take_state().resource("count").unwrap().is_none());

    let mut foreign = State::default();
    foreign.put_variable(0, demilite_core::TensorId(0), scalar(1.0));
    assert!(matches!(
        one.set_state(foreign),
        Err(RunError::ForeignState { graph: 0, .. })
    ));
}

#[test]
fn a_fixed_shape_is_named_where_another_does_not_work_out() {
    let mut session = sum_and_product();
    let error = session.resize_inputs(&[(0, Shape::from([2])), (1, Shape::from([3]))]);
    let message = error.unwrap_err().to_string();
    assert_eq!(
        message,
        "input 0 (\"t0\") has the fixed shape [1] in the file, and the graph does not work out with [2]: \
         node #0 (ADD): shapes [2] and [3] do not broadcast together"
    );
}
