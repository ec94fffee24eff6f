//! The messages of errors.

use std::error::Error;

use demilite_core::{CompileError, GraphError, LoadError, NodeId, OpError, RunError, ShapeError};

/// What is wrong, once for each error along a chain.
fn messages(error: &dyn Error) -> Vec<String> {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    chain.map(ToString::to_string).collect()
}

#[test]
fn a_chain_says_nothing_twice() {
    let rule = || OpError::from(ShapeError::AxisOutOfRange { axis: 4, rank: 2 });
    let node = || GraphError::Node {
        node: NodeId(3),
        op: "SUM".to_owned(),
        reason: rule(),
    };
    let load = LoadError::Graph {
        path: "model.tflite".to_owned(),
        graph: 1,
        reason: Box::new(node()),
    };
    let compile = CompileError::Called {
        graph: 1,
        reason: Box::new(node().into()),
    };
    let run = RunError::Called {
        graph: 1,
        reason: Box::new(RunError::Node {
            node: NodeId(3),
            op: "SUM".to_owned(),
            reason: rule(),
        }),
    };
    let missing = LoadError::Io {
        path: "model.tflite".to_owned(),
        reason: std::io::Error::from(std::io::ErrorKind::NotFound),
    };
    let errors: [&dyn Error; 4] = [&load, &compile, &run, &missing];
    for error in errors {
        let messages = messages(error);
        for pair in messages.windows(2) {
            assert!(!pair[0].contains(&pair[1]), "{messages:?}");
        }
    }
    assert_eq!(
        load.to_string(),
        "model.tflite: subgraph 1: node #3 (SUM): axis 4 is outside a tensor of rank 2"
    );
}
