//! A device as its users have it: opened or adopted, with its cooperative matrices held to what they promise, and measured.

mod probe;
mod rates;
mod tensors;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::device::adapter::{AdapterDescription, adapters, choose, description, instance};
use crate::device::choices::TunedKernel;
use crate::device::cooperative_matrices::CooperativeMatrices;
use crate::device::{AskedPipeline, Device, Replacement, wanted_matrices};
use crate::error::GpuError;
use crate::options::{GpuOptions, HalfAccess, ProductMethod};
pub use rates::Rates;

/// An open device with its queue and its compiled pipelines. Delegates of several models share one.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use demilite_core::{Model, Session};
/// use demilite_gpu::{GpuContext, GpuDelegate, GpuOptions};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let context = GpuContext::open(GpuOptions::default())?;
/// println!("{}", context.adapter());
/// for path in ["detector.tflite", "landmarks.tflite"] {
///     let delegate = GpuDelegate::new(Arc::clone(&context));
///     let session = Session::builder(Arc::new(Model::open(path)?))
///         .delegate(Arc::new(delegate))
///         .build()?;
///     println!("{path}: {} nodes", session.graph().nodes().len());
/// }
/// # Ok(())
/// # }
/// ```
pub struct GpuContext {
    device: Arc<Device>,
}

impl fmt::Debug for GpuContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GpuContext")
            .field("adapter", self.adapter())
            .field("options", self.options())
            .finish_non_exhaustive()
    }
}

impl GpuContext {
    /// Opens a device.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`], [`GpuError::AdapterNotFound`], [`GpuError::NoCooperativeMatrices`],
    /// [`GpuError::CooperativeMatricesFail`], [`GpuError::DeviceRefused`].
    pub fn open(options: GpuOptions) -> Result<Arc<Self>, GpuError> {
        let (adapter, description) = choose(&instance(), &options.adapter)?;
        let matrices = wanted_matrices(&adapter, description.kind, &options);
        let is_asked_for = options.products == ProductMethod::CooperativeMatrices;
        if is_asked_for && matrices.is_none() {
            return Err(GpuError::NoCooperativeMatrices {
                adapter: description.name,
                half_access: options.half_access,
            });
        }
        let device = Device::request(&adapter, &description, &options, matrices)?;
        let device = match disproof_of_matrices(&device) {
            None => device,
            Some(reason) if is_asked_for => {
                return Err(GpuError::CooperativeMatricesFail {
                    adapter: description.name,
                    reason,
                });
            }
            Some(_) => Device::request(&adapter, &description, &options, None)?,
        };
        let device = match disproof_of_halves(&device) {
            None => device,
            Some(_) => {
                let options = options.half_access(HalfAccess::Integer);
                Device::request(&adapter, &description, &options, None)?
            }
        };
        Ok(Arc::new(GpuContext { device }))
    }

    /// A context on a device that the caller opened and goes on using; `options.adapter` says nothing then. What the device
    /// was not asked for, such as [`wgpu::Features::SHADER_F16`] or [`wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX`], is done
    /// without. The caller's handlers of uncaptured errors and of a lost device stay.
    ///
    /// The limits that every WebGPU device has ([`wgpu::Limits::default`]) are enough. With `required_limits: adapter.limits()`
    /// larger tensors fit, and software adapters are faster ([`ParamsAccess`](crate::ParamsAccess)).
    ///
    /// # Errors
    /// [`GpuError::DeviceLimit`] for a device that allows less than the kernels need.
    ///
    /// ```
    /// use demilite_gpu::{GpuContext, GpuOptions, wgpu};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let instance = wgpu::Instance::default();
    /// let Ok(adapter) = pollster::block_on(instance.request_adapter(&Default::default())) else {
    ///     return Ok(()); // No adapter.
    /// };
    /// let descriptor = wgpu::DeviceDescriptor {
    ///     required_limits: adapter.limits(),
    ///     ..Default::default()
    /// };
    /// let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))?;
    /// let context = GpuContext::adopt(&adapter, device.clone(), queue, GpuOptions::default())?;
    /// assert_eq!(context.device(), &device);
    /// # Ok(())
    /// # }
    /// ```
    pub fn adopt(
        adapter: &wgpu::Adapter,
        device: wgpu::Device,
        queue: wgpu::Queue,
        options: GpuOptions,
    ) -> Result<Arc<Self>, GpuError> {
        let info = adapter.get_info();
        let described = adapters();
        let known = described.iter().find(|description| {
            description.name == info.name && description.backend == info.backend.to_string()
        });
        let description = description(known.map_or(0, |known| known.index), adapter);
        let matrices = wanted_matrices(adapter, description.kind, &options)
            .filter(|_| device.features().contains(CooperativeMatrices::FEATURES));
        let adopted = |matrices, options: &GpuOptions| {
            let opened = (device.clone(), queue.clone());
            Device::adopt(
                adapter,
                opened,
                description.clone(),
                options.clone(),
                matrices,
            )
        };
        let proven = adopted(matrices, &options)?;
        let device = match disproof_of_matrices(&proven) {
            None => proven,
            Some(_) => adopted(None, &options)?,
        };
        let device = match disproof_of_halves(&device) {
            None => device,
            Some(_) => adopted(None, &options.clone().half_access(HalfAccess::Integer))?,
        };
        Ok(Arc::new(GpuContext { device }))
    }

