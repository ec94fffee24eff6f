//! Pools of sessions: what they share on the device.

use std::num::NonZeroUsize;
use std::sync::Arc;

use demilite_core::{Model, Session, SessionBuilder, SessionPool, Value};
use demilite_gpu::{GpuContext, GpuDelegate, GpuError, GpuOptions, wgpu};
use demilite_needs::Need;

fn builder(context: &Arc<GpuContext>) -> SessionBuilder {
    let path = demilite_needs::repository().join("models/shapes/shapes_f16.tflite");
    Session::builder(Arc::new(Model::open(path).unwrap()))
        .delegate(Arc::new(GpuDelegate::new(context.clone())))
}

fn image(session: &Session, number: usize) -> Value {
    let shape = session.input_shapes()[0].clone();
    let elements = (0..shape.elements()).map(|index| ((index + number) % 23) as f32 / 11.5 - 1.0);
    Value::from_slice(shape.clone(), &elements.collect::<Vec<f32>>()).unwrap()
}

/// A device of its own; none without an adapter, which is said.
fn open() -> Option<Arc<GpuContext>> {
    match GpuContext::open(GpuOptions::default()) {
        Ok(context) => Some(context),
        Err(GpuError::NoAdapter) => {
            demilite_needs::skip(Need::Gpu, "no adapter");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Bytes of all buffers of a device; none where its interface does not tell.
fn device_bytes(context: &GpuContext) -> Option<u64> {
    let waited = context.device().poll(wgpu::PollType::wait_indefinitely());
    waited.unwrap();
    let report = context.device().generate_allocator_report()?;
    Some(report.total_allocated_bytes)
}

#[test]
fn sessions_of_a_pool_hold_the_weights_once() {
    let bytes_of = |sessions: usize| {
        let context = open()?;
        let before = device_bytes(&context)?;
        let sessions = NonZeroUsize::new(sessions).unwrap();
        let pool = SessionPool::new(&builder(&context), sessions).unwrap();
        let held = device_bytes(&context)? - before;
        drop(pool);
        Some(held)
    };
    let (Some(one), Some(eight)) = (bytes_of(1), bytes_of(8)) else {
        return;
    };
    let Some(context) = open() else { return };
    let session = builder(&context).build().unwrap();
    let counters = session.counters();
    let weights: u64 = counters.iter().map(|each| each.weight_bytes).sum();
    println!("a pool of 1: {one} bytes, of 8: {eight} bytes, weights: {weights} bytes");
    assert!(weights > 0);
    assert!(eight + 7 * weights <= 8 * one, "{one}, {eight}, {weights}");
}

#[test]
fn sessions_of_a_pool_do_not_meet() {
    let Some(context) = open() else { return };
    let builder = builder(&context);
    let mut alone = builder.clone().build().unwrap();
    let images: Vec<Value> = (0..24).map(|number| image(&alone, number)).collect();
    let expected: Vec<Vec<u8>> = images
        .iter()
        .map(|image| {
            alone.run(std::slice::from_ref(image)).unwrap()[0]
                .bytes()
                .to_vec()
        })
        .collect();
    let pool = SessionPool::new(&builder, NonZeroUsize::new(8).unwrap()).unwrap();
    let asked: Vec<_> = (images.into_iter())
        .map(|image| pool.invoke_async(vec![image]))
        .collect();
    let answers = asked
        .into_iter()
        .map(|asked| asked.wait().unwrap()[0].bytes().to_vec());
    assert_eq!(answers.collect::<Vec<_>>(), expected);
}
