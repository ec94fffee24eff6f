//! Weights that have few values.

mod clusterer;
mod kmeans;
mod report;
mod start;
mod weights;

pub use clusterer::{Clustered, Clusterer};
pub use report::{ClusteredLayer, ClusteringReport};
pub use start::{Start, UnknownStart};
pub(crate) use weights::Clustering;
