//! The way from a model to one whose weights are mostly zero.

use std::fmt;
use std::sync::Arc;

use demilite_core::{Delegate, Model};

use super::allotment::{Allotment, allot};
use super::channels;
use super::encoding::encode;
use super::method::{PruningMethod, PruningScope};
use super::report::{PrunedLayer, PruningReport};
use super::structure::Structure;
use super::weights::{by_cost, by_magnitude};
use crate::calibration::Samples;
use crate::comparison::Comparison;
use crate::error::OptimizeError;
use crate::file_size::FileSize;
use crate::recipe::Pattern;
use crate::reconstruction::{Changed, Evidence, Walk, WeightMatrix, matrices};
use crate::report::Kept;
use crate::soundness;
use crate::weights::is_clustered;

/// Sets weights of a float model to zero.
///
/// ```
/// use demilite_core::Model;
/// use demilite_optimizer::Pruner;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let model = Model::from_static(demilite_models::shapes::F32, "shapes")?;
/// let pruned = Pruner::new(model).sparsity(0.5).keep("#0".parse()?).finish()?;
/// assert!(pruned.report.reached() >= 0.49);
/// assert!(pruned.report.after.deflated < pruned.report.before.deflated);
/// # Ok(())
/// # }
/// ```
///
/// With samples the weights that stay make up for those that go, layer after layer, and biases for the mean of what is left.
pub struct Pruner {
    model: Arc<Model>,
    sparsity: Option<f64>,
    structure: Structure,
    method: Option<PruningMethod>,
    scope: PruningScope,
    keep: Vec<Pattern>,
    correct_bias: bool,
    encode: bool,
    delegates: Vec<Arc<dyn Delegate>>,
    samples: Option<Box<dyn Samples>>,
}

/// A pruned model.
#[derive(Debug, Clone)]
pub struct Pruned {
    /// The model.
    pub model: Model,
    /// What was done.
    pub report: PruningReport,
}

