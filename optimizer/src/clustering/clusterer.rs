//! The way from a model to one whose weights have few values.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use demilite_core::{Delegate, Model};

use super::report::{ClusteredLayer, ClusteringReport};
use super::start::Start;
use super::weights::Clustering;
use crate::calibration::Samples;
use crate::comparison::Comparison;
use crate::error::OptimizeError;
use crate::file_size::FileSize;
use crate::recipe::Pattern;
use crate::reconstruction::{Evidence, Walk, matrices};
use crate::soundness;

/// The most values that weights may be asked to have.
const MOST: usize = 256;

/// Gives the weights of a float model few values, so that its file deflates well.
///
/// ```
/// use demilite_core::Model;
/// use demilite_optimizer::Clusterer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let model = Model::from_static(demilite_models::shapes::F32, "shapes")?;
/// let clustered = Clusterer::new(model).clusters(16).finish()?;
/// let sizes = [clustered.report.before, clustered.report.after];
/// assert!(sizes[1].deflated < sizes[0].deflated / 2);
/// # Ok(())
/// # }
/// ```
///
/// With samples the weights of a row are chosen together, layer after layer, so that their errors cancel, and biases make up for the mean
/// of what is left. Zeros that pruning left stay zeros, and quantizing the clustered model keeps as few values.
pub struct Clusterer {
    model: Arc<Model>,
    clustering: Clustering,
    keep: Vec<Pattern>,
    correct_bias: bool,
    delegates: Vec<Arc<dyn Delegate>>,
    samples: Option<Box<dyn Samples>>,
}

/// A clustered model.
#[derive(Debug, Clone)]
pub struct Clustered {
    /// The model.
    pub model: Model,
    /// What was done.
    pub report: ClusteringReport,
}

impl fmt::Debug for Clusterer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clusterer")
            .field("model", &self.model.name())
            .field("clustering", &self.clustering)
            .finish_non_exhaustive()
    }
}

impl Clusterer {
    /// Begins with a float model, of which the weights of each layer are to have 16 values.
    pub fn new(model: impl Into<Arc<Model>>) -> Self {
        Clusterer {
            model: model.into(),
            clustering: Clustering {
                clusters: 16,
                per_channel: false,
                start: Start::Optimal,
            },
            keep: Vec::new(),
            correct_bias: true,
            delegates: Vec::new(),
            samples: None,
        }
    }

    /// How many values weights have at most, from 2 to 256.
    pub fn clusters(mut self, clusters: usize) -> Self {
        self.clustering.clusters = clusters;
        self
    }

    /// Whether each output channel has values of its own instead of those of its layer.
    pub fn per_channel(mut self, per_channel: bool) -> Self {
        self.clustering.per_channel = per_channel;
        self
    }

    /// How centroids are found.
    pub fn start(mut self, start: Start) -> Self {
        self.clustering.start = start;
        self
    }

    /// Leaves layers as they are. Depthwise convolutions always are.
    pub fn keep(mut self, pattern: Pattern) -> Self {
        self.keep.push(pattern);
        self
    }

    /// Whether biases make up for what clustering does to the mean of sums, where samples show it; they do unless said otherwise.
    pub fn correct_bias(mut self, correct_bias: bool) -> Self {
        self.correct_bias = correct_bias;
        self
    }

    /// Who runs the model on samples, the fastest first. All show what they compute, and the last one runs every op.
    pub fn delegates(mut self, delegates: impl IntoIterator<Item = Arc<dyn Delegate>>) -> Self {
        self.delegates.extend(delegates);
        self
    }

    /// Representative inputs, of which every fifth is held out for the comparison of outputs.
    pub fn samples(mut self, samples: impl Samples + 'static) -> Self {
        self.samples = Some(Box::new(samples));
        self
    }

    /// Clusters.
    ///
    /// # Errors
    /// An [`OptimizeError`] for a model that is none to cluster, for what cannot be asked for, and for a sample that does not fit.
    pub fn finish(self) -> Result<Clustered, OptimizeError> {
        self.finish_with(&mut |_, _| {})
    }

    /// As [`Clusterer::finish`], and says after each layer how many are done, and of how many.
    ///
    /// # Errors
    /// Those of [`Clusterer::finish`].
    pub fn finish_with(
        self,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Clustered, OptimizeError> {
        let Clustering {
            clusters,
            per_channel,
            start,
        } = self.clustering;
        if !(2..=MOST).contains(&clusters) {
            return Err(OptimizeError::Clusters { clusters });
        }
        soundness::check_with(&self.model, self.keep.iter())?;
        let (found, kept) = matrices(&self.model, &self.keep);
        if found.is_empty() {
            return Err(OptimizeError::NoWeights {
                what: "clustered",
                kept,
            });
        }
        let samples = self.samples.filter(|samples| samples.count() > 0);
        let delegates = self.delegates;
        let evidence = samples.map(|samples| Evidence { samples, delegates });
        let has_samples = evidence.is_some();
        let mut walk = Walk::new(Arc::clone(&self.model), evidence, self.correct_bias)?;
        let mut layers = Vec::new();
        for (done, matrix) in found.iter().enumerate() {
            let met = walk.meet(matrix, true)?;
            let weights = walk.weights(matrix);
            let clustered = self.clustering.apply(matrix, weights, met.target.as_ref());
            let distinct = |values: &[f32]| {
                let bits: BTreeSet<u32> = values.iter().map(|value| value.to_bits()).collect();
                bits.len()
            };
            let of_each = clustered.chunks(matrix.columns.max(1)).map(distinct);
            layers.push(ClusteredLayer {
                node: matrix.node_place.clone(),
                tensor: matrix.tensor_place.clone(),
                elements: clustered.len(),
                clusters: match per_channel {
                    true => of_each.max().unwrap_or(0),
                    false => distinct(&clustered),
                },
                zeros: clustered.iter().filter(|value| **value == 0.0).count(),
            });
            walk.change(matrix, &clustered, &met)?;
            progress(done + 1, found.len());
        }
        let changed = walk.finish()?;
        let report = ClusteringReport {
            clusters,
            per_channel,
            start,
            before: FileSize::of(&self.model)?,
            after: FileSize::of(&changed.model)?,
            layers,
            kept,
            corrected: changed.corrected,
            comparison: has_samples.then_some(Comparison {
                samples: changed.samples[0],
                held_out: changed.samples[1],
                sqnr: changed.sqnr,
            }),
            warnings: changed.warnings,
        };
        Ok(Clustered {
            model: changed.model,
            report,
        })
    }
}
