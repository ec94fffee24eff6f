//! Devices that are lost: those that the caller destroys.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use demilite_core::{CompileError, OnDeviceFault, Reject, RunError};
use demilite_gpu::{GpuError, GpuOptions, wgpu};

use crate::device::{adopt, builder, bytes, open, with_cpu};
use crate::layer::{Numbers, conv_2d, fully_connected};

fn is_lost(error: &RunError) -> bool {
    matches!(error.device_error(), Some(GpuError::DeviceLost { .. }))
}

#[test]
fn between_invocations() {
    let (model, fed) = conv_2d(3, 8, 16).model(Numbers::Int8);
    let Some((device, _, context)) = adopt(wgpu::Features::empty(), GpuOptions::default()) else {
        return;
    };
    let heard = Arc::new(AtomicUsize::new(0));
    let uncaptured = heard.clone();
    device.on_uncaptured_error(Arc::new(move |error| {
        eprintln!("{error}");
        uncaptured.fetch_add(1, Ordering::Relaxed);
    }));
    let other = open(GpuOptions::default()).unwrap();
    let mut elsewhere = builder(model.clone(), &other).build().unwrap();
    let mut first = builder(model.clone(), &context).build().unwrap();
    let mut second = with_cpu(model.clone(), &context)
        .on_device_fault(OnDeviceFault::NextDelegate)
        .build()
        .unwrap();
    let fed = [fed];
    let expected = bytes(&mut first, &fed);
    assert_eq!(bytes(&mut second, &fed), expected);

    device.destroy();
    let started = Instant::now();
    for _ in 0..3 {
        let error = first.run(&fed).unwrap_err();
        assert!(is_lost(&error), "{error}");
    }
    // The other session of the device goes on on the CPU, which gives the same bytes, and says so.
    assert_eq!(bytes(&mut second, &fed), expected);
    let plan = second.plan();
    assert_eq!(plan.compute_nodes(1), 1);
    assert!(matches!(
        plan.placements[0].rejections[0],
        (0, Reject::Failed(_))
    ));
    let lost = second.faults()[0].reason.downcast_ref::<GpuError>();
    assert!(
        matches!(lost, Some(GpuError::DeviceLost { .. })),
        "{lost:?}"
    );
    assert_eq!(bytes(&mut second, &fed), expected);
    assert_eq!(second.faults().len(), 1);
    // What comes later fails at once, or goes on.
    let Err(error) = builder(model.clone(), &context).build() else {
        panic!("a lost device compiled");
    };
    assert!(matches!(error, CompileError::Device { .. }), "{error}");
    assert!(matches!(
        error.device_error(),
        Some(GpuError::DeviceLost { .. })
    ));
    let mut third = with_cpu(model, &context)
        .on_device_fault(OnDeviceFault::NextDelegate)
        .build()
        .unwrap();
    assert_eq!(third.faults().len(), 1);
    assert_eq!(bytes(&mut third, &fed), expected);
    assert!(started.elapsed() < Duration::from_secs(10));
    // Other devices do not notice.
    assert_eq!(bytes(&mut elsewhere, &fed), expected);
    drop((first, second, third, context));
    assert_eq!(heard.load(Ordering::Relaxed), 0);
}

#[test]
fn before_a_session_is_built() {
    let (model, _) = fully_connected(5, 8, 16).model(Numbers::Float16);
    for profiled in [false, true] {
        let Some((device, _, context)) =
            adopt(wgpu::Features::TIMESTAMP_QUERY, GpuOptions::default())
        else {
            return;
        };
        let session = profiled.then(|| builder(model.clone(), &context).build().unwrap());
        device.destroy();
        let Err(error) = builder(model.clone(), &context).build() else {
            panic!("a lost device compiled");
        };
        assert!(
            matches!(error.device_error(), Some(GpuError::DeviceLost { .. })),
            "{error}"
        );
        if let Some(mut session) = session {
            session.set_profiling(true);
        }
    }
}

/// Work for a second or more of a processor.
const LONG: [usize; 3] = [1536, 1024, 1536];

#[test]
fn while_an_invocation_is_under_way() {
    let [rows, depth, outputs] = LONG;
    let (model, fed) = fully_connected(rows, depth, outputs).model(Numbers::Float32);
    let Some((device, _, context)) = adopt(wgpu::Features::empty(), GpuOptions::default()) else {
        return;
    };
    let mut session = builder(model.clone(), &context).build().unwrap();
    let fed = [fed];
    let started = Instant::now();
    let result = thread::scope(|scope| {
        let invocation = scope.spawn(|| session.run(&fed));
        thread::sleep(Duration::from_millis(200));
        device.destroy();
        invocation.join().unwrap()
    });
    // The device ends what it has begun: whether its result still arrives is a race.
    if let Err(error) = result {
        assert!(is_lost(&error), "{error}");
    }
    let error = session.run(&fed).unwrap_err();
    assert!(is_lost(&error), "{error}");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn the_error_holds_the_delegate_s_own() {
    let Some((device, _, context)) = adopt(wgpu::Features::empty(), GpuOptions::default()) else {
        return;
    };
    let (model, fed) = conv_2d(1, 8, 8).model(Numbers::Float32);
    let mut session = builder(model, &context).build().unwrap();
    device.destroy();
    let error = session.run(&[fed]).unwrap_err();
    assert!(
        matches!(error.device_error(), Some(GpuError::DeviceLost { .. })),
        "{error}"
    );
}
