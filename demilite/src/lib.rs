//! Runs `.tflite` models: the crate to link.
//!
//! ```
//! use std::sync::Arc;
//!
//! use demilite::image::{Fit, Labels, Image, ImageInput, scores, top_k};
//! use demilite::{DelegateChoice, Model, Session, delegates_for};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/shapes");
//! # let file = |name: &str| format!("{folder}/{name}");
//! let model = Arc::new(Model::open(file("shapes_f32.tflite"))?);
//! let selection = delegates_for(DelegateChoice::Cpu)?;
//! let mut session = Session::builder(model.clone())
//!     .delegates(selection.delegates)
//!     .build()?;
//!
//! let input = ImageInput::of(&model.graphs()[0])?;
//! let image = Image::open(file("images/star.png"))?;
//! let outputs = session.run(&[input.value(&[image], Fit::Crop)?])?;
//!
//! let labels = Labels::open(file("labels.txt"))?;
//! let output = session.graph().tensor(session.graph().outputs()[0]);
//! let best = top_k(&scores(&outputs[0], output)?, 1)[0];
//! assert_eq!(labels.get(best.index), Some("star"));
//! # Ok(())
//! # }
//! ```
//!
//! A model with ops outside the schema runs once their kernels are registered, as
//! [`custom_ops`] shows:
//!
//! ```
//! # use demilite::{NodeContext, OpError, Prepared, Shape, CustomKernel};
//! # struct Scale;
//! # impl CustomKernel for Scale {
//! #     fn name(&self) -> &str {
//! #         "Scale"
//! #     }
//! #     fn output_shapes(&self, _: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
//! #         Ok(vec![node.shape(0)?.clone()])
//! #     }
//! #     fn prepare(&self, _: &[u8], _: &NodeContext<'_>) -> Prepared {
//! #         Ok(Box::new(|_: &mut demilite::KernelIo<'_>| Ok(())))
//! #     }
//! # }
//! use std::sync::Arc;
//!
//! use demilite::{DelegateChoice, DelegateOptions, custom_ops, delegates_with};
//!
//! # fn main() -> Result<(), demilite::SelectionError> {
//! let options = DelegateOptions::default().reference(custom_ops::reference().with_custom_op(Arc::new(Scale)));
//! let selection = delegates_with(DelegateChoice::Auto, options)?;
//! # Ok(())
//! # }
//! ```
//!
//! A GPU may fail: it is lost, has no memory left, hangs. The error says what happened, and
//! [`OnDeviceFault`] what becomes of the session:
//!
//! ```no_run
//! use demilite::gpu::GpuError;
//! # use std::sync::Arc;
//! # use demilite::{DelegateChoice, Model, OnDeviceFault, Session, Value, delegates_for};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let model = Arc::new(Model::open("model.tflite")?);
//! # let inputs: Vec<Value> = Vec::new();
//!
//! let builder = Session::builder(model).delegates(delegates_for(DelegateChoice::Auto)?.delegates);
//! let mut session = builder.clone().build()?;
//! match session.run(&inputs) {
//!     Err(error) => match error.device_error() {
//!         Some(GpuError::DeviceLost { .. }) => println!("open the device again: {error}"),
//!         Some(GpuError::TimedOut { limit }) => println!("no answer within {limit:?}"),
//!         _ => return Err(error.into()),
//!     },
//!     Ok(outputs) => println!("{}", outputs.len()),
//! }
//!
//! // Or on the CPU from where the GPU failed:
//! let mut session = builder.on_device_fault(OnDeviceFault::NextDelegate).build()?;
//! session.run(&inputs)?;
//! for fault in session.faults() {
//!     println!("{fault}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | feature | brings |
//! |---|---|
//! | `cpu` | the reference backend, the 8-bit specification bit for bit |
//! | `gpu` | the wgpu backend, in the module `gpu` |
//! | `npz` | tensors in `.npz` files, in the module [`npz`], and files that are written whole or not at all, in [`output`] |
//! | `optimize` | quantized forms of float models, in the module `optimize` |
//! | `image` | images as inputs, labels and scores as answers, in the module [`image`] |
//!
//! All are on unless `default-features = false` says otherwise. Everything of `demilite-core` is
//! here under its own name.

pub use demilite_core::*;

#[cfg(feature = "cpu")]
pub use demilite_cpu_reference::ReferenceDelegate;
/// Kernels of ops outside the schema.
#[cfg(feature = "cpu")]
pub use demilite_custom_ops as custom_ops;
/// What runs nodes one after the other, for delegates and kernels of your own.
#[cfg(feature = "cpu")]
pub use demilite_executor as executor;
#[cfg(feature = "cpu")]
pub use demilite_executor::{CustomKernel, Kernel, KernelIo, Prepared, Unprepared};

/// The wgpu backend: adapters, devices and its delegate.
#[cfg(feature = "gpu")]
pub use demilite_gpu as gpu;

/// Quantized forms of float models.
#[cfg(feature = "optimize")]
pub use demilite_optimizer as optimize;

#[cfg(feature = "image")]
pub mod image;
#[cfg(feature = "npz")]
pub mod npz;
#[cfg(feature = "npz")]
pub mod output;
mod selection;

pub use selection::{
    DelegateChoice, DelegateOptions, Selection, SelectionError, UnknownDelegate, delegates_for,
    delegates_with,
};
