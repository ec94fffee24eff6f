//! What invocations on the GPU take from the heap after the first one: what wgpu does to submit them, and nothing for tensors.

#[path = "hostile/allocation.rs"]
mod allocation;

use std::sync::Arc;

use allocation::peak_bytes;
use demilite_core::{Model, Session, Shape};
use demilite_gpu::{GpuContext, GpuDelegate, GpuError, GpuOptions};
use demilite_needs::Need;

/// Images of a batch, and how often it is run.
const LARGE_BATCH: usize = 16;
const OFTEN: usize = 32;

#[test]
fn invocations_keep_nothing_and_take_no_more_for_larger_tensors() {
    let context = match GpuContext::open(GpuOptions::default()) {
        Ok(context) => context,
        Err(error @ GpuError::NoAdapter) => return demilite_needs::skip(Need::Gpu, error),
        Err(error) => panic!("{error}"),
    };
    let path = demilite_needs::repository().join("models/shapes/shapes_int8.tflite");
    let model = Arc::new(Model::open(path).expect("the bundled model"));
    let graph = &model.graphs()[0];
    let image = &graph.tensor(graph.inputs()[0]).shape;
    let peaks = |batch: usize| {
        let mut shape = image.to_vec();
        shape[0] = batch;
        let delegate = Arc::new(GpuDelegate::new(Arc::clone(&context)));
        let builder = Session::builder(Arc::clone(&model)).delegate(delegate);
        let session = builder.input_shape(0, Shape::from(shape)).build();
        let mut session = session.expect("the GPU takes all of it");
        let input = session.input_zeros(0).expect("an input");
        let mut outputs = Vec::new();
        [OFTEN, 1, OFTEN].map(|times| {
            let run =
                || (0..times).try_for_each(|_| session.run_into(&[input.view()], &mut outputs));
            let (result, peak) = peak_bytes(run);
            result.expect("an answer");
            peak
        })
    };
    let [_, once, often] = peaks(1);
    let [_, large, _] = peaks(LARGE_BATCH);
    println!(
        "{once} bytes at once, {often} in {OFTEN} invocations, {large} with {LARGE_BATCH} images"
    );
    assert!(
        often < 2 * once,
        "{often} bytes, where one invocation takes {once}"
    );
    assert!(
        large < 2 * once,
        "{large} bytes, where one image takes {once}"
    );
}
