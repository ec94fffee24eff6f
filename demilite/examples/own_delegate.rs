//! A delegate of one's own before the reference: it takes RELU, and the rest goes on to the next one.
//!
//! `cargo run --example own_delegate`

use std::sync::Arc;

use demilite::op::{Activation, Add, Relu, relu::ReluKind};
use demilite::{
    CompileError, Compiled, DataType, Delegate, Executable, Graph, GraphParts, Io, Model,
    NodeContext, Op, Partition, ReferenceDelegate, Reject, RunError, Session, Tensor, Value,
};

/// Runs RELU of float32, one node at a time.
#[derive(Debug, Clone)]
struct Rectifier;

impl Delegate for Rectifier {
    fn name(&self) -> &str {
        "rectifier"
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        match node.op() {
            Op::Relu(relu) if relu.kind == ReluKind::Relu => Ok(()),
            op => Err(Reject::unsupported(format!("no {}", op.name()))),
        }
    }

    fn compile(&self, _: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        Ok(Arc::new(Rectifier))
    }
}

impl Executable for Rectifier {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        let input = io.inputs[0].as_slice::<f32>()?;
        for (output, &x) in std::iter::zip(io.outputs[0].as_mut_slice::<f32>()?, input) {
            *output = x.max(0.0);
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut parts = GraphParts::default();
    let [x, sum, y] =
        ["x", "sum", "y"].map(|name| parts.tensor(Tensor::new(name, DataType::Float32, [3])));
    let add = Add {
        activation: Activation::None,
        pot_scale_int16: false,
    };
    parts.node(Op::Add(add), [Some(x), Some(x)], [sum]);
    let kind = ReluKind::Relu;
    parts.node(Op::Relu(Relu { kind }), [Some(sum)], [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    let model = Model::from_graph(Graph::new(parts)?);

    let mut session = Session::builder(Arc::new(model))
        .delegate(Arc::new(Rectifier))
        .delegate(Arc::new(ReferenceDelegate::new()))
        .build()?;
    for partition in &session.plan().partitions {
        let delegate = &session.plan().delegates[partition.delegate];
        println!("{delegate}: {:?}", partition.nodes);
    }
    let outputs = session.run(&[Value::from_slice([3], &[-1.0_f32, 0.5, 2.0])?])?;
    println!("{:?}", outputs[0].as_slice::<f32>()?);
    Ok(())
}