impl fmt::Debug for Pruner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pruner")
            .field("model", &self.model.name())
            .field("sparsity", &self.sparsity)
            .field("structure", &self.structure)
            .field("method", &self.method)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl Pruner {
    /// Begins with a float model, half of whose weights are to become zero in each layer, wherever they lie.
    pub fn new(model: impl Into<Arc<Model>>) -> Self {
        Pruner {
            model: model.into(),
            sparsity: None,
            structure: Structure::Unstructured,
            method: None,
            scope: PruningScope::Layer,
            keep: Vec::new(),
            correct_bias: true,
            encode: false,
            delegates: Vec::new(),
            samples: None,
        }
    }

    /// The share of weights that become zero, from 0 to below 1; of [`Structure::Channels`] the share of channels that go. 0.5 unless the
    /// structure has a sparsity of its own.
    pub fn sparsity(mut self, sparsity: f64) -> Self {
        self.sparsity = Some(sparsity);
        self
    }

    /// Where zeros may lie.
    pub fn structure(mut self, structure: Structure) -> Self {
        self.structure = structure;
        self
    }

    /// How weights are chosen: [`PruningMethod::SecondOrder`] with samples and [`PruningMethod::Magnitude`] without, unless said otherwise.
    pub fn method(mut self, method: PruningMethod) -> Self {
        self.method = Some(method);
        self
    }

    /// What the sparsity is of; each layer unless said otherwise.
    pub fn scope(mut self, scope: PruningScope) -> Self {
        self.scope = scope;
        self
    }

    /// Leaves layers as they are. Depthwise convolutions always are.
    pub fn keep(mut self, pattern: Pattern) -> Self {
        self.keep.push(pattern);
        self
    }

    /// Whether biases make up for what pruning does to the mean of sums, where samples show it; they do unless said otherwise.
    pub fn correct_bias(mut self, correct_bias: bool) -> Self {
        self.correct_bias = correct_bias;
        self
    }

    /// Whether weights are stored without their zeros where that is smaller. A DENSIFY puts them back for ops but FULLY_CONNECTED when a
    /// runtime loads the model, and nothing quantizes such weights any more.
    pub fn encode(mut self, encode: bool) -> Self {
        self.encode = encode;
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

    /// Prunes.
    ///
    /// # Errors
    /// An [`OptimizeError`] for a model that is none to prune, for what cannot be asked for, and for a sample that does not fit.
    pub fn finish(self) -> Result<Pruned, OptimizeError> {
        self.finish_with(&mut |_, _| {})
    }

    /// As [`Pruner::finish`], and says after each layer how many are done, and of how many.
    ///
    /// # Errors
    /// Those of [`Pruner::finish`].
    pub fn finish_with(
        mut self,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Pruned, OptimizeError> {
        let sparsity = self.share()?;
        soundness::check_with(&self.model, self.keep.iter())?;
        let samples = self.samples.take().filter(|samples| samples.count() > 0);
        let method = match (self.method, &samples) {
            (None, Some(_)) => PruningMethod::SecondOrder,
            (None, None) => PruningMethod::Magnitude,
            (Some(PruningMethod::SecondOrder), None) => {
                return Err(OptimizeError::NoEvidence {
                    method: PruningMethod::SecondOrder.name(),
                });
            }
            (Some(method), _) => method,
        };
        let (found, mut kept) = matrices(&self.model, &self.keep);
        let (found, unfit): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|matrix| self.unfit(matrix).is_none());
        kept.extend(unfit.iter().map(|matrix| Kept {
            node: matrix.node_place.clone(),
            reason: self.unfit(matrix).unwrap_or_default(),
        }));
        if found.is_empty() {
            return Err(OptimizeError::NoWeights {
                what: "pruned",
                kept,
            });
        }
        let before = FileSize::of(&self.model)?;
        let few = found.iter().find(|matrix| {
            let tensor = self.model.graphs()[matrix.graph].tensor(matrix.tensor);
            is_clustered(soundness::reals(tensor).unwrap_or_default())
        });
        if let Some(matrix) = few {
            return Err(OptimizeError::Clustered {
                place: matrix.node_place.clone(),
            });
        }
        let delegates = std::mem::take(&mut self.delegates);
        let evidence = samples.map(|samples| Evidence { samples, delegates });
        let has_samples = evidence.is_some();
        let walk = Walk::new(Arc::clone(&self.model), evidence, self.correct_bias)?;
        let (mut changed, mut layers) = match self.structure {
            Structure::Channels => {
                let choice = channels::Choice {
                    keep: &self.keep,
                    sparsity,
                    scope: self.scope,
                    method,
                };
                channels::prune(&self.model, walk, &found, choice, progress)?
            }
            _ => self.prune_elements(walk, &found, sparsity, method, progress)?,
        };
        if self.encode {
            changed.model = self.encoded(changed.model, &mut layers)?;
        }
        let comparison = has_samples.then_some(Comparison {
            samples: changed.samples[0],
            held_out: changed.samples[1],
            sqnr: changed.sqnr,
        });
        let report = PruningReport {
            structure: self.structure,
            method,
            scope: self.scope,
            sparsity,
            before,
            after: FileSize::of(&changed.model)?,
            layers,
            kept,
            corrected: changed.corrected,
            comparison,
            warnings: changed.warnings,
        };
        Ok(Pruned {
            model: changed.model,
            report,
        })
    }

    /// The share of weights that become zero.
    fn share(&self) -> Result<f64, OptimizeError> {
        let own = self.structure.own_sparsity();
        let sparsity = self.sparsity.or(own).unwrap_or(0.5);
        if !(0.0..1.0).contains(&sparsity) {
            return Err(OptimizeError::Sparsity { sparsity });
        }
        match own {
            Some(own) if (own - sparsity).abs() > 1e-6 => Err(OptimizeError::SparsityOfStructure {
                structure: self.structure.to_string(),
                own,
                asked: sparsity,
            }),
            _ => Ok(sparsity),
        }
    }

    /// Why weights cannot have zeros where the structure wants them.
    fn unfit(&self, matrix: &WeightMatrix) -> Option<String> {
        match self.structure {
            Structure::OfEach { of, .. } if !matrix.depth.is_multiple_of(of) => Some(format!(
                "its {} input channels do not divide into groups of {of}",
                matrix.depth
            )),
            _ => None,
        }
    }

    /// Sets single weights to zero.
    fn prune_elements(
        &self,
        mut walk: Walk,
        found: &[WeightMatrix],
        sparsity: f64,
        method: PruningMethod,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(Changed, Vec<PrunedLayer>), OptimizeError> {
        let is_layer_by_layer =
            self.scope == PruningScope::Layer || self.structure.own_sparsity().is_some();
        let allotment = match (is_layer_by_layer, method) {
            (true, _) => Allotment::Even,
            (false, PruningMethod::Magnitude) => Allotment::Magnitude,
            (false, PruningMethod::SecondOrder) => Allotment::Energy(walk.energies(found)?),
        };
        let counts = allot(&walk, found, sparsity, &allotment);
        let mut layers = Vec::new();
        for (done, (matrix, count)) in std::iter::zip(found, counts).enumerate() {
            let met = walk.meet(matrix, method == PruningMethod::SecondOrder)?;
            let weights = walk.weights(matrix);
            let pruned = match &met.target {
                Some(target) => by_cost(self.structure, matrix, weights, target, count),
                None => by_magnitude(self.structure, matrix, weights, count),
            };
            let zeros = |weights: &[f32]| weights.iter().filter(|weight| **weight == 0.0).count();
            layers.push(PrunedLayer {
                node: matrix.node_place.clone(),
                tensor: matrix.tensor_place.clone(),
                elements: weights.len(),
                zeros_before: zeros(weights),
                zeros: zeros(&pruned),
                channels: None,
                is_sparse: false,
            });
            walk.change(matrix, &pruned, &met)?;
            progress(done + 1, found.len());
        }
        Ok((walk.finish()?, layers))
    }

    /// The model with weights that are stored without their zeros.
    fn encoded(&self, model: Model, layers: &mut [PrunedLayer]) -> Result<Model, OptimizeError> {
        let (found, _) = matrices(&model, &self.keep);
        let mut parts = model.into_parts();
        for matrix in found {
            let encoded = encode(&mut parts, matrix.graph, matrix.tensor, self.structure);
            let is_sparse = encoded.map_err(OptimizeError::ChangedGraph)?;
            let layer = layers
                .iter_mut()
                .find(|layer| layer.node == matrix.node_place);
            if let Some(layer) = layer {
                layer.is_sparse = is_sparse;
            }
        }
        parts.into_model().map_err(OptimizeError::ChangedGraph)
    }
}
