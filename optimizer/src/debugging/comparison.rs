//! Both models on the same samples.

use std::collections::HashMap;
use std::sync::Arc;

use demilite_core::{DataType, Delegate, Model, Observed};

use super::pairs::Pair;
use super::report::Report;
use super::watched::{Latest, Place, Watched};
use crate::calibration::{Executor, Sample};
use crate::error::OptimizeError;
use crate::metrics::Noise;

/// What samples showed so far.
pub(super) struct Comparison<'a> {
    models: (&'a Model, &'a Model),
    delegates: &'a [Arc<dyn Delegate>],
    executors: (Executor, Executor),
    watched: Vec<Watched>,
    /// The pair whose node ends with writing a tensor.
    ends: HashMap<Place, usize>,
    outputs: Noise,
    samples: usize,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        float: &'a Arc<Model>,
        quantized: &'a Arc<Model>,
        pairs: &[Pair],
        delegates: &'a [Arc<dyn Delegate>],
    ) -> Self {
        let executor = |model: &Arc<Model>| Executor::new(Arc::clone(model), delegates.to_vec());
        let models: (&Model, &Model) = (float, quantized);
        let watched: Vec<Watched> = pairs
            .iter()
            .map(|&pair| Watched::new(pair, models))
            .collect();
        let ends = watched.iter().enumerate();
        let ends = ends.filter_map(|(index, watched)| Some((watched.last_output()?, index)));
        Comparison {
            models,
            delegates,
            executors: (executor(float), executor(quantized)),
            ends: ends.collect(),
            watched,
            outputs: Noise::default(),
            samples: 0,
        }
    }

    /// Runs a sample through both. A tensor that is written several times, in a loop, is compared each time.
    pub(super) fn add(&mut self, sample: &Sample) -> Result<(), OptimizeError> {
        let mut floats: HashMap<Place, Vec<Vec<f32>>> = HashMap::new();
        for watched in &self.watched {
            floats.extend(watched.float_outputs().map(|place| (place, Vec::new())));
        }
        self.executors.0.observe(sample, &mut |observed| {
            let place = (observed.graph_index, observed.tensor);
            if let Some(written) = floats.get_mut(&place)
                && let Ok(reals) = observed.value.as_slice::<f32>()
            {
                written.push(reals.to_vec());
            }
        })?;
        let mut latest = Latest::new();
        let mut rounds: HashMap<usize, usize> = HashMap::new();
        let (models, delegates) = (self.models, self.delegates);
        let (watched, ends) = (&mut self.watched, &self.ends);
        self.executors
            .1
            .observe(sample, &mut |observed: Observed<'_>| {
                let place = (observed.graph_index, observed.tensor);
                if observed.value.dtype() == DataType::String {
                    return;
                }
                latest.insert(place, observed.value.to_value());
                let Some(&index) = ends.get(&place) else {
                    return;
                };
                let round = rounds.entry(index).or_default();
                let written = |place: Place| floats.get(&place)?.get(*round).cloned();
                watched[index].add(models, &latest, &written, delegates);
                *round += 1;
            })?;
        let should = self.executors.0.run(sample)?;
        let outputs = self.executors.1.run(sample)?;
        for (should, output) in std::iter::zip(&should, &outputs) {
            self.outputs.add(should, output);
        }
        self.samples += 1;
        Ok(())
    }

    /// What there is to say, the worst first.
    pub(super) fn report(&self) -> Report {
        let layers = self.watched.iter();
        let layers = layers.flat_map(|watched| watched.reports(self.models));
        let not_alone = self.watched.iter();
        let not_alone = not_alone.filter_map(|watched| watched.not_alone(self.models.1));
        Report::new(
            self.models,
            self.samples,
            self.outputs.sqnr(),
            layers.collect(),
            not_alone.collect(),
            &self
                .watched
                .iter()
                .map(|watched| watched.pair)
                .collect::<Vec<_>>(),
        )
    }
}
