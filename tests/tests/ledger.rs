//! What the GPU delegate dispatches and moves for the networks of the pages' tables, against what it has to.

use std::sync::Arc;

use demilite_core::{LedgerEntry, Model, Session};
use demilite_gpu::{GpuContext, GpuDelegate, GpuError, GpuOptions};
use demilite_needs::Need;

/// A network, how many dispatches it may take, and how many times the least that has to be read and written.
struct Limit {
    network: &'static str,
    dispatches: usize,
    times_the_least: f64,
}

const fn limit(network: &'static str, dispatches: usize, times_the_least: f64) -> Limit {
    Limit {
        network,
        dispatches,
        times_the_least,
    }
}

/// One dispatch for each layer, pool and SOFTMAX; of float16 one more where the first layer's output gets 16 bits, and one where a MEAN
/// reads them; of the int8 MobileNet v2 one at each end.
const LIMITS: &[Limit] = &[
    limit("mobilenet_v1_1.0_224_f32", 30, 1.01),
    limit("mobilenet_v1_1.0_224_f16", 31, 1.06),
    limit("mobilenet_v1_1.0_224_int8", 30, 1.02),
    limit("mobilenet_v1_1.0_224_uint8", 30, 1.02),
    limit("mobilenet_v1_1.0_224_int16x8", 30, 1.02),
    limit("mobilenet_v2_1.0_224_f32", 55, 1.01),
    limit("mobilenet_v2_1.0_224_f16", 57, 1.06),
    limit("mobilenet_v2_1.0_224_int8", 57, 1.02),
    limit("mobilenet_v2_1.0_224_uint8", 55, 1.02),
    limit("mobilenet_v2_1.0_224_int16x8", 55, 1.02),
];

#[test]
fn networks_take_few_dispatches_that_move_little_more_than_they_have_to() {
    let context = match GpuContext::open(GpuOptions::default()) {
        Ok(context) => context,
        Err(error @ GpuError::NoAdapter) => return demilite_needs::skip(Need::Gpu, error),
        Err(error) => panic!("{error}"),
    };
    let models = demilite_needs::models();
    if !models.is_dir() {
        let missing = format!("no folder {}", models.display());
        return demilite_needs::skip(Need::Models, missing);
    }
    let mut faults = Vec::new();
    for limit in LIMITS {
        let name = limit.network;
        let path = models.join(name).join(format!("{name}.tflite"));
        let model = Arc::new(Model::open(path).expect("a model"));
        let delegate = Arc::new(GpuDelegate::new(Arc::clone(&context)));
        let session = Session::builder(model).delegate(delegate).build();
        let ledger = session.expect("the GPU takes all of it").ledger().concat();
        let dispatches: usize = ledger.iter().map(|entry| entry.kernels.len()).sum();
        let bytes: u64 = ledger.iter().map(LedgerEntry::bytes).sum();
        let least: u64 = ledger.iter().map(|entry| entry.least_bytes).sum();
        let times = bytes as f64 / least as f64;
        println!("{name}: {dispatches} dispatches, {bytes} bytes, {times:.3} times the least");
        if dispatches > limit.dispatches || times > limit.times_the_least {
            faults.push(format!(
                "{name}: {dispatches} dispatches, {times:.3} times the least; at most {} and {}",
                limit.dispatches, limit.times_the_least
            ));
        }
        // Fewer bytes than have to be moved are a fault of the count.
        assert!(least > 0 && times >= 1.0, "{name}: {bytes}, {least}");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
