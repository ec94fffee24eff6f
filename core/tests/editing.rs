//! Models that are changed and saved.

use demilite_core::op::Softmax;
use demilite_core::{
    Constant, DataType, Graph, GraphError, GraphParts, Model, Op, Quantization, SaveError,
    Signature, Tensor, schema,
};

/// A graph that gives its second input, behind a constant that nothing reads.
fn model() -> Model {
    let mut parts = GraphParts::default();
    let unread = Tensor::new("unread", DataType::Float32, [1]);
    parts.tensor(unread.with_constant(Constant::copied(&[0; 4])));
    let [x, y] = ["x", "y"].map(|name| parts.tensor(Tensor::new(name, DataType::Float32, [3])));
    (parts.inputs, parts.outputs) = (vec![x, y], vec![y]);
    let signature = Signature {
        key: "serving_default".to_owned(),
        graph_index: 0,
        inputs: vec![("left".to_owned(), x), ("right".to_owned(), y)],
        outputs: vec![("same".to_owned(), y)],
    };
    let graph = Graph::new(parts).unwrap();
    Model::from_graphs(vec![graph], vec![signature])
}

#[test]
fn signatures_follow_their_tensors() {
    let mut parts = model().into_parts();
    parts.description = "changed".to_owned();
    parts.edit(0, |_| {}).unwrap();
    let model = parts.into_model().unwrap();
    let graph = &model.graphs()[0];
    let signature = &model.signatures()[0];
    let named = signature.inputs.iter().map(|(_, id)| *id);
    assert_eq!(named.collect::<Vec<_>>(), graph.inputs());
    assert_eq!(graph.tensors().len(), 2);
    assert_eq!(model.description(), "changed");
}

#[test]
fn a_signature_whose_tensor_goes_keeps_the_edit_from_being_made() {
    let mut parts = model().into_parts();
    let error = parts.edit(0, |editor| {
        editor.inputs_mut().remove(0);
    });
    let error = error.unwrap_err();
    assert!(
        matches!(&error, GraphError::SignatureTensor { name, .. } if name == "left"),
        "{error}"
    );
    assert_eq!(parts.graphs[0].inputs().len(), 2);
    parts.signatures[0].graph_index = 7;
    let error = parts.into_model().unwrap_err();
    assert!(
        matches!(error, GraphError::SignatureTensor { .. }),
        "{error}"
    );
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let folder = std::env::temp_dir().join(format!("demilite-editing-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("model.tflite");
    std::fs::write(&path, "what was there").unwrap();
    model().save(&path).unwrap();
    let read = Model::open(&path).unwrap();
    assert_eq!(read.signatures(), model().signatures());
    let error = model().save(folder.join("absent").join("model.tflite"));
    assert!(matches!(error, Err(SaveError::Io { .. })), "{error:?}");
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_file_states_the_lowest_versions_and_the_first_runtime_that_has_them() {
    let stated = |dtype: DataType| {
        let mut parts = GraphParts::default();
        let [x, y] = ["x", "y"].map(|name| {
            let tensor = Tensor::new(name, dtype, [1, 2, 2, 1]);
            let tensor = tensor.quantized(Quantization::per_tensor(0.5, 0));
            parts.tensor(tensor)
        });
        let op = Op::Softmax(Softmax { beta: 1.0 });
        parts.node(op, [Some(x)], [y]);
        (parts.inputs, parts.outputs) = (vec![x], vec![y]);
        let model = Model::from_graph(Graph::new(parts).unwrap());
        // A second file is made of what the first one says.
        let model = Model::from_bytes(&model.to_bytes().unwrap(), "written").unwrap();
        let bytes = model.to_bytes().unwrap();
        let file = schema::read(&bytes).unwrap();
        let release = Model::from_bytes(&bytes, "written again").unwrap();
        let release = release.metadata("min_runtime_version").unwrap();
        assert_eq!((release.len(), file.metadata.unwrap().len()), (16, 1));
        let release = String::from_utf8(release.to_vec()).unwrap();
        let version = file.operator_codes.unwrap()[0].version;
        (version, release.trim_end_matches('\0').to_owned())
    };
    assert_eq!(stated(DataType::Float32), (1, "1.5.0".to_owned()));
    assert_eq!(stated(DataType::Int8), (2, "1.14.0".to_owned()));
    assert_eq!(stated(DataType::Int16), (3, "2.3.0".to_owned()));
}
