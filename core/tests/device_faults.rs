//! Devices that fail, and what a session does then.

mod toy;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use demilite_core::delegate::{Compiled, Delegate, Executable, Io, Partition, Reject};
use demilite_core::op::comparison::{Comparison, ComparisonKind};
use demilite_core::op::control_flow::{Composite, ControlFlow};
use demilite_core::{
    CompileError, Constant, DataType, Graph, GraphParts, Model, NodeContext, OnDeviceFault, Op,
    RunError, Session, SessionBuilder, Shape, Tensor, TensorId,
};
use toy::{Toy, add, graph, mul, relu, scalar};

/// What the device of [`Fragile`] says.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("the fuse blew")]
struct Blown;

/// How often a device still does what it is asked for.
struct Fuse {
    compiles: AtomicUsize,
    instances: AtomicUsize,
    invocations: AtomicUsize,
    /// How often any partition ran to its end.
    runs: AtomicUsize,
}

impl Fuse {
    fn new(compiles: usize, invocations: usize) -> Arc<Self> {
        Arc::new(Fuse {
            compiles: compiles.into(),
            instances: NEVER.into(),
            invocations: invocations.into(),
            runs: 0.into(),
        })
    }

    fn burn(left: &AtomicUsize) -> Result<(), Box<Blown>> {
        let less = |left: usize| left.checked_sub(1);
        let left = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        left.map(drop).map_err(|_| Box::new(Blown))
    }
}

/// A delegate on a device that fails.
struct Fragile {
    toy: Toy,
    fuse: Arc<Fuse>,
}

struct FragileCompiled {
    inner: Arc<dyn Compiled>,
    name: &'static str,
    fuse: Arc<Fuse>,
}

struct FragileExecutable {
    inner: Box<dyn Executable>,
    name: &'static str,
    fuse: Arc<Fuse>,
}

impl Delegate for Fragile {
    fn name(&self) -> &str {
        self.toy.name
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        self.toy.supports(node)
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        Fuse::burn(&self.fuse.compiles).map_err(|reason| CompileError::Device {
            delegate: self.toy.name.to_owned(),
            reason,
        })?;
        Ok(Arc::new(FragileCompiled {
            inner: self.toy.compile(partition)?,
            name: self.toy.name,
            fuse: self.fuse.clone(),
        }))
    }
}

impl Compiled for FragileCompiled {
    fn instantiate(self: Arc<Self>) -> Result<Box<dyn Executable>, CompileError> {
        Fuse::burn(&self.fuse.instances).map_err(|reason| CompileError::Device {
            delegate: self.name.to_owned(),
            reason,
        })?;
        Ok(Box::new(FragileExecutable {
            inner: Arc::clone(&self.inner).instantiate()?,
            name: self.name,
            fuse: self.fuse.clone(),
        }))
    }
}

impl Executable for FragileExecutable {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        Fuse::burn(&self.fuse.invocations).map_err(|reason| RunError::Device {
            delegate: self.name.to_owned(),
            reason,
        })?;
        self.fuse.runs.fetch_add(1, Ordering::Relaxed);
        self.inner.invoke(io)
    }
}

const NEVER: usize = usize::MAX;

