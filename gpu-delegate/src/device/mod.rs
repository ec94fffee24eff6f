//! The device: which adapter it is of, what it can do and how fast, the pipelines that it compiled, and its health.

pub(crate) mod adapter;
pub(crate) mod context;
pub(crate) mod health;
mod overlay;
pub(crate) mod pipeline;
mod pipeline_cache;
mod rates;
pub(crate) mod tuning;

pub use adapter::{AdapterChoice, AdapterDescription, AdapterKind, adapters};
pub use context::{GpuContext, GpuOptions, HalfAccess, ParamsAccess};
#[doc(hidden)]
pub use overlay::{AskedPipeline, Replacement};
pub use rates::Rates;
pub use tuning::ProductMethod;
