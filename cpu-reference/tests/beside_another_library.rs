//! A delegate of kernels from elsewhere, which leaves to the reference what is not its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::{ElementwiseUnary, Relu, relu::ReluKind};
use demilite_core::{
    CompileError, Compiled, DataType, Delegate, Graph, GraphParts, Model, NodeContext, Op, OpError,
    Partition, Reject, Session, Tensor, TensorId, Value, View,
};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_executor::{Kernel, KernelIo, KernelLibrary, Prepared, Program, Unprepared, supports};

/// What a library did.
#[derive(Default)]
struct Seen {
    prepacked: AtomicUsize,
    invocations: AtomicUsize,
}

/// Negates floats by way of its scratch memory.
struct Negation(Arc<Seen>);

impl Kernel for Negation {
    fn prepack(&mut self, _: &[Option<View<'_>>]) -> Result<(), OpError> {
        self.0.prepacked.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn scratch_bytes(&self) -> usize {
        24
    }

    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        assert_eq!(io.scratch.len(), 24);
        let view = io.view(0)?;
        for address in [
            view.bytes().as_ptr(),
            io.scratch.as_ptr(),
            io.outputs[0].bytes().as_ptr(),
        ] {
            assert_eq!(address.addr() % 64, 0);
        }
        // Neither the input nor the output lies in it.
        io.scratch.fill(0xff);
        let input = view.as_slice::<f32>()?;
        for (output, &x) in std::iter::zip(io.output::<f32>()?, input) {
            *output = -x;
        }
        Ok(())
    }
}

#[derive(Clone)]
struct OnlyNegation(Arc<Seen>);

impl KernelLibrary for OnlyNegation {
    fn prepare(&self, node: &NodeContext<'_>) -> Prepared {
        match node.op() {
            Op::ElementwiseUnary(op) if op.kind == UnaryKind::Neg => {
                node.shape(0)?;
                Ok(Box::new(Negation(Arc::clone(&self.0))))
            }
            _ => Err(Unprepared::from(Reject::unsupported(
                "it is not a negation",
            ))),
        }
    }

    fn run_within(&self, invocation: &mut (dyn FnMut() + Send)) {
        self.0.invocations.fetch_add(1, Ordering::Relaxed);
        // As a pool of threads has it.
        std::thread::scope(|scope| scope.spawn(invocation).join().expect("no panic"));
    }
}

impl Delegate for OnlyNegation {
    fn name(&self) -> &str {
        "negation"
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        supports(self, node)
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        Ok(Program::compile(
            "negation",
            Arc::new(self.clone()),
            partition,
        )?)
    }
}

fn then(parts: &mut GraphParts, input: TensorId, op: Op) -> TensorId {
    let output = parts.tensor(Tensor::new("computed", DataType::Float32, [5]));
    parts.node(op, [Some(input)], [output]);
    output
}

#[test]
fn what_is_not_its_own_goes_to_the_reference() {
    let negation = || {
        Op::ElementwiseUnary(ElementwiseUnary {
            kind: UnaryKind::Neg,
        })
    };
    let mut parts = GraphParts::default();
    let input = parts.tensor(Tensor::new("input", DataType::Float32, [5]));
    let there = then(&mut parts, input, negation());
    let back = then(&mut parts, there, negation());
    let again = then(&mut parts, back, negation());
    let relu = Op::Relu(Relu {
        kind: ReluKind::Relu,
    });
    let output = then(&mut parts, again, relu);
    (parts.inputs, parts.outputs) = (vec![input], vec![output]);
    let model = Model::from_graph(Graph::new(parts).unwrap());

    let seen = Arc::new(Seen::default());
    let mut session = Session::builder(Arc::new(model))
        .delegate(Arc::new(OnlyNegation(Arc::clone(&seen))))
        .delegate(Arc::new(ReferenceDelegate::new()))
        .build()
        .unwrap();
    let partitions = session.plan().partitions.iter();
    let nodes: Vec<usize> = partitions.map(|partition| partition.nodes.len()).collect();
    assert_eq!(nodes, [3, 1]);
    let value = Value::from_slice([5], &[1.0_f32, -2.0, 3.0, -4.0, 0.0]).unwrap();
    let mut sibling = session.sibling().unwrap();
    for session in [&mut session, &mut sibling] {
        let outputs = session.run(std::slice::from_ref(&value)).unwrap();
        assert_eq!(
            outputs[0].as_slice::<f32>().unwrap(),
            [0.0, 2.0, 0.0, 4.0, 0.0]
        );
        // The scratch memory of a node, and the two tensors that are needed with it.
        assert_eq!(session.counters()[0].arena_bytes, 64 + 64 + 20);
    }
    assert_eq!(seen.prepacked.load(Ordering::Relaxed), 3);
    assert_eq!(seen.invocations.load(Ordering::Relaxed), 2);
}
