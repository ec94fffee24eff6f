//! What is asked of training.

use serde::Serialize;

use super::augmentation::Augmentation;
use super::error::TrainingError;
use super::method::Optimizer;
use super::schedule::SparsitySchedule;
use crate::clustering::Start;
use crate::named::named;
use crate::pruning::{PruningScope, Structure};

named! {
    /// The integers that rounding stands for while a model is trained.
    FakeQuantForm, UnknownFakeQuantForm, "form", {
        /// 8-bit weights and activations.
        Int8 = "int8",
        /// 8-bit weights and 16-bit activations.
        Int16x8 = "int16x8",
    }
}

named! {
    /// How the ranges of activations follow while a model is trained.
    RangeRule, UnknownRangeRule, "rule", {
        /// They follow what samples show.
        MovingAverage = "moving-average",
        /// They are trained as weights are.
        Learned = "learned",
    }
}

/// What rounds while a model is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct FakeQuant {
    pub(super) form: FakeQuantForm,
    /// Whether all channels of a layer share one scale.
    pub(super) per_tensor: bool,
    pub(super) ranges: RangeRule,
}

/// Weights that become zero while a model is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Pruning {
    pub(super) sparsity: f64,
    pub(super) structure: Structure,
    pub(super) schedule: SparsitySchedule,
    pub(super) scope: PruningScope,
}

/// Weights that have few values while a model is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Clustering {
    pub(super) clusters: usize,
    pub(super) per_channel: bool,
    pub(super) start: Start,
}

/// What is asked of training. Two runs with the same settings on the same model and samples give the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Settings {
    pub(super) epochs: usize,
    pub(super) batch: usize,
    pub(super) learning_rate: f64,
    /// The share of the steps in which the learning rate rises.
    pub(super) warm_up: f64,
    pub(super) optimizer: Optimizer,
    pub(super) momentum: f64,
    pub(super) weight_decay: f64,
    pub(super) seed: u64,
    pub(super) augmentation: Augmentation,
    pub(super) held_out: f64,
    pub(super) patience: Option<usize>,
    /// How much of the loss is the distance to the model that came in; the rest are labels.
    pub(super) distillation: f64,
    pub(super) fake_quant: Option<FakeQuant>,
    pub(super) pruning: Option<Pruning>,
    pub(super) clustering: Option<Clustering>,
    pub(super) frozen: Vec<String>,
}

impl Settings {
    /// Checks what can be checked without a model.
    pub(super) fn check(&self) -> Result<(), TrainingError> {
        let share = |value: f64| (0.0..1.0).contains(&value);
        let wrong = |name, value: String, accepted| {
            Err(TrainingError::Setting {
                name,
                value,
                accepted,
            })
        };
        if self.epochs == 0 {
            return wrong("the number of epochs", "0".to_owned(), "1 or more");
        }
        if self.batch == 0 {
            return wrong("the batch", "0".to_owned(), "1 or more");
        }
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return wrong(
                "the learning rate",
                self.learning_rate.to_string(),
                "a number above 0",
            );
        }
        let shares = [
            ("the momentum", self.momentum),
            ("the share that warms up", self.warm_up),
            ("the share that is held out", self.held_out),
        ];
        if let Some((name, value)) = shares.into_iter().find(|(_, value)| !share(*value)) {
            return wrong(name, value.to_string(), "a number from 0 to below 1");
        }
        if !(self.weight_decay >= 0.0 && self.weight_decay.is_finite()) {
            return wrong(
                "the weight decay",
                self.weight_decay.to_string(),
                "0 or a number above it",
            );
        }
        if !(0.0..=1.0).contains(&self.distillation) {
            return wrong(
                "the share of distillation",
                self.distillation.to_string(),
                "a number from 0 to 1",
            );
        }
        if let Some(Pruning { sparsity, .. }) = self.pruning
            && !share(sparsity)
        {
            return wrong(
                "the sparsity",
                sparsity.to_string(),
                "a number from 0 to below 1",
            );
        }
        if let Some(Clustering { clusters, .. }) = self.clustering
            && !(2..=256).contains(&clusters)
        {
            return wrong(
                "the number of clusters",
                clusters.to_string(),
                "a number from 2 to 256",
            );
        }
        if self.patience == Some(0) {
            return wrong("the patience", "0".to_owned(), "1 or more epochs");
        }
        if self.pruning.is_some() && self.clustering.is_some() {
            return wrong(
                "what weights become",
                "few values and zeros at once".to_owned(),
                "one of them: prune first, then cluster, which keeps zeros",
            );
        }
        Ok(())
    }
}
