//! A model with an op outside the schema, and the kernel that runs it.
//!
//! `cargo run --example custom_op`

use std::sync::Arc;

use demilite::op::CustomOp;
use demilite::{
    CustomKernel, DataType, Graph, GraphParts, KernelIo, Model, NodeContext, Op, OpError, Prepared,
    ReferenceDelegate, Session, Shape, Tensor, Value,
};

/// Multiplies floats by the float32 that is the op's options.
struct Scale;

impl CustomKernel for Scale {
    fn name(&self) -> &str {
        "Scale"
    }

    fn output_shapes(&self, _: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }

    fn prepare(&self, options: &[u8], _: &NodeContext<'_>) -> Prepared {
        let factor: [u8; 4] = options
            .try_into()
            .map_err(|_| OpError::rule("its options are not a float32"))?;
        let factor = f32::from_le_bytes(factor);
        Ok(Box::new(move |io: &mut KernelIo<'_>| {
            let input = io.input::<f32>(0)?;
            for (output, x) in std::iter::zip(io.output::<f32>()?, input) {
                *output = factor * x;
            }
            Ok(())
        }))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut parts = GraphParts::default();
    let [x, y] = ["x", "y"].map(|name| parts.tensor(Tensor::new(name, DataType::Float32, [3])));
    let op = CustomOp {
        name: "Scale".to_owned(),
        options: 2.5_f32.to_le_bytes().to_vec(),
    };
    parts.node(Op::Custom(op), [Some(x)], [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    let model = Model::from_graph(Graph::new(parts)?);

    let delegate = ReferenceDelegate::new().with_custom_op(Arc::new(Scale));
    let builder = Session::builder(Arc::new(model)).delegate(Arc::new(delegate));
    let outputs = builder
        .build()?
        .run(&[Value::from_slice([3], &[1.0_f32, 2.0, 4.0])?])?;
    println!("{:?}", outputs[0].as_slice::<f32>()?);
    Ok(())
}
