//! Frame after frame: one session whose inputs and outputs are used again, and a pool that drops frames rather than fall behind.
//!
//! `cargo run --example video_loop`

use std::num::NonZeroUsize;
use std::sync::Arc;

use demilite::{DelegateChoice, Model, Session, SessionPool, delegates_for};
use demilite_models::shapes;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Arc::new(Model::from_static(shapes::INT8, "shapes")?);
    let delegates = delegates_for(DelegateChoice::Cpu)?.delegates;
    let builder = Session::builder(model).delegates(delegates);

    let mut session = builder.clone().build()?;
    let mut frame = session.input_zeros(0)?;
    let mut outputs = Vec::new();
    for time in 0..10_u8 {
        frame.bytes_mut().fill(time);
        session.run_into(&[frame.view()], &mut outputs)?;
    }
    println!("10 frames, {} scores each", outputs[0].shape().elements());

    let two = NonZeroUsize::MIN.saturating_add(1);
    let pool = SessionPool::new(&builder, two)?.with_queue_limit(2);
    let frames = (0..10).map(|_| pool.try_invoke(vec![frame.clone()]));
    let (shown, dropped): (Vec<_>, Vec<_>) = frames.partition(Result::is_ok);
    println!("{} of 10 frames taken at once", shown.len());
    assert_eq!(shown.len() + dropped.len(), 10);
    for invocation in shown.into_iter().flatten() {
        invocation.wait()?;
    }
    Ok(())
}