fn fragile(ops: &[&'static str], fuse: &Arc<Fuse>) -> Arc<dyn Delegate> {
    Arc::new(Fragile {
        toy: Toy::new("fragile", ops),
        fuse: fuse.clone(),
    })
}

fn last(fuse: &Arc<Fuse>) -> Arc<dyn Delegate> {
    Arc::new(Fragile {
        toy: Toy::new("last", &["ADD", "MUL", "RELU", "LESS"]),
        fuse: fuse.clone(),
    })
}

/// `relu((t0 + t1) · t1) + t0`: the fragile delegate has two partitions around that of RELU.
fn model() -> Arc<Model> {
    let nodes = [
        (add(), &[0, 1][..], 2),
        (mul(), &[2, 1], 3),
        (relu(), &[3], 4),
        (add(), &[4, 0], 5),
    ];
    Arc::new(Model::from_graph(graph(6, 2, &nodes, &[5])))
}

fn builder(model: Arc<Model>, delegates: [Arc<dyn Delegate>; 2]) -> SessionBuilder {
    Session::builder(model).delegates(delegates)
}

fn run(session: &mut Session, a: f32, b: f32) -> Result<f32, RunError> {
    let outputs = session.run(&[scalar(a), scalar(b)])?;
    Ok(outputs[0].as_slice::<f32>().unwrap()[0])
}

fn owners(session: &Session) -> Vec<&str> {
    let plan = session.plan();
    let owners = plan.partitions.iter();
    owners
        .map(|partition| plan.delegates[partition.delegate].as_str())
        .collect()
}

#[test]
fn a_fault_fails_the_invocation_and_leaves_the_session_as_it_was() {
    let fuse = Fuse::new(NEVER, 1);
    let delegates = [
        fragile(&["ADD", "MUL"], &fuse),
        last(&Fuse::new(NEVER, NEVER)),
    ];
    let mut session = builder(model(), delegates).build().unwrap();
    let plan = session.plan().clone();
    let error = run(&mut session, 1.0, 2.0).unwrap_err();
    let RunError::Device { delegate, reason } = &error else {
        panic!("{error}");
    };
    assert_eq!(delegate, "fragile");
    assert_eq!(reason.downcast_ref(), Some(&Blown));
    assert_eq!(error.device_error(), Some(&Blown));
    assert_eq!(error.to_string(), "fragile: the fuse blew");
    assert!(session.faults().is_empty());
    assert_eq!(*session.plan(), plan);
    fuse.invocations.store(NEVER, Ordering::Relaxed);
    assert_eq!(run(&mut session, 1.0, 2.0).unwrap(), 7.0);
}

#[test]
fn a_fault_fails_the_build() {
    let delegates = [
        fragile(&["ADD"], &Fuse::new(1, NEVER)),
        last(&Fuse::new(NEVER, NEVER)),
    ];
    let Err(error) = builder(model(), delegates).build() else {
        panic!("the second partition was compiled");
    };
    assert!(matches!(&error, CompileError::Device { delegate, .. } if delegate == "fragile"));
    assert_eq!(error.device_error(), Some(&Blown));
}

#[test]
fn an_invocation_goes_on_where_the_device_failed() {
    let (fuse, cpu) = (Fuse::new(NEVER, 1), Fuse::new(NEVER, NEVER));
    let mut session = builder(model(), [fragile(&["ADD", "MUL"], &fuse), last(&cpu)])
        .on_device_fault(OnDeviceFault::NextDelegate)
        .build()
        .unwrap();
    session.set_profiling(true);
    assert_eq!(owners(&session), ["fragile", "last", "fragile"]);
    assert_eq!(run(&mut session, 1.0, 2.0).unwrap(), 7.0);
    // The first partition did its work on the device, RELU and the last ADD on the other delegate.
    assert_eq!(fuse.runs.load(Ordering::Relaxed), 1);
    assert_eq!(cpu.runs.load(Ordering::Relaxed), 2);
    assert_eq!(owners(&session), ["fragile", "last", "last"]);
    assert_eq!(session.profile().unwrap().partitions.len(), 3);
    let placement = &session.plan().placements[3];
    assert_eq!(placement.partitions, [2]);
    assert_eq!(
        placement.rejections,
        [(0, Reject::Failed("the fuse blew".to_owned()))]
    );
    let [fault] = session.faults() else {
        panic!("{:?}", session.faults());
    };
    assert_eq!((fault.delegate.as_str(), fault.graph_index), ("fragile", 0));
    assert_eq!(fault.nodes, session.plan().partitions[2].nodes);
    assert_eq!(fault.reason.downcast_ref(), Some(&Blown));
    assert_eq!(
        fault.to_string(),
        "fragile: the fuse blew; nodes of subgraph 0 that went on to other delegates: 1"
    );
    // The other partition of the device fails in the next invocation, and never again.
    for _ in 0..3 {
        assert_eq!(run(&mut session, 1.0, 2.0).unwrap(), 7.0);
    }
    assert_eq!(owners(&session), ["last"; 3]);
    assert_eq!(session.faults().len(), 2);
}

#[test]
fn a_build_goes_on_where_the_device_failed() {
    let (fuse, cpu) = (Fuse::new(1, NEVER), Fuse::new(NEVER, NEVER));
    let delegates = [fragile(&["ADD", "MUL"], &fuse), last(&cpu)];
    let builder = builder(model(), delegates).on_device_fault(OnDeviceFault::NextDelegate);
    let mut session = builder.build().unwrap();
    assert_eq!(owners(&session), ["fragile", "last", "last"]);
    assert_eq!(session.faults().len(), 1);
    assert_eq!(run(&mut session, 1.0, 2.0).unwrap(), 7.0);
    // A session of other shapes asks the device again.
    fuse.compiles.store(NEVER, Ordering::Relaxed);
    session
        .resize_inputs(&[(0, Shape::from([2])), (1, Shape::from([2]))])
        .unwrap();
    assert_eq!(owners(&session), ["fragile", "last", "fragile"]);
    assert_eq!(session.faults().len(), 1);
}

#[test]
fn nodes_go_to_each_delegate_after_the_one_that_failed() {
    let (first, second) = (Fuse::new(NEVER, 0), Fuse::new(NEVER, NEVER));
    let cpu = Fuse::new(NEVER, NEVER);
    let middle: Arc<dyn Delegate> = Arc::new(Fragile {
        toy: Toy::new("middle", &["MUL"]),
        fuse: second.clone(),
    });
    let mut session = Session::builder(model())
        .delegates([fragile(&["ADD", "MUL", "RELU"], &first), middle, last(&cpu)])
        .on_device_fault(OnDeviceFault::NextDelegate)
        .build()
        .unwrap();
    assert_eq!(owners(&session), ["fragile"]);
    assert_eq!(run(&mut session, 1.0, 2.0).unwrap(), 7.0);
    assert_eq!(owners(&session), ["last", "middle", "last"]);
    // The first fault of the second delegate while it runs.
    second.invocations.store(0, Ordering::Relaxed);
    assert_eq!(run(&mut session, 1.0, 2.0).unwrap(), 7.0);
    assert_eq!(owners(&session), ["last"; 3]);
    let faulty: Vec<&str> = session
        .faults()
        .iter()
        .map(|fault| &*fault.delegate)
        .collect();
    assert_eq!(faulty, ["fragile", "middle"]);
}

#[test]
fn what_fails_again_on_the_way_goes_on_further() {
    let (first, second) = (Fuse::new(NEVER, 0), Fuse::new(0, NEVER));
    let middle: Arc<dyn Delegate> = Arc::new(Fragile {
        toy: Toy::new("middle", &["ADD", "RELU"]),
        fuse: second,
    });
    let mut session = Session::builder(model())
        .delegates([
            fragile(&["ADD", "MUL", "RELU"], &first),
            middle,
            last(&Fuse::new(NEVER, NEVER)),
        ])
        .on_device_fault(OnDeviceFault::NextDelegate)
        .build()
        .unwrap();
    assert_eq!(run(&mut session, 1.0, 2.0).unwrap(), 7.0);
    assert_eq!(owners(&session), ["last"; 3]);
    assert_eq!(session.faults().len(), 3);
}

#[test]
fn without_a_delegate_after_it_the_fault_stays_one() {
    let fuse = Fuse::new(NEVER, 0);
    let mut session = Session::builder(model())
        .delegate(last(&fuse))
        .on_device_fault(OnDeviceFault::NextDelegate)
        .build()
        .unwrap();
    assert_eq!(
        run(&mut session, 1.0, 2.0).unwrap_err().device_error(),
        Some(&Blown)
    );
    assert!(session.faults().is_empty());
    fuse.invocations.store(NEVER, Ordering::Relaxed);
    assert_eq!(run(&mut session, 1.0, 2.0).unwrap(), 7.0);
}

/// A graph that hands `inputs` scalars to `op`, which gives one back.
fn calling(op: ControlFlow) -> Graph {
    graph(2, 1, &[(Op::ControlFlow(op), &[0], 1)], &[1])
}

fn with_constant(op: Op, constant: f32, dtype: DataType) -> Graph {
    let mut parts = GraphParts::default();
    let x = parts.tensor(Tensor::new("x", DataType::Float32, [1]));
    let c = Tensor::new("c", DataType::Float32, [1]);
    let c = parts.tensor(c.with_constant(Constant::copied(&constant.to_le_bytes())));
    let y = parts.tensor(Tensor::new("y", dtype, [1]));
    parts.node(op, [Some(x), Some(c)], [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    Graph::new(parts).unwrap()
}

#[test]
fn a_loop_goes_on_in_the_round_in_which_the_device_failed() {
    let less = Op::Comparison(Comparison {
        kind: ComparisonKind::Less,
    });
    let repeat = ControlFlow::While {
        condition: 1,
        body: 2,
    };
    let graphs = vec![
        calling(repeat),
        with_constant(less, 10.0, DataType::Bool),
        with_constant(add(), 3.0, DataType::Float32),
    ];
    let model = Arc::new(Model::from_graphs(graphs, Vec::new()));
    let (fuse, cpu) = (Fuse::new(NEVER, 2), Fuse::new(NEVER, NEVER));
    let delegates = [fragile(&["ADD"], &fuse), last(&cpu)];
    let fails = builder(model.clone(), delegates.clone());
    let mut session = fails
        .clone()
        .on_device_fault(OnDeviceFault::NextDelegate)
        .build()
        .unwrap();
    let outputs = session.run(&[scalar(0.0)]).unwrap();
    assert_eq!(outputs[0].as_slice::<f32>().unwrap(), [12.0]);
    assert_eq!(fuse.runs.load(Ordering::Relaxed), 2);
    assert_eq!(session.faults().len(), 1);
    assert_eq!(session.faults()[0].graph_index, 2);
    let body = session
        .plan()
        .calls
        .iter()
        .find(|call| call.graph_index == 2);
    let body = &body.unwrap().plan;
    assert_eq!(body.delegates[body.partitions[0].delegate], "last");

    let mut session = fails.build().unwrap();
    let error = session.run(&[scalar(0.0)]).unwrap_err();
    assert!(
        matches!(&error, RunError::Called { graph: 2, .. }),
        "{error}"
    );
    assert_eq!(error.device_error(), Some(&Blown));
}

#[test]
fn a_composite_goes_on_to_the_interpreter() {
    let composite = ControlFlow::Composite(Composite {
        name: "odml.add_two".to_owned(),
        decomposition: 1,
        attributes: Vec::new(),
        version: 1,
    });
    let graphs = vec![
        calling(composite),
        with_constant(add(), 2.0, DataType::Float32),
    ];
    let model = Arc::new(Model::from_graphs(graphs, Vec::new()));
    let fuse = Fuse::new(NEVER, 0);
    let delegates = [
        fragile(&["STABLEHLO_COMPOSITE"], &fuse),
        last(&Fuse::new(NEVER, NEVER)),
    ];
    let mut session = builder(model, delegates)
        .on_device_fault(OnDeviceFault::NextDelegate)
        .build()
        .unwrap();
    assert_eq!(owners(&session), ["fragile"]);
    let outputs = session.run(&[scalar(5.0)]).unwrap();
    assert_eq!(outputs[0].as_slice::<f32>().unwrap(), [7.0]);
    assert_eq!(owners(&session), ["interpreter"]);
    assert_eq!(session.plan().calls.len(), 1);
    assert_eq!(
        session.kept(TensorId(1)).map(|value| value.bytes().len()),
        Some(4)
    );
}

#[test]
fn a_sibling_goes_on_where_the_device_has_no_memory_left() {
    let (fuse, cpu) = (Fuse::new(NEVER, NEVER), Fuse::new(NEVER, NEVER));
    fuse.instances.store(3, Ordering::Relaxed);
    let delegates = [fragile(&["ADD", "MUL"], &fuse), last(&cpu)];
    let built = builder(model(), delegates).on_device_fault(OnDeviceFault::NextDelegate);
    let first = built.clone().build().unwrap();
    let mut second = first.sibling().unwrap();
    assert_eq!(owners(&first), ["fragile", "last", "fragile"]);
    assert_eq!(owners(&second), ["fragile", "last", "last"]);
    assert_eq!((first.faults().len(), second.faults().len()), (0, 1));
    assert_eq!(run(&mut second, 1.0, 2.0).unwrap(), 7.0);
    let built = built.on_device_fault(OnDeviceFault::Fail);
    fuse.instances.store(2, Ordering::Relaxed);
    let first = built.build().unwrap();
    let error = first.sibling().map(drop).unwrap_err();
    assert_eq!(error.device_error(), Some(&Blown));
}
