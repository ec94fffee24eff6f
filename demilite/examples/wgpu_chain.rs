//! Two models, one after the other, on a device of the caller: what the first writes, the second reads, and nothing of it comes to the
//! host.
//!
//! `cargo run --example wgpu_chain`

use std::error::Error;
use std::sync::Arc;

use demilite::gpu::{GpuContext, GpuDelegate, GpuOptions, wgpu};
use demilite::image::{Fit, Image, ImageInput};
use demilite::op::{Relu, relu::ReluKind};
use demilite::post::{Labels, scores, top_k};
use demilite::{DataType, Graph, GraphParts, Model, Op, Session, Tensor};
use demilite_models::shapes;

fn main() -> Result<(), Box<dyn Error>> {
    let instance = wgpu::Instance::default();
    let Ok(adapter) = pollster::block_on(instance.request_adapter(&Default::default())) else {
        println!("skipped: no adapter");
        return Ok(());
    };
    let descriptor = wgpu::DeviceDescriptor {
        // Software adapters are faster with it, and larger tensors fit.
        required_limits: adapter.limits(),
        ..Default::default()
    };
    let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))?;
    let context = GpuContext::adopt(&adapter, device, queue, GpuOptions::default())?;

    // The first model holds pixels within −1 and 1, the second one says which shape they show.
    let first = Model::from_graph(clamp()?);
    let second = Model::from_static(shapes::F32, "shapes")?;
    let (pixels, held) = (ends(&first).0, ends(&second).0);
    let classes = ends(&second).1;
    let buffers = [pixels, held, classes].map(|tensor| context.buffer_for(tensor));
    let [fed, between, given] = buffers;
    let (fed, between, given) = (fed?, between?, given?);

    let mut clamp = session(&context, first.clone(), &fed, &between)?;
    let mut classify = session(&context, second.clone(), &between, &given)?;

    let image = Image::from_bytes(shapes::STAR, "star.png")?;
    let image = ImageInput::of(&second.graphs()[0])?.value(&[image], Fit::Crop)?;
    context.write(&fed, image.view())?;
    clamp.run(&[])?;
    classify.run(&[])?;

    let output = context.read(&given, classes)?;
    let best = top_k(&scores(&output, classes)?, 1)[0];
    let labels = Labels::from_bytes(shapes::LABELS, "labels.txt")?;
    println!(
        "{} {:.4}",
        labels.get(best.index).unwrap_or("?"),
        best.score
    );
    Ok(())
}

/// The only input and the only output of a model.
fn ends(model: &Model) -> (&Tensor, &Tensor) {
    let graph = &model.graphs()[0];
    (
        graph.tensor(graph.inputs()[0]),
        graph.tensor(graph.outputs()[0]),
    )
}

/// A session that reads one buffer and writes another.
fn session(
    context: &Arc<GpuContext>,
    model: Model,
    from: &wgpu::Buffer,
    to: &wgpu::Buffer,
) -> Result<Session, demilite::Error> {
    let graph = &model.graphs()[0];
    let delegate = GpuDelegate::new(context.clone())
        .with_buffer(0, graph.inputs()[0], from.clone())
        .with_buffer(0, graph.outputs()[0], to.clone());
    let builder = Session::builder(Arc::new(model)).delegate(Arc::new(delegate));
    Ok(builder.build()?)
}

/// A model that holds floats within −1 and 1.
fn clamp() -> Result<Graph, demilite::GraphError> {
    let mut parts = GraphParts::default();
    let shape = [1, 96, 96, 3];
    let x = parts.tensor(Tensor::new("x", DataType::Float32, shape));
    let y = parts.tensor(Tensor::new("y", DataType::Float32, shape));
    let kind = ReluKind::ReluN1To1;
    parts.node(Op::Relu(Relu { kind }), [Some(x)], [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    Graph::new(parts)
}
