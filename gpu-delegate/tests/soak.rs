//! Many invocations and many sessions, whose memory does not grow: neither the process's nor the device's. A process of its own, so
//! that nothing else is in the figures. `DEMILITE_SOAK=10000` asks for more invocations than the thousand that it does by itself.
//! Without an adapter it says so and passes, unless `DEMILITE_REQUIRE_GPU=1`.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use demilite_core::{Model, Session, SessionBuilder, SessionPool, Value};
use demilite_gpu::{GpuContext, GpuDelegate, GpuError, GpuOptions, wgpu};
use demilite_needs::Need;

/// What the process may grow by from a tenth of the invocations to all of them, in bytes: what allocators keep for later.
const HOST_BOUND: u64 = 4 << 20;

/// What is held at one time.
#[derive(Clone, Copy, Debug)]
struct Held {
    /// Bytes of the process that are in memory; none where the system does not say.
    host: Option<u64>,
    /// Bytes on the device, and how many pieces they are; none where wgpu does not say.
    device: Option<(u64, usize)>,
}

impl Held {
    fn now(context: &GpuContext) -> Self {
        let wait = wgpu::PollType::Wait {
            submission_index: None,
            timeout: Some(Duration::from_secs(60)),
        };
        context.device().poll(wait).unwrap();
        let statm = std::fs::read_to_string("/proc/self/statm").ok();
        let pages = statm.and_then(|statm| statm.split(' ').nth(1)?.parse::<u64>().ok());
        let report = context.device().generate_allocator_report();
        Held {
            host: pages.map(|pages| pages * 4096),
            device: report.map(|report| (report.total_allocated_bytes, report.allocations.len())),
        }
    }

    /// Holds what is held now against what was held before.
    #[track_caller]
    fn expect_no_growth(self, what: &str, context: &GpuContext) {
        let now = Held::now(context);
        println!("{what}: {self:?}, then {now:?}");
        assert_eq!(self.device, now.device, "{what}");
        if let (Some(before), Some(now)) = (self.host, now.host) {
            assert!(
                now <= before + HOST_BOUND,
                "{what}: {before} bytes, then {now}"
            );
        }
    }
}

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

fn builder(file: &str, context: &Arc<GpuContext>) -> SessionBuilder {
    let folder = demilite_needs::repository().join("models/shapes");
    let model = Arc::new(Model::open(folder.join(file)).unwrap());
    Session::builder(model).delegate(Arc::new(GpuDelegate::new(context.clone())))
}

fn image(session: &Session) -> Vec<Value> {
    let input = session.graph().tensor(session.graph().inputs()[0]);
    let bytes = vec![17; input.dtype.bytes_for(input.shape.elements()).unwrap()];
    vec![Value::from_bytes(input.dtype, input.shape.clone(), &bytes).unwrap()]
}

/// Invocations of one session.
fn one_session(file: &str, invocations: usize, context: &Arc<GpuContext>) {
    let mut session = builder(file, context).build().unwrap();
    let image = image(&session);
    let started = Instant::now();
    let first = session.run(&image).unwrap()[0].bytes().to_vec();
    let mut held = None;
    for invocation in 1..invocations {
        let outputs = session.run(&image).unwrap();
        assert_eq!(outputs[0].bytes(), first);
        if invocation == invocations / 10 {
            held = Some(Held::now(context));
        }
    }
    let what = format!("{invocations} of {file} in {:.1?}", started.elapsed());
    held.unwrap().expect_no_growth(&what, context);
}

/// Invocations of a pool, at most 32 at a time.
fn a_pool(file: &str, invocations: usize, context: &Arc<GpuContext>) {
    let builder = builder(file, context);
    let session = builder.clone().build().unwrap();
    let image = image(&session);
    let pool = SessionPool::new(&builder, NonZeroUsize::new(3).unwrap()).unwrap();
    let started = Instant::now();
    let mut held = None;
    for round in 0..invocations / 32 {
        let answers: Vec<_> = (0..32).map(|_| pool.invoke_async(image.clone())).collect();
        for answer in answers {
            pollster::block_on(answer).unwrap();
        }
        if round == invocations / 320 {
            held = Some(Held::now(context));
        }
    }
    let what = format!(
        "{invocations} of {file} in a pool in {:.1?}",
        started.elapsed()
    );
    held.unwrap().expect_no_growth(&what, context);
}

/// Sessions that are built, run once and dropped.
fn many_sessions(file: &str, sessions: usize, context: &Arc<GpuContext>) {
    let builder = builder(file, context);
    let mut held = None;
    let started = Instant::now();
    for number in 0..sessions {
        let mut session = builder.clone().build().unwrap();
        let image = image(&session);
        session.run(&image).unwrap();
        drop(session);
        if number == sessions / 10 {
            held = Some(Held::now(context));
        }
    }
    let what = format!("{sessions} sessions of {file} in {:.1?}", started.elapsed());
    held.unwrap().expect_no_growth(&what, context);
}

#[test]
fn memory_does_not_grow() {
    let Some(context) = open() else { return };
    let asked = std::env::var("DEMILITE_SOAK").ok();
    let invocations = asked.map_or(1000, |asked| asked.parse().expect("a number"));
    for file in ["shapes_f16.tflite", "shapes_int8.tflite"] {
        many_sessions(file, 100, &context);
        one_session(file, invocations, &context);
        a_pool(file, invocations, &context);
    }
    let before = Held::now(&context);
    drop(builder("shapes_f16.tflite", &context).build().unwrap());
    before.expect_no_growth("after all of them", &context);
}
