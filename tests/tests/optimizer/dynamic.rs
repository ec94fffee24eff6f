//! The rules of the dynamic form.

use std::sync::Arc;

use demilite_core::op::Gather;
use demilite_core::{DataType, Graph, GraphParts, Model, Op, Session, Tensor, Value};
use demilite_optimizer::{Mode, Quantizer, Recipe};

use crate::toy::{EXTENT, constant, ops, reference, tensor, two_layers, weights};

#[test]
fn shared_weights_are_quantized_once_along_their_channels() {
    let quantized = Quantizer::new(two_layers(&weights()))
        .mode(Mode::Dynamic)
        .finish()
        .unwrap();
    let model = &quantized.model;
    assert_eq!(ops(model), ["FULLY_CONNECTED", "FULLY_CONNECTED"]);
    let (id, constant) = tensor(model, "weights");
    assert_eq!(constant.dtype, DataType::Int8);
    let quantization = constant.quantization.as_ref().unwrap();
    assert_eq!(quantization.scale.len(), EXTENT);
    let bytes = constant.constant_view().unwrap();
    assert!(
        bytes
            .as_slice::<i8>()
            .unwrap()
            .iter()
            .all(|&integer| integer != i8::MIN)
    );
    for node in model.graphs()[0].nodes() {
        assert_eq!(node.inputs[1], Some(id));
        assert!(matches!(&node.op, Op::FullyConnected(op) if op.asymmetric_quantize_inputs));
    }
}

#[test]
fn a_node_that_stays_float_has_weights_of_its_own() {
    let quantizer = Quantizer::new(two_layers(&weights())).mode(Mode::Dynamic);
    let quantized = quantizer
        .keep_float("#0".parse().unwrap())
        .finish()
        .unwrap();
    let graph = &quantized.model.graphs()[0];
    let types: Vec<_> = graph
        .nodes()
        .iter()
        .map(|node| graph.tensor(node.inputs[1].unwrap()).dtype)
        .collect();
    assert_eq!(types, [DataType::Float32, DataType::Int8]);
    let [kept] = &quantized.report.kept[..] else {
        panic!("{:?}", quantized.report.kept);
    };
    assert_eq!(kept.node.to_string(), "#0 FULLY_CONNECTED \"first\"");
    assert_eq!(kept.reason, "asked for by \"#0\"");
}

#[test]
fn small_weights_stay_float() {
    let mut recipe = Recipe::new(Mode::Dynamic);
    recipe.min_elements = EXTENT * EXTENT + 1;
    let error = Quantizer::new(two_layers(&weights()))
        .recipe(recipe.clone())
        .finish()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing in the model becomes dynamic: no op with constant weights of 1601 elements or more has a kernel for int8 weights \
         beside float activations"
    );
    recipe.min_elements -= 1;
    assert!(
        Quantizer::new(two_layers(&weights()))
            .recipe(recipe)
            .finish()
            .is_ok()
    );
}

#[test]
fn rows_are_taken_from_integers_and_become_floats() {
    let mut parts = GraphParts::default();
    let indices = parts.tensor(Tensor::new("indices", DataType::Int32, [3]));
    let table = parts.tensor(constant("table", &[EXTENT, EXTENT], &weights()));
    let rows = parts.tensor(Tensor::new("rows", DataType::Float32, [3, EXTENT]));
    let gather = Op::Gather(Gather {
        axis: 0,
        batch_dims: 0,
    });
    parts.node(gather, [Some(table), Some(indices)], [rows]);
    (parts.inputs, parts.outputs) = (vec![indices], vec![rows]);
    let float = Model::from_graph(Graph::new(parts).unwrap());
    let quantizer = Quantizer::new(float.clone()).mode(Mode::Dynamic);
    let quantized = quantizer.clone().finish().unwrap().model;
    assert_eq!(ops(&quantized), ["GATHER", "DEQUANTIZE"]);
    assert_eq!(tensor(&quantized, "table").1.dtype, DataType::Int8);
    let rows = |model: &Model| {
        let session = Session::builder(Arc::new(model.clone())).delegates(reference());
        let indices = Value::from_slice([3], &[7, 0, 39]).unwrap();
        let outputs = session.build().unwrap().run(&[indices]).unwrap();
        outputs[0].as_slice::<f32>().unwrap().to_vec()
    };
    for (float, integer) in std::iter::zip(rows(&float), rows(&quantized)) {
        assert!(
            (float - integer).abs() <= 0.51 * 0.5 / 127.0,
            "{float} {integer}"
        );
    }
    assert!(
        quantizer
            .keep_float("GATHER".parse().unwrap())
            .finish()
            .is_err()
    );
}
