//! Samples that are held out from calibration, to judge what was made by.

use std::sync::Arc;

use demilite_core::{Delegate, Model};

use crate::calibration::{Executor, Sample, Samples, for_each_sample};
use crate::error::OptimizeError;
use crate::metrics::Noise;

/// Every so many samples one is held out.
const EVERY: usize = 5;

/// Samples, with the float outputs of those that are held out. None of them stays in memory.
pub(crate) struct HeldOut {
    samples: Box<dyn Samples>,
    delegates: Vec<Arc<dyn Delegate>>,
    /// The float outputs of each sample held out, by its index.
    expected: Vec<(usize, Vec<Vec<f32>>)>,
}

impl HeldOut {
    pub(crate) fn new(samples: Box<dyn Samples>, delegates: Vec<Arc<dyn Delegate>>) -> Self {
        HeldOut {
            samples,
            delegates,
            expected: Vec::new(),
        }
    }

    /// How many samples there are in all.
    pub(crate) fn all(&self) -> usize {
        self.samples.count()
    }

    /// How many are held out.
    pub(crate) fn count(&self) -> usize {
        self.expected.len()
    }

    /// Whether a sample is held out. Of fewer than two rounds none is: each counts for more than the comparison.
    pub(crate) fn holds(&self, index: usize) -> bool {
        index % EVERY == EVERY - 1 && self.all() >= 2 * EVERY
    }

    /// The samples that are not held out, in their order.
    pub(crate) fn others(&self) -> Vec<usize> {
        (0..self.all())
            .filter(|&index| !self.holds(index))
            .collect()
    }

    /// Reads a sample.
    pub(crate) fn sample(&self, index: usize) -> Result<Sample, OptimizeError> {
        let sample = self.samples.sample(index);
        sample.map_err(|reason| OptimizeError::Sample { index, reason })
    }

    /// Notes what the float model makes of a sample.
    pub(crate) fn expect(&mut self, index: usize, outputs: Vec<Vec<f32>>) {
        self.expected.push((index, outputs));
    }

    /// Sessions of a model.
    pub(crate) fn executor(&self, model: &Arc<Model>) -> Executor {
        Executor::new(Arc::clone(model), self.delegates.clone())
    }

    /// How near the outputs of a model are to the float model's on the samples held out; `None` where none is.
    pub(crate) fn sqnr(&self, model: &Model) -> Result<Option<f64>, OptimizeError> {
        if self.expected.is_empty() {
            return Ok(None);
        }
        let mut executor = self.executor(&Arc::new(model.clone()));
        executor.prepare(&self.sample(self.expected[0].0)?)?;
        let outputs = for_each_sample(
            executor,
            self.expected.len(),
            &|executor, place| executor.run(&self.sample(self.expected[place].0)?),
            &mut |_| {},
        )?;
        let mut noise = Noise::default();
        for ((_, expected), outputs) in std::iter::zip(&self.expected, &outputs) {
            for (expected, output) in std::iter::zip(expected, outputs) {
                noise.add(expected, output);
            }
        }
        Ok(Some(noise.sqnr()))
    }
}
