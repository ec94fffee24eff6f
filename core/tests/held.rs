//! Inputs and outputs that a delegate holds.

mod toy;

use std::sync::Arc;

use demilite_core::delegate::{Compiled, Delegate, Executable, Io, Partition, Reject};
use demilite_core::{
    CompileError, Graph, Model, NodeContext, OnDeviceFault, RunError, Session, SessionBuilder,
    TensorId,
};
use toy::{Toy, add, graph, mul, scalar};

/// A toy that holds some tensors, as if they lay elsewhere: its arithmetic sees zeros in their place.
struct Holder {
    toy: Toy,
    held: Vec<TensorId>,
    fails: bool,
}

impl Delegate for Holder {
    fn name(&self) -> &str {
        self.toy.name()
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        self.toy.supports(node)
    }

    fn holds(&self, graph_index: usize, tensor: TensorId) -> bool {
        graph_index == 0 && self.held.contains(&tensor)
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        match self.fails {
            true => Ok(Arc::new(Failing)),
            false => self.toy.compile(partition),
        }
    }
}

/// A device that is never there.
#[derive(Clone)]
struct Failing;

impl Executable for Failing {
    fn invoke(&mut self, _: &mut Io<'_>) -> Result<(), RunError> {
        Err(RunError::Device {
            delegate: "holder".to_owned(),
            reason: "gone".into(),
        })
    }
}

const ALL: &[&str] = &["ADD", "MUL", "RELU"];

/// `t2 = t0 + t1`, `t3 = t0 · t0`.
fn sum_and_square() -> Graph {
    graph(4, 2, &[(add(), &[0, 1], 2), (mul(), &[0, 0], 3)], &[2, 3])
}

fn builder(
    graph: Graph,
    preferred: &'static [&'static str],
    held: &[usize],
    fails: bool,
) -> SessionBuilder {
    let holder = Holder {
        toy: Toy::new("holder", preferred),
        held: held.iter().map(|&index| TensorId(index)).collect(),
        fails,
    };
    Session::builder(Arc::new(Model::from_graph(graph)))
        .delegate(Arc::new(holder))
        .delegate(Arc::new(Toy::new("last", ALL)))
}

fn build(
    graph: Graph,
    preferred: &'static [&'static str],
    held: &[usize],
    kept: &[usize],
) -> Result<Session, CompileError> {
    let mut builder = builder(graph, preferred, held, false);
    for &tensor in kept {
        builder = builder.keep(TensorId(tensor));
    }
    builder.build()
}

fn refusal(
    graph: Graph,
    preferred: &'static [&'static str],
    held: usize,
    kept: &[usize],
) -> String {
    match build(graph, preferred, &[held], kept) {
        Err(CompileError::Held { tensor, reason, .. }) => {
            assert_eq!(tensor, TensorId(held));
            reason
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[test]
fn a_session_takes_and_gives_the_others() {
    let mut session = build(sum_and_square(), ALL, &[1, 2], &[]).unwrap();
    assert_eq!(session.input_names(), ["t0"]);
    assert_eq!(session.output_names(), ["t3"]);
    let outputs = session.run(&[scalar(3.0)]).unwrap();
    let outputs: Vec<&[f32]> = outputs.iter().map(|v| v.as_slice().unwrap()).collect();
    assert_eq!(outputs, [[9.0]]);
    let partitions = &session.plan().partitions;
    assert_eq!(partitions[0].inputs, [TensorId(0)]);
    assert_eq!(partitions[0].outputs, [TensorId(3)]);
    let both = [scalar(3.0), scalar(4.0)];
    let message = session.run(&both).unwrap_err().to_string();
    assert_eq!(message, "2 inputs were given and the graph takes 1");
}

#[test]
fn what_others_need_cannot_be_held() {
    let reason = refusal(sum_and_square(), &["ADD"], 0, &[]);
    assert_eq!(reason, "node #1 (MUL), which runs on last, reads it");
    let reason = refusal(sum_and_square(), &["ADD"], 3, &[]);
    assert_eq!(reason, "node #1 (MUL), which runs on last, writes it");
    let reason = refusal(sum_and_square(), ALL, 2, &[2]);
    assert_eq!(reason, "the session is asked to keep its value");
    let passed_on = graph(2, 2, &[], &[1]);
    let reason = refusal(passed_on, ALL, 1, &[]);
    assert_eq!(reason, "it is an input and an output at once");
    assert!(build(sum_and_square(), &["ADD"], &[1, 2], &[]).is_ok());
}

#[test]
fn nobody_goes_on_without_what_a_lost_device_holds() {
    let lost = |held: &[usize]| {
        let builder = builder(sum_and_square(), &["ADD"], held, true);
        let mut session = builder
            .on_device_fault(OnDeviceFault::NextDelegate)
            .build()
            .unwrap();
        let fed = 2 - held.len();
        session.run(&vec![scalar(3.0); fed]).map(drop)
    };
    assert!(lost(&[]).is_ok());
    assert!(matches!(lost(&[1]), Err(RunError::Device { .. })));
}
