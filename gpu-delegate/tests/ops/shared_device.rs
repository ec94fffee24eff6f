//! A device that the caller opened.

use std::sync::Arc;

use demilite_core::{Model, Session, Value};
use demilite_gpu::{
    GpuContext, GpuDelegate, GpuOptions, HalfAccess, ParamsAccess, ProductMethod, wgpu,
};

use crate::single_op::devices;

fn answer(context: Arc<GpuContext>) -> Vec<u8> {
    let path = demilite_needs::repository().join("models/shapes/shapes_f16.tflite");
    let mut session = Session::builder(Arc::new(Model::open(path).unwrap()))
        .delegate(Arc::new(GpuDelegate::new(context)))
        .build()
        .unwrap();
    let shape = session.input_shapes()[0].clone();
    let elements = (0..shape.elements()).map(|index| (index % 23) as f32 / 11.5 - 1.0);
    let image = Value::from_slice(shape.clone(), &elements.collect::<Vec<f32>>()).unwrap();
    session.run(&[image]).unwrap().remove(0).bytes().to_vec()
}

#[test]
fn a_device_of_the_caller_gives_the_same_bytes() {
    if devices().is_empty() {
        return;
    }
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let request = instance.request_adapter(&wgpu::RequestAdapterOptions::default());
    let adapter = pollster::block_on(request).unwrap();
    for required_features in [wgpu::Features::empty(), wgpu::Features::SHADER_F16] {
        if !adapter.features().contains(required_features) {
            continue;
        }
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            required_features,
            required_limits: adapter.limits(),
            ..Default::default()
        });
        let (device, queue) = pollster::block_on(request).unwrap();
        for half_access in [HalfAccess::Native, HalfAccess::Packed, HalfAccess::Integer] {
            // A device that was not asked for cooperative matrices would sum in another order.
            let options = GpuOptions::default()
                .half_access(half_access)
                .products(ProductMethod::Registers);
            // The sizes of dispatches in the other kind of buffer than a software adapter's.
            let elsewhere = options.clone().params_access(ParamsAccess::Uniform);
            let adopted =
                GpuContext::adopt(&adapter, device.clone(), queue.clone(), elsewhere).unwrap();
            assert_eq!(adopted.adapter().name, adapter.get_info().name);
            assert!(!adopted.has_timestamps());
            let own = GpuContext::open(options).unwrap();
            assert_eq!(answer(adopted), answer(own), "{half_access:?}");
        }
        // The device is still the caller's.
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: 16,
            usage: wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        queue.write_buffer(&buffer, 0, &[1; 16]);
        queue.submit([]);
    }
}

#[test]
fn the_limits_that_every_device_has_are_enough_and_lower_ones_are_refused() {
    if devices().is_empty() {
        return;
    }
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let request = instance.request_adapter(&wgpu::RequestAdapterOptions::default());
    let adapter = pollster::block_on(request).unwrap();
    let adopt = |required_limits: wgpu::Limits, options: GpuOptions| {
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            required_limits,
            ..Default::default()
        });
        let (device, queue) = pollster::block_on(request).unwrap();
        GpuContext::adopt(&adapter, device, queue, options)
    };
    // A device that was not asked for 16-bit floats or cooperative matrices would compute in another order.
    let options = GpuOptions::default()
        .half_access(HalfAccess::Packed)
        .products(ProductMethod::Registers);
    let adopted = adopt(wgpu::Limits::default(), options.clone()).unwrap();
    let own = GpuContext::open(options.clone()).unwrap();
    assert_eq!(answer(adopted), answer(own));

    let refusal = |limits, options| adopt(limits, options).unwrap_err().to_string();
    let storage = options.clone().params_access(ParamsAccess::Storage);
    let ninth = refusal(wgpu::Limits::default(), storage);
    assert!(
        ninth.contains("max_storage_buffers_per_shader_stage 8"),
        "{ninth}"
    );
    let few = refusal(wgpu::Limits::downlevel_defaults(), options);
    assert!(
        few.contains("max_storage_buffers_per_shader_stage 4"),
        "{few}"
    );
    assert!(few.contains("the kernels need 8"), "{few}");
}
