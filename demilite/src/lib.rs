//! Runs `.tflite` models: the crate to link.
//!
//! ```
//! use demilite::image::ImageInput;
//! use demilite::post::{Labels, top_k};
//!
//! # fn main() -> Result<(), demilite::Error> {
//! # let folder = std::env::temp_dir().join(format!("demilite-start-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder).expect("a folder");
//! # let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("a file");
//! # write("shapes.tflite", demilite_models::shapes::F32);
//! # write("labels.txt", demilite_models::shapes::LABELS);
//! # write("star.png", demilite_models::shapes::STAR);
//! # let file = |name: &str| folder.join(name);
//! let mut session = demilite::open(file("shapes.tflite"))?;
//! let image = ImageInput::of_session(&session)?.open(file("star.png"))?;
//! let outputs = session.run(&[image])?;
//!
//! let best = top_k(&session.reals(0, &outputs[0])?, 1)[0];
//! let labels = Labels::open(file("labels.txt"))?;
//! assert_eq!(labels.get(best.index), Some("star"));
//! # std::fs::remove_dir_all(&folder).expect("the folder");
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
//! | `audio` | WAV files as inputs, in the module [`audio`] |
//! | `cpu` | the fast CPU delegate, in the module `cpu`, and the reference backend: the 8-bit specification bit for bit |
//! | `gpu` | the wgpu backend, in the module `gpu` |
//! | `npz` | tensors in `.npz` files, in the module [`npz`], and files that are written whole or not at all, in [`output`] |
//! | `optimize` | quantized, pruned and clustered forms of float models, in the module `optimize` |
//! | `image` | images as inputs, and what a model file says of them, in the module [`image`] |
//!
//! All are on unless `default-features = false` says otherwise. Everything of `demilite-core` is
//! here under its own name.

pub use demilite_core::*;

/// The fast CPU delegate: its options, and the instructions that it knows.
#[cfg(feature = "cpu")]
pub use demilite_cpu as cpu;
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

#[cfg(feature = "audio")]
pub mod audio;
mod error;
#[cfg(feature = "image")]
pub mod image;
#[cfg(feature = "npz")]
pub mod npz;
#[cfg(feature = "npz")]
pub mod output;
pub mod post;
mod selection;
mod start;

pub use error::Error;
pub use selection::{
    Adapter, DelegateChoice, DelegateOptions, Selection, SelectionError, UnknownDelegate,
    delegates_for, delegates_with,
};
pub use start::{open, open_with, prepare};
