//! Layers whose quantization breaks a rule: LiteRT refuses them, and so does every backend.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use demilite_conformance::{Case, cases};
use demilite_core::{
    Constant, DataType, Delegate, Graph, GraphParts, Model, NodeContext, Op, Quantization, Reject,
};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::{GpuDelegate, GpuOptions};
use demilite_needs::Need;

use crate::oracle::{Answer, Oracle, Resolver, write_as};

/// What is wrong with a layer, and how it comes about.
type Fault = (&'static str, fn(&mut GraphParts));

const FILTER: usize = 1;
const BIAS: usize = 2;

fn change(parts: &mut GraphParts, input: usize, change: impl FnOnce(&mut demilite_core::Tensor)) {
    let id = parts.nodes[0].inputs[input].expect("the layer has it");
    change(&mut parts.tensors[id.0]);
}

/// Makes the bias one of zeros of another type.
fn bias_of(parts: &mut GraphParts, dtype: DataType) {
    change(parts, BIAS, |bias| {
        let bytes = dtype.bytes_for(bias.shape.elements()).expect("a few bytes");
        bias.dtype = dtype;
        bias.constant = Some(Constant::copied(&vec![0; bytes]));
    });
}

const OF_INT8: [Fault; 4] = [
    ("a filter without a scale", |parts| {
        change(parts, FILTER, |filter| filter.quantization = None);
    }),
    ("scales along another dimension", |parts| {
        change(parts, FILTER, |filter| {
            let scales = vec![0.5; filter.shape[3]];
            filter.quantization = Some(Quantization::per_axis(scales, 3));
        });
    }),
    ("a bias of floats", |parts| {
        bias_of(parts, DataType::Float32)
    }),
    ("a wide bias", |parts| bias_of(parts, DataType::Int64)),
];

const OF_INT16: [Fault; 2] = [
    ("a bias of floats", |parts| {
        bias_of(parts, DataType::Float32)
    }),
    ("a bias of another type than was chosen", |parts| {
        bias_of(parts, DataType::Int64);
        if let Op::Conv2d(op) = &mut parts.nodes[0].op {
            op.quantized_bias_type = DataType::Int32 as i8;
        }
    }),
];

/// A layer of the suite that has a bias and a filter of several input and output channels.
fn layer(prefix: &str) -> Case {
    let is_layer = |case: &Case| {
        let node = &case.graph().nodes()[0];
        let filter = node.inputs.get(FILTER).copied().flatten();
        let shape = filter.map(|id| &case.graph().tensor(id).shape);
        case.name().starts_with(prefix)
            && case.graph().nodes().len() == 1
            && node.inputs.get(BIAS).is_some_and(Option::is_some)
            && shape.is_some_and(|shape| shape[0] > 1 && shape[3] > 1 && shape[0] != shape[3])
    };
    let mut layers = cases::all().into_iter();
    layers.find(is_layer).expect("a layer in the suite")
}

#[test]
fn layers_that_litert_refuses_are_invalid() {
    let Some(oracle) = Oracle::find() else {
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("refused_layers");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("a folder of this test");
    }
    fs::create_dir_all(&folder).expect("a folder in the target folder");
    let (int8, int16) = (layer("conv_2d/int8/"), layer("conv_2d/int16/"));
    let mut refused = Vec::new();
    for (case, faults) in [(&int8, &OF_INT8[..]), (&int16, &OF_INT16)] {
        for (fault, spoil) in faults {
            let mut parts = case.graph().clone().into_parts();
            spoil(&mut parts);
            let graph = Graph::new(parts).expect("the rules of graphs hold");
            refused.push((format!("{}: {fault}", case.name()), case, graph));
        }
    }
    for (index, (_, case, graph)) in refused.iter().enumerate() {
        let file = Model::from_graph(graph.clone()).to_bytes().expect("a file");
        write_as(&file, case, &folder, index);
    }
    let answers = oracle.ask_files(&folder, refused.len(), Resolver::Reference);
    for ((name, _, graph), answer) in std::iter::zip(&refused, answers) {
        assert!(matches!(answer, Answer::Refused(_)), "LiteRT takes {name}");
        for delegate in delegates() {
            let shapes: Vec<_> = graph
                .tensors()
                .iter()
                .map(|t| Some(t.shape.clone()))
                .collect();
            let id = graph.node_ids().next().expect("a node");
            let verdict = delegate.supports(&NodeContext::new(graph, id, &shapes));
            let backend = delegate.name();
            assert!(
                matches!(verdict, Err(Reject::Invalid(_))),
                "{backend}: {name}: {verdict:?}"
            );
        }
    }
    println!("{} layers", refused.len());
}

fn delegates() -> Vec<Arc<dyn Delegate>> {
    let gpu = gpu();
    let reference: Arc<dyn Delegate> = Arc::new(ReferenceDelegate::default());
    std::iter::once(reference).chain(gpu).collect()
}

fn gpu() -> Option<Arc<dyn Delegate>> {
    match GpuDelegate::open(GpuOptions::default()) {
        Ok(gpu) => Some(Arc::new(gpu)),
        Err(error) => {
            demilite_needs::skip(Need::Gpu, error);
            None
        }
    }
}
