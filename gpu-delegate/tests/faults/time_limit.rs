//! Invocations that take longer than they may.

use std::thread;
use std::time::{Duration, Instant};

use demilite_core::OnDeviceFault;
use demilite_gpu::{GpuContext, GpuError, GpuOptions, wgpu};

use crate::device::{adopt, builder, bytes, open, with_cpu};
use crate::layer::{Numbers, conv_2d, fully_connected};

/// Work for a second or more of a processor.
const LONG: [usize; 3] = [1536, 1024, 1536];

fn options(timeout: Duration) -> GpuOptions {
    GpuOptions::default().timeout(Some(timeout))
}

#[test]
fn a_session_that_was_given_up_goes_on_when_the_device_is_done() {
    let Some((device, queue, patient)) = adopt(wgpu::Features::empty(), GpuOptions::default())
    else {
        return;
    };
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let request = instance.request_adapter(&wgpu::RequestAdapterOptions::default());
    let adapter = pollster::block_on(request).unwrap();
    let limit = Duration::from_millis(1);
    let hasty = GpuContext::adopt(&adapter, device, queue, options(limit)).unwrap();
    let [rows, depth, outputs] = LONG;
    let (model, fed) = fully_connected(rows, depth, outputs).model(Numbers::Float32);
    let fed = [fed];
    let mut first = builder(model.clone(), &patient).build().unwrap();
    let expected = first.run(&fed).unwrap();
    drop(first);
    let mut session = builder(model.clone(), &hasty).build().unwrap();
    for _ in 0..3 {
        let started = Instant::now();
        let error = session.run(&fed).unwrap_err();
        assert!(
            matches!(error.device_error(), Some(GpuError::TimedOut { limit: other }) if *other == limit),
            "{error}"
        );
        assert!(started.elapsed() < Duration::from_millis(800));
    }
    // Another session of the device waits until it is done with the first.
    let (small, input) = conv_2d(3, 8, 16).model(Numbers::Int8);
    let mut other = builder(small.clone(), &patient).build().unwrap();
    let input = [input];
    let answer = bytes(&mut other, &input);
    // One of another device does not wait.
    let elsewhere = open(GpuOptions::default()).unwrap();
    let mut elsewhere = builder(small, &elsewhere).build().unwrap();
    assert_eq!(bytes(&mut elsewhere, &input), answer);
    // The device is idle: the invocation that was given up is over, and the session takes the next one, which is as long.
    let error = session.run(&fed).unwrap_err();
    assert!(
        matches!(error.device_error(), Some(GpuError::TimedOut { .. })),
        "{error}"
    );
    assert_eq!(bytes(&mut other, &input), answer);

    let mut moves = with_cpu(model, &hasty)
        .on_device_fault(OnDeviceFault::NextDelegate)
        .build()
        .unwrap();
    let outputs = moves.run(&fed).unwrap();
    let values = outputs.iter().zip(&expected);
    for (actual, expected) in values {
        let [actual, expected] = [actual, expected].map(|value| value.as_slice::<f32>().unwrap());
        let pairs = actual.iter().zip(expected);
        // Between them lie 16-bit activations on the device.
        let far = |(a, b): (&f32, &f32)| (a - b).abs() > 0.05 + b.abs() / 512.0;
        assert_eq!(pairs.filter(|&pair| far(pair)).count(), 0);
    }
    let fault = moves.faults()[0].reason.downcast_ref::<GpuError>();
    assert!(
        matches!(fault, Some(GpuError::TimedOut { .. })),
        "{fault:?}"
    );
}

#[test]
fn dropping_what_hangs_takes_no_time() {
    let Some(context) = open(options(Duration::from_millis(1))) else {
        return;
    };
    let [rows, depth, outputs] = LONG;
    let (model, fed) = fully_connected(2 * rows, depth, outputs).model(Numbers::Float32);
    let mut session = builder(model, &context).build().unwrap();
    let error = session.run(&[fed]).unwrap_err();
    assert!(
        matches!(error.device_error(), Some(GpuError::TimedOut { .. })),
        "{error}"
    );
    let started = Instant::now();
    drop(session);
    drop(context);
    assert!(
        started.elapsed() < Duration::from_millis(300),
        "{:?}",
        started.elapsed()
    );
    // The device goes on behind the test's back; it does not stop the process.
    thread::sleep(Duration::from_millis(10));
}
