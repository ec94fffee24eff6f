//! Random numbers from one invocation to the next, and where nothing seeds them.

use std::sync::Arc;

use demilite_core::op::Random;
use demilite_core::op::random::RandomKind;
use demilite_core::{DataType, Graph, GraphParts, Model, Op, Session, Tensor, Value};
use demilite_cpu_reference::ReferenceDelegate;

/// A session that draws as many uniform numbers as it is told.
fn session(seed: i64) -> Session {
    let mut parts = GraphParts::default();
    let shape = parts.tensor(Tensor::new("shape", DataType::Int32, [1]));
    let drawn = parts.tensor(Tensor::new("drawn", DataType::Float32, [1]));
    let op = Op::Random(Random {
        kind: RandomKind::RandomUniform,
        seed,
        seed2: 0,
    });
    parts.node(op, [Some(shape)], [drawn]);
    (parts.inputs, parts.outputs) = (vec![shape], vec![drawn]);
    let model = Arc::new(Model::from_graph(Graph::new(parts).unwrap()));
    let builder = Session::builder(model).delegate(Arc::new(ReferenceDelegate::default()));
    builder.build().unwrap()
}

fn draw(session: &mut Session, count: i32) -> Vec<f32> {
    let shape = Value::from_slice([1], &[count]).unwrap();
    let drawn = session.run(&[shape]).unwrap();
    drawn[0].as_slice().unwrap().to_vec()
}

#[test]
fn what_is_drawn_goes_on_until_a_reset() {
    let mut session = session(7);
    let (first, second) = (draw(&mut session, 8), draw(&mut session, 8));
    assert_ne!(first, second);
    session.reset_state();
    // Blocks of four are begun anew in each invocation.
    assert_eq!(draw(&mut session, 3), first[..3]);
    assert_eq!(draw(&mut session, 4), first[4..]);
    assert_eq!(draw(&mut session, 8), second);
    assert!(first.iter().all(|number| (0.0..1.0).contains(number)));
}

#[test]
fn without_seeds_each_session_draws_others() {
    let [mut one, mut other] = [session(0), session(0)];
    let (first, second) = (draw(&mut one, 16), draw(&mut one, 16));
    assert_ne!(first, second);
    assert_ne!(first, draw(&mut other, 16));
    assert_eq!(draw(&mut session(7), 16), draw(&mut session(7), 16));
}
