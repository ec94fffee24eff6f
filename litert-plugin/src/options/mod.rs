//! What a user asks of the delegate: pairs of texts, as `load_delegate` and `external_delegate` hand them over.

mod error;
mod parse;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use demilite::gpu::{AdapterChoice, Precision, Tune};
use demilite::{DelegateChoice, PartitionOptions};

pub(crate) use error::OptionError;

/// How much the delegate says on the standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Log {
    /// Nothing but errors, which go to LiteRT.
    #[default]
    Off,
    /// For each graph how many nodes are claimed.
    Graphs,
    /// For each node that stays with LiteRT the reason too.
    Nodes,
}

/// What a user asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// Who is to run nodes.
    pub(crate) backend: DelegateChoice,
    /// The floats of the GPU.
    pub(crate) precision: Precision,
    /// Threads of the fast CPU delegate; one for each core without it.
    pub(crate) threads: Option<NonZeroUsize>,
    /// The adapter of the GPU.
    pub(crate) adapter: AdapterChoice,
    /// The folder of compiled pipelines.
    pub(crate) pipeline_cache: Option<PathBuf>,
    /// Whether kernels of the GPU are measured.
    pub(crate) tune: Tune,
    /// Which nodes may be claimed, and how large partitions have to be.
    pub(crate) partitions: PartitionOptions,
    /// How much is said.
    pub(crate) log: Log,
    /// Whether it is an error where anything would stay with LiteRT.
    pub(crate) strict: bool,
}
