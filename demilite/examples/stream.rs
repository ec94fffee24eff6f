//! One session for several streams: a model that sums what it is fed, with a state for each stream.
//!
//! `cargo run --example stream`

use std::sync::Arc;

use demilite::op::control_flow::ControlFlow;
use demilite::op::{Activation, Add, AssignVariable, ReadVariable, VarHandle};
use demilite::{
    Constant, DataType, DelegateChoice, Graph, GraphError, GraphParts, Model, Op, Shape, State,
    Tensor, TensorId, Value,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::from_graphs(vec![running_sum()?, start()?], Vec::new());
    let mut session = demilite::prepare(Arc::new(model), DelegateChoice::Cpu)?;
    let mut states = [State::default(), State::default()];
    for step in 1..=3 {
        for (stream, state) in states.iter_mut().enumerate() {
            session.set_state(std::mem::take(state))?;
            let fed = step as f32 * [1.0, 100.0][stream];
            let outputs = session.run(&[Value::from_slice([1], &[fed])?])?;
            println!("stream {stream}: {}", outputs[0].as_slice::<f32>()?[0]);
            *state = session.take_state();
        }
    }
    Ok(())
}

/// A handle of the variable.
fn handle(parts: &mut GraphParts) -> TensorId {
    let handle = parts.tensor(Tensor::new("handle", DataType::Resource, Shape::SCALAR));
    let op = VarHandle {
        container: String::new(),
        shared_name: "sum".to_owned(),
    };
    parts.node(Op::VarHandle(op), [], [handle]);
    handle
}

fn assign(parts: &mut GraphParts, value: TensorId) {
    let inputs = [Some(handle(parts)), Some(value)];
    parts.node(Op::AssignVariable(AssignVariable), inputs, []);
}

/// Adds the input to the variable and gives it.
fn running_sum() -> Result<Graph, GraphError> {
    let mut parts = GraphParts::default();
    let [x, before, sum] =
        ["x", "before", "sum"].map(|name| parts.tensor(Tensor::new(name, DataType::Float32, [1])));
    let once = ControlFlow::CallOnce { graph: 1 };
    parts.node(Op::ControlFlow(once), [], []);
    let variable = handle(&mut parts);
    parts.node(Op::ReadVariable(ReadVariable), [Some(variable)], [before]);
    let add = Add {
        activation: Activation::None,
        pot_scale_int16: false,
    };
    parts.node(Op::Add(add), [Some(before), Some(x)], [sum]);
    assign(&mut parts, sum);
    (parts.inputs, parts.outputs) = (vec![x], vec![sum]);
    Graph::new(parts)
}

/// Sets the variable to 0, once for each state.
fn start() -> Result<Graph, GraphError> {
    let mut parts = GraphParts::default();
    let zero = Tensor::new("zero", DataType::Float32, [1]).with_constant(Constant::copied(&[0; 4]));
    let zero = parts.tensor(zero);
    assign(&mut parts, zero);
    Graph::new(parts)
}
