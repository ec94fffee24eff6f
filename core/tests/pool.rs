//! Invocations in flight on a pool of sessions.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use demilite_core::delegate::{Compiled, Delegate, Executable, Io, Partition, Reject};
use demilite_core::{
    CompileError, Model, NodeContext, RunError, Session, SessionBuilder, SessionPool, TensorId,
};
use pollster::block_on;

mod toy;

use toy::{Toy, add, graph, mul, scalar};

fn builder(delegate: Arc<dyn Delegate>) -> SessionBuilder {
    let nodes = [(add(), &[0, 1][..], 2), (mul(), &[2, 0], 3)];
    let model = Model::from_graph(graph(4, 2, &nodes, &[3]));
    Session::builder(Arc::new(model)).delegate(delegate)
}

fn pool(sessions: usize) -> SessionPool {
    let all = Toy::new("all", &["ADD", "MUL", "RELU"]);
    SessionPool::new(
        &builder(Arc::new(all)),
        NonZeroUsize::new(sessions).unwrap(),
    )
    .unwrap()
}

#[test]
fn each_future_has_the_answer_to_its_own_request() {
    let pool = pool(3);
    let invocations: Vec<_> = (0..200)
        .map(|index| pool.invoke_async(vec![scalar(index as f32), scalar(1.0)]))
        .collect();
    drop(pool.invoke_async(vec![scalar(0.0), scalar(0.0)]));
    for (index, invocation) in invocations.into_iter().enumerate() {
        let outputs = block_on(invocation).unwrap();
        let a = index as f32;
        assert_eq!(outputs[0].as_slice::<f32>().unwrap(), [(a + 1.0) * a]);
    }
}

#[test]
fn an_error_stays_with_its_request() {
    let pool = pool(2);
    let wrong = pool.invoke_async(vec![scalar(1.0)]);
    let right = pool.invoke_async(vec![scalar(1.0), scalar(2.0)]);
    assert!(matches!(block_on(wrong), Err(RunError::InputCount { .. })));
    assert!(block_on(right).is_ok());
}

/// Takes everything, and panics as soon as it runs.
#[derive(Clone)]
struct Broken;

impl Delegate for Broken {
    fn name(&self) -> &str {
        "broken"
    }

    fn supports(&self, _: &NodeContext<'_>) -> Result<(), Reject> {
        Ok(())
    }

    fn compile(&self, _: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        Ok(Arc::new(Broken))
    }
}

impl Executable for Broken {
    fn invoke(&mut self, _: &mut Io<'_>) -> Result<(), RunError> {
        panic!("a broken delegate")
    }
}

#[test]
fn a_delegate_that_panics_ends_its_requests() {
    let pool = SessionPool::new(&builder(Arc::new(Broken)), NonZeroUsize::MIN).unwrap();
    for _ in 0..3 {
        let invocation = pool.invoke_async(vec![scalar(1.0), scalar(2.0)]);
        assert!(matches!(block_on(invocation), Err(RunError::Stopped)));
    }
}

#[test]
fn a_sibling_shares_what_was_compiled_and_has_its_own_values() {
    let nodes = [(add(), &[0, 1][..], 2), (mul(), &[2, 0], 3)];
    let model = Arc::new(Model::from_graph(graph(4, 2, &nodes, &[3])));
    let counted = Arc::new(Counted {
        toy: Toy::new("all", &["ADD", "MUL"]),
        compiled: AtomicUsize::new(0),
    });
    let mut first = Session::builder(model).delegate(counted.clone());
    first = first.keep(TensorId(2));
    let mut first = first.build().unwrap();
    let mut second = first.sibling().unwrap();
    assert_eq!(counted.compiled.load(Ordering::Relaxed), 1);
    first.run(&[scalar(1.0), scalar(2.0)]).unwrap();
    second.run(&[scalar(3.0), scalar(4.0)]).unwrap();
    let kept = |session: &Session| {
        session
            .kept(TensorId(2))
            .unwrap()
            .as_slice::<f32>()
            .unwrap()[0]
    };
    assert_eq!((kept(&first), kept(&second)), (3.0, 7.0));
    assert_eq!(first.plan(), second.plan());
}

/// Counts what it compiles.
struct Counted {
    toy: Toy,
    compiled: AtomicUsize,
}

impl Delegate for Counted {
    fn name(&self) -> &str {
        self.toy.name()
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        self.toy.supports(node)
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        self.compiled.fetch_add(1, Ordering::Relaxed);
        self.toy.compile(partition)
    }
}

#[test]
fn a_delegate_that_shows_nothing_is_named() {
    let all = Toy::new("all", &["ADD", "MUL"]);
    let mut session = builder(Arc::new(all)).build().unwrap();
    let inputs = [scalar(1.0), scalar(2.0)];
    let error = session.run_observed(&inputs, &mut |_| ()).unwrap_err();
    assert!(
        matches!(&error, RunError::NotObservable { delegate } if delegate == "all"),
        "{error}"
    );
}

/// Takes everything, and runs when it is let.
#[derive(Clone)]
struct Gated(Arc<std::sync::Mutex<()>>);

impl Delegate for Gated {
    fn name(&self) -> &str {
        "gated"
    }

    fn supports(&self, _: &NodeContext<'_>) -> Result<(), Reject> {
        Ok(())
    }

    fn compile(&self, _: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        Ok(Arc::new(self.clone()))
    }
}

impl Executable for Gated {
    fn invoke(&mut self, _: &mut Io<'_>) -> Result<(), RunError> {
        drop(self.0.lock());
        Ok(())
    }
}

#[test]
fn a_full_queue_gives_the_inputs_back() {
    let gate = Arc::new(std::sync::Mutex::new(()));
    let closed = gate.lock().unwrap();
    let one = NonZeroUsize::MIN;
    let builder = builder(Arc::new(Gated(gate.clone())));
    let pool = SessionPool::new(&builder, one).unwrap().with_queue_limit(2);
    let inputs = || vec![scalar(1.0), scalar(2.0)];
    // One runs or waits, and two may wait beside it.
    let mut taken = Vec::new();
    let refused = loop {
        match pool.try_invoke(inputs()) {
            Ok(invocation) => taken.push(invocation),
            Err(full) => break full,
        }
        assert!(taken.len() <= 3);
    };
    assert_eq!(refused.inputs.len(), 2);
    assert!(taken.len() >= 2);
    let waits_all_the_same = pool.invoke_async(inputs());
    drop(closed);
    for invocation in taken.into_iter().chain([waits_all_the_same]) {
        assert!(invocation.wait().is_ok());
    }
    assert!(pool.run(inputs()).is_ok());
    assert!(pool.try_invoke(inputs()).is_ok());
}
