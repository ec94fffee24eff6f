//! Ops that a user registers, in models that are built here.

use std::sync::Arc;

use demilite_core::op::{CustomOp, Relu, relu::ReluKind};
use demilite_core::{
    CompileError, DataType, Graph, GraphParts, Model, NodeContext, Op, OpError, RunError, Session,
    Shape, Tensor, TensorId, Value,
};
use demilite_cpu_reference::{CustomKernel, KernelIo, Prepared, ReferenceDelegate, Unprepared};

/// Multiplies floats by the float32 that is the op's options.
struct Scale;

impl CustomKernel for Scale {
    fn name(&self) -> &str {
        "Scale"
    }

    fn output_shapes(&self, _: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }

    fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared {
        node.expect_counts(1..=1, 1..=1)?;
        if [node.required(0)?.dtype, node.output(0).dtype] != [DataType::Float32; 2] {
            return Err(Unprepared::types(node));
        }
        let factor: [u8; 4] = options
            .try_into()
            .map_err(|_| OpError::rule("its options are not a float32"))?;
        let factor = f32::from_le_bytes(factor);
        Ok(Box::new(move |io: &mut KernelIo<'_>| {
            let input = io.input::<f32>(0)?;
            for (output, input) in std::iter::zip(io.output::<f32>()?, input) {
                *output = factor * input;
            }
            Ok(())
        }))
    }
}

/// The elements that are positive, of which there are as many as the data has.
struct Positive;

fn positive(elements: &[f32]) -> impl Iterator<Item = f32> {
    elements.iter().copied().filter(|&element| element > 0.0)
}

impl CustomKernel for Positive {
    fn name(&self) -> &str {
        "Positive"
    }

    fn output_shapes(&self, _: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.value(0).ok_or(OpError::Unknown { index: 0 })?;
        Ok(vec![Shape::from([positive(input.as_slice()?).count()])])
    }

    fn prepare(&self, _: &[u8], _: &NodeContext<'_>) -> Prepared {
        Ok(Box::new(|io: &mut KernelIo<'_>| {
            let input = io.input::<f32>(0)?;
            for (output, element) in std::iter::zip(io.output::<f32>()?, positive(input)) {
                *output = element;
            }
            Ok(())
        }))
    }
}

/// A graph of `name`, then RELU, over floats of shape `[4]`. The file states no shape of what lies
/// behind the input, as files with custom ops do.
fn model(name: &str, options: &[u8]) -> Arc<Model> {
    let mut parts = GraphParts::default();
    let float = |parts: &mut GraphParts, shape| -> TensorId {
        parts.tensor(Tensor::new("floats", DataType::Float32, shape))
    };
    let input = float(&mut parts, Shape::from([4]));
    let [middle, output] = [(); 2].map(|()| float(&mut parts, Shape::SCALAR));
    let op = CustomOp {
        name: name.to_owned(),
        options: options.to_vec(),
    };
    parts.node(Op::Custom(op), [Some(input)], [middle]);
    let kind = ReluKind::Relu;
    parts.node(Op::Relu(Relu { kind }), [Some(middle)], [output]);
    (parts.inputs, parts.outputs) = (vec![input], vec![output]);
    Arc::new(Model::from_graph(Graph::new(parts).unwrap()))
}

fn session(name: &str, options: &[u8]) -> Result<Session, CompileError> {
    let delegate = ReferenceDelegate::new()
        .with_custom_op(Arc::new(Scale))
        .with_custom_op(Arc::new(Positive));
    Session::builder(model(name, options))
        .delegate(Arc::new(delegate))
        .build()
}

fn run(session: &mut Session, elements: [f32; 4]) -> Result<Value, RunError> {
    let input = Value::from_slice([4], &elements).unwrap();
    Ok(session.run(&[input])?.remove(0))
}

#[test]
fn a_registered_op_runs_with_its_options() {
    let mut session = session("Scale", &2.5_f32.to_le_bytes()).unwrap();
    // The kernel gave the shape of its output, and what lies behind it follows.
    let output = session.graph().outputs()[0];
    assert_eq!(session.shapes()[output.0], Some(Shape::from([4])));
    let output = run(&mut session, [1.0, -2.0, 0.5, 4.0]).unwrap();
    assert_eq!(output.as_slice::<f32>().unwrap(), [2.5, 0.0, 1.25, 10.0]);
}

#[test]
fn an_output_may_have_as_many_elements_as_the_data_says() {
    let mut session = session("Positive", &[]).unwrap();
    for (elements, expected) in [
        ([1.0, -2.0, 0.5, 4.0], &[1.0, 0.5, 4.0][..]),
        ([-1.0; 4], &[]),
        ([3.0; 4], &[3.0; 4]),
    ] {
        let output = run(&mut session, elements).unwrap();
        assert_eq!(output.as_slice::<f32>().unwrap(), expected);
    }
}

#[test]
fn an_op_that_nobody_registered_is_refused_by_its_name() {
    let Err(error) = session("Nobody", &[]) else {
        panic!("no kernel knows the op");
    };
    assert_eq!(
        error.to_string(),
        "no delegate runs node #0 (Nobody): reference: unsupported: no kernel of the custom op \
         \"Nobody\" is registered: hand ReferenceDelegate::with_custom_op a CustomKernel of that name"
    );
    let Err(error) = session("FlexMultinomial", &[]) else {
        panic!("no kernel knows the op");
    };
    assert!(error.to_string().contains("the TensorFlow op Multinomial"));
}

#[test]
fn what_a_kernel_says_against_a_node_comes_with_the_op() {
    let Err(error) = session("Scale", &[1, 2, 3]) else {
        panic!("the options are not float");
    };
    assert_eq!(
        error.to_string(),
        "no delegate runs node #0 (Scale): reference: invalid: its options are not a float32"
    );
}

#[test]
fn a_model_with_a_custom_op_is_written_and_read_again() {
    let bytes = model("Scale", &3.0_f32.to_le_bytes()).to_bytes().unwrap();
    let model = Arc::new(Model::from_bytes(&bytes, "copy").unwrap());
    let delegate = ReferenceDelegate::new().with_custom_op(Arc::new(Scale));
    let builder = Session::builder(model).delegate(Arc::new(delegate));
    let output = run(&mut builder.build().unwrap(), [1.0; 4]).unwrap();
    assert_eq!(output.as_slice::<f32>().unwrap(), [3.0; 4]);
}
