//! The versions that files of many converters state for their operators, against the lowest ones, which demilite writes.

mod place;

use std::collections::BTreeSet;
use std::fs;

use demilite_core::{Model, NodeContext};
use demilite_needs::Need;

/// Operators with the version that some file states and the lowest one. Older converters knew fewer versions, and one that
/// quantizes, or writes a file by itself, often leaves the version of the float operator or states one for all its nodes.
const ELSEWHERE: &[(&str, i32, i32)] = &[
    ("ADD", 2, 3),
    ("AVERAGE_POOL_2D", 1, 2),
    ("AVERAGE_POOL_2D", 2, 3),
    ("CONV_2D", 1, 3),
    ("CONV_2D", 3, 1),
    ("CONV_2D", 3, 8),
    ("CONV_2D", 5, 1),
    ("DEPTHWISE_CONV_2D", 2, 1),
    ("DEPTHWISE_CONV_2D", 3, 1),
    ("DEPTHWISE_CONV_2D", 6, 1),
    ("DEQUANTIZE", 1, 2),
    ("DEQUANTIZE", 2, 3),
    ("FULLY_CONNECTED", 1, 4),
    ("FULLY_CONNECTED", 3, 1),
    ("FULLY_CONNECTED", 4, 1),
    ("FULLY_CONNECTED", 4, 11),
    ("FULLY_CONNECTED", 9, 1),
    ("MEAN", 2, 3),
    ("MUL", 1, 4),
    ("RESIZE_BILINEAR", 1, 3),
    ("SOFTMAX", 1, 2),
    ("SOFTMAX", 2, 3),
    ("SPLIT", 3, 1),
];

/// Fewer nodes that state the lowest version would make the list above too long a list of exceptions.
const MIN_SHARE: f64 = 0.8;

#[test]
fn models_state_the_lowest_versions() {
    let folder = place::models();
    let Ok(entries) = fs::read_dir(&folder) else {
        let reason = format!("{} is not there", folder.display());
        return demilite_needs::skip(Need::Models, reason);
    };
    let (mut same, mut nodes) = (0, 0);
    let mut unexpected = BTreeSet::new();
    for entry in entries {
        let name = entry.expect("an entry").file_name();
        let name = name.to_str().expect("plain names");
        let path = folder.join(name).join(format!("{name}.tflite"));
        if !path.exists() {
            continue;
        }
        let model = Model::open(&path).expect("a model");
        for graph in model.graphs() {
            for id in graph.node_ids() {
                let node = NodeContext::new(graph, id, &[]);
                let (op, stated) = (node.op(), node.node().version);
                let Some(least) = op.least_version(&node) else {
                    continue;
                };
                nodes += 1;
                same += usize::from(least == stated);
                if least != stated && !ELSEWHERE.contains(&(op.name(), stated, least)) {
                    unexpected.insert(format!(
                        "{name}: {} states {stated}, {least} is the lowest",
                        op.name()
                    ));
                }
            }
        }
    }
    println!("{same} of {nodes} nodes state the lowest version");
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert!(same as f64 >= MIN_SHARE * nodes as f64, "{same} of {nodes}");
}
