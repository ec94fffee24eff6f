//! Inputs and outputs in buffers of the caller.

use std::sync::Arc;

use demilite_core::op::{Activation, Add};
use demilite_core::{CompileError, DataType, Model, Op, Session, Shape, Value};
use demilite_gpu::{GpuContext, GpuDelegate, wgpu};

use crate::single_op::{Array, Input, devices, model};

const USAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE
    .union(wgpu::BufferUsages::COPY_DST)
    .union(wgpu::BufferUsages::COPY_SRC);

fn shapes_model(precision: &str) -> Arc<Model> {
    let path = format!("models/shapes/shapes_{precision}.tflite");
    let path = demilite_needs::repository().join(path);
    Arc::new(Model::open(path).unwrap())
}

fn buffer(context: &GpuContext, size: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
    context.device().create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size,
        usage,
        mapped_at_creation: false,
    })
}

/// The first bytes of a buffer of the caller.
fn read(context: &GpuContext, source: &wgpu::Buffer, bytes: usize) -> Vec<u8> {
    let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
    let staging = buffer(context, source.size(), usage);
    let mut encoder = context.device().create_command_encoder(&Default::default());
    encoder.copy_buffer_to_buffer(source, 0, &staging, 0, source.size());
    context.queue().submit([encoder.finish()]);
    staging.map_async(wgpu::MapMode::Read, .., |result| result.unwrap());
    context
        .device()
        .poll(wgpu::PollType::wait_indefinitely())
        .unwrap();
    let view = staging.slice(..).get_mapped_range().unwrap();
    view[..bytes].to_vec()
}

fn image(shape: &Shape, dtype: DataType, seed: usize) -> Value {
    let elements = (0..shape.elements()).map(|index| (index * 7 + seed) % 23);
    if dtype == DataType::Float32 {
        let floats: Vec<f32> = elements.map(|v| v as f32 / 11.5 - 1.0).collect();
        return Value::from_slice(shape.clone(), &floats).unwrap();
    }
    let bytes: Vec<i8> = elements.map(|v| v as i8 * 5 - 60).collect();
    Value::from_slice(shape.clone(), &bytes).unwrap()
}

#[test]
fn inputs_and_outputs_stay_on_the_device() {
    for delegate in devices() {
        let context = delegate.context();
        for precision in ["f16", "int8"] {
            let model = shapes_model(precision);
            let graph = &model.graphs()[0];
            let (input, output) = (graph.inputs()[0], graph.outputs()[0]);
            let mut plain = Session::builder(Arc::clone(&model))
                .delegate(delegate.clone())
                .build()
                .unwrap();
            let shape = plain.input_shapes()[0].clone();
            let dtype = graph.tensor(input).dtype;
            let bytes = |id| {
                let tensor = graph.tensor(id);
                GpuDelegate::buffer_bytes(tensor.dtype, &tensor.shape).unwrap()
            };
            let fed = buffer(context, bytes(input), USAGE);
            let given = buffer(context, bytes(output), USAGE);
            let shared = GpuDelegate::new(context.clone())
                .with_buffer(0, input, fed.clone())
                .with_buffer(0, output, given.clone());
            let mut session = Session::builder(Arc::clone(&model))
                .delegate(Arc::new(shared))
                .build()
                .unwrap();
            assert!(session.input_names().is_empty());
            assert_eq!(session.boundary_bytes(), 0);
            let counters = session.counters()[0];
            assert_eq!((counters.uploaded_bytes, counters.downloaded_bytes), (0, 0));
            for seed in 0..3 {
                let image = image(&shape, dtype, seed);
                context.queue().write_buffer(&fed, 0, image.bytes());
                assert!(session.run(&[]).unwrap().is_empty());
                let expected = plain.run(&[image]).unwrap().remove(0);
                let found = read(context, &given, expected.bytes().len());
                assert_eq!(found, expected.bytes(), "{precision}, image {seed}");
            }
        }
    }
}

#[test]
fn an_output_of_one_session_is_the_input_of_another() {
    let shape = [1, 3, 5, 4];
    let add = |context: &Arc<GpuContext>, from: &wgpu::Buffer, to: &wgpu::Buffer| {
        let constant = Input::Constant(Array::new(&[4], |index| index as f64 / 4.0));
        let fed = Input::Fed(Array::new(&shape, |_| 0.0));
        let op = Op::Add(Add {
            activation: Activation::None,
            pot_scale_int16: true,
        });
        let (model, _) = model(op, &[fed, constant], &shape);
        let graph = &model.graphs()[0];
        let delegate = GpuDelegate::new(context.clone())
            .with_buffer(0, graph.inputs()[0], from.clone())
            .with_buffer(0, graph.outputs()[0], to.clone());
        Session::builder(Arc::clone(&model))
            .delegate(Arc::new(delegate))
            .build()
            .unwrap()
    };
    for delegate in devices() {
        let context = delegate.context();
        let buffers: Vec<_> = (0..3).map(|_| buffer(context, 240, USAGE)).collect();
        let mut first = add(context, &buffers[0], &buffers[1]);
        let mut second = add(context, &buffers[1], &buffers[2]);
        let ones = [1.0_f32; 60];
        context
            .queue()
            .write_buffer(&buffers[0], 0, bytemuck::cast_slice(&ones));
        first.run(&[]).unwrap();
        second.run(&[]).unwrap();
        let bytes = read(context, &buffers[2], 240);
        let found: Vec<f32> = bytemuck::pod_collect_to_vec(&bytes);
        let expected: Vec<f32> = (0..60).map(|i| 1.0 + (i % 4) as f32 / 2.0).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_buffer_that_does_not_fit_is_refused() {
    let Some(delegate) = devices().first() else {
        return;
    };
    let context = delegate.context();
    let model = shapes_model("f16");
    let graph = &model.graphs()[0];
    let (input, output) = (graph.inputs()[0], graph.outputs()[0]);
    let build = |delegate: GpuDelegate| {
        let session = Session::builder(Arc::clone(&model)).delegate(Arc::new(delegate));
        session.build().map(drop).unwrap_err()
    };
    let message = |delegate: GpuDelegate| match build(delegate) {
        CompileError::Device { reason, .. } => reason.to_string(),
        other => panic!("{other}"),
    };
    let new = || GpuDelegate::new(context.clone());
    let large = buffer(context, 1 << 20, USAGE);
    let small = new().with_buffer(0, input, buffer(context, 16, USAGE));
    assert!(message(small).contains("16 bytes"));
    let unusable = buffer(context, 1 << 20, wgpu::BufferUsages::COPY_DST);
    let unusable = new().with_buffer(0, input, unusable);
    assert!(message(unusable).contains("STORAGE"));
    let twice = new()
        .with_buffer(0, input, large.clone())
        .with_buffer(0, output, large.clone());
    assert!(message(twice).contains("too"));
    let weights = graph.nodes()[0].inputs[0].unwrap();
    let inner = new().with_buffer(0, weights, large);
    assert!(message(inner).contains("neither an input nor an output"));
}
