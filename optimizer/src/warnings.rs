//! What is suspicious about samples.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use demilite_core::{Model, Value};

use crate::calibration::{Sample, SampleInputs, Statistics};
use crate::place::TensorPlace;

/// How many times further one sample reaches than all others where that is worth a word.
const FAR: f32 = 4.0;

/// Whether samples differ.
#[derive(Debug, Default)]
pub(crate) struct Likeness {
    first: Option<u64>,
    samples: usize,
    differs: bool,
}

impl Likeness {
    /// Looks at a sample.
    pub(crate) fn see(&mut self, sample: &Sample) {
        self.see_print(fingerprint(sample));
    }

    /// Looks at the fingerprint of a sample.
    pub(crate) fn see_print(&mut self, print: u64) {
        self.samples += 1;
        self.differs |= *self.first.get_or_insert(print) != print;
    }

    /// What is suspicious, if anything is.
    pub(crate) fn warning(&self) -> Option<String> {
        let is_suspicious = self.samples > 1 && !self.differs;
        is_suspicious.then(|| {
            format!(
                "all {} samples are the same: check what reads them",
                self.samples
            )
        })
    }
}

/// A number that is the same for samples that are the same, and hardly for others.
pub(crate) fn fingerprint(sample: &Sample) -> u64 {
    let mut hasher = DefaultHasher::new();
    sample.signature.hash(&mut hasher);
    let values: Vec<&Value> = match &sample.inputs {
        SampleInputs::Ordered(values) => values.iter().collect(),
        SampleInputs::Named(values) => values.values().collect(),
    };
    for value in values {
        value.bytes().hash(&mut hasher);
    }
    hasher.finish()
}

/// What is suspicious about samples and what they showed.
pub(crate) fn of(model: &Model, statistics: &Statistics, likeness: &Likeness) -> Vec<String> {
    let mut warnings: Vec<String> = likeness.warning().into_iter().collect();
    for (&(index, id), activation) in statistics.activations() {
        let graph = &model.graphs()[index];
        let place = TensorPlace::new(index, graph, id);
        if activation.not_finite > 0 {
            let values = activation.not_finite;
            warnings.push(format!(
                "{place}: {values} values are NaN or infinite and count for nothing"
            ));
        }
        if activation.samples > 1 && activation.least == activation.greatest {
            let value = activation.least;
            warnings.push(format!("{place}: {value} for all samples"));
        }
        let (least, greatest) = activation.without_furthest;
        let reach = |least: f32, greatest: f32| least.abs().max(greatest.abs());
        let others = reach(least, greatest);
        let all = reach(activation.least, activation.greatest);
        if activation.samples > 2 && others > 0.0 && all > FAR * others {
            warnings.push(format!(
                "{place}: one sample alone reaches {all}, the others {others}"
            ));
        }
    }
    warnings
}