    /// A context on the same device. It takes pipelines from this one, but for those of kernels with the replaced file.
    #[doc(hidden)]
    #[must_use]
    pub fn overlay(self: &Arc<Self>, replacement: Option<Replacement>) -> Arc<Self> {
        Arc::new(GpuContext {
            device: self.device.overlay(replacement),
        })
    }

    /// The pipelines that programs of this context asked for.
    #[doc(hidden)]
    #[must_use]
    pub fn pipelines(&self) -> Vec<AskedPipeline> {
        self.device.pipelines.asked_for()
    }

    /// The adapter that the device is of.
    #[must_use]
    pub fn adapter(&self) -> &AdapterDescription {
        self.device.adapter()
    }

    /// The device, for buffers and submissions of the caller's own.
    #[must_use]
    pub fn device(&self) -> &wgpu::Device {
        &self.device.handle
    }

    /// The queue that invocations are submitted to.
    #[must_use]
    pub fn queue(&self) -> &wgpu::Queue {
        &self.device.queue
    }

    /// How the device was opened.
    #[must_use]
    pub fn options(&self) -> &GpuOptions {
        self.device.options()
    }

    /// Whether the device tells the time of each dispatch.
    #[must_use]
    pub fn has_timestamps(&self) -> bool {
        self.device.has_timestamps()
    }

    /// Whether products of 16-bit floats are computed by cooperative matrices where that is fastest or asked for.
    #[must_use]
    pub fn has_cooperative_matrices(&self) -> bool {
        self.device.tuning().matrices.is_some()
    }

    /// The kernels that programs of this context have because they were measured to be faster than those that they would have had.
    #[must_use]
    pub fn tuned_kernels(&self) -> Vec<TunedKernel> {
        self.device.choices.taken()
    }

    /// Has searches for the fastest kernels ([`GpuOptions::tune`]) tell `observer` how many classes of layers are measured and how
    /// many there are to measure, before each of them and at the end. A context has one observer: the first.
    pub fn observe_tuning(&self, observer: impl Fn(usize, usize) + Send + Sync + 'static) {
        self.device.choices.observe(Box::new(observer));
    }

    /// How long invocations have waited for the device so far, those of all threads together. What else an invocation takes is the
    /// host's work.
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.device.health.waited()
    }

    /// Measures the device: some tens of milliseconds for each rate on a fast one, seconds in software.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`], [`GpuError::TimedOut`].
    pub fn measure_rates(self: &Arc<Self>) -> Result<Rates, GpuError> {
        Rates::measure(&self.device)
    }

    /// The device as the delegate's own parts have it.
    pub(crate) fn inner(&self) -> &Arc<Device> {
        &self.device
    }
}

/// Why the device's cooperative matrices, if it has them, are not to be used; it is logged too.
fn disproof_of_matrices(device: &Arc<Device>) -> Option<String> {
    let reason = match probe::cooperative_matrices::probe(device, device.tuning().matrices?) {
        Ok(true) => return None,
        Ok(false) => "a product that must be exact is not".to_owned(),
        Err(error) => error.to_string(),
    };
    let adapter = &device.adapter().name;
    tracing::warn!(%adapter, %reason, "cooperative matrices are left out");
    Some(reason)
}

/// Why the device's functions for 16-bit floats, if it is to use them, are not to be used; it is logged too.
fn disproof_of_halves(device: &Arc<Device>) -> Option<String> {
    if !device.unpacks_halves() {
        return None;
    }
    let reason = match probe::halves::probe(device) {
        Ok(true) => return None,
        Ok(false) => "they round otherwise than IEEE 754".to_owned(),
        Err(error) => error.to_string(),
    };
    let adapter = &device.adapter().name;
    tracing::info!(%adapter, %reason, "integers take the place of functions for 16-bit floats");
    Some(reason)
}
