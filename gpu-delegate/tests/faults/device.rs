//! The devices that the tests make use of.

use std::sync::Arc;

use demilite_core::{Model, Session, SessionBuilder, Value};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::{GpuContext, GpuDelegate, GpuError, GpuOptions, wgpu};
use demilite_needs::Need;

/// A device of its own; none without an adapter, which is said.
pub(crate) fn open(options: GpuOptions) -> Option<Arc<GpuContext>> {
    match GpuContext::open(options) {
        Ok(context) => Some(context),
        Err(GpuError::NoAdapter) => {
            demilite_needs::skip(Need::Gpu, "no adapter");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A device that the test holds too, with these features of those that the adapter has.
pub(crate) fn adopt(
    features: wgpu::Features,
    options: GpuOptions,
) -> Option<(wgpu::Device, wgpu::Queue, Arc<GpuContext>)> {
    open(options.clone())?;
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let request = instance.request_adapter(&wgpu::RequestAdapterOptions::default());
    let adapter = pollster::block_on(request).unwrap();
    let request = adapter.request_device(&wgpu::DeviceDescriptor {
        required_features: features & adapter.features(),
        required_limits: adapter.limits(),
        ..Default::default()
    });
    let (device, queue) = pollster::block_on(request).unwrap();
    let context = GpuContext::adopt(&adapter, device.clone(), queue.clone(), options).unwrap();
    Some((device, queue, context))
}

/// A session on the device alone.
pub(crate) fn builder(model: Arc<Model>, context: &Arc<GpuContext>) -> SessionBuilder {
    Session::builder(model).delegate(Arc::new(GpuDelegate::new(context.clone())))
}

/// A session on the device, and on the CPU after it.
pub(crate) fn with_cpu(model: Arc<Model>, context: &Arc<GpuContext>) -> SessionBuilder {
    builder(model, context).delegate(Arc::new(ReferenceDelegate::default()))
}

/// The bytes of the first output.
pub(crate) fn bytes(session: &mut Session, fed: &[Value]) -> Vec<u8> {
    session.run(fed).unwrap()[0].bytes().to_vec()
}
