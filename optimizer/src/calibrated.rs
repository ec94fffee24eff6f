//! A float model with what samples showed of it.

use std::fmt;
use std::sync::Arc;

use demilite_core::{Delegate, Model};

use crate::calibration::{Calibrator, Collector, Executor, Noise, Sample, Samples, Statistics};
use crate::error::OptimizeError;
use crate::integer::Evidence;
use crate::mode::Mode;
use crate::quantized::{Quantized, made};
use crate::recipe::Recipe;
use crate::report::{Calibration, Report};
use crate::trained::Source;
use crate::{dynamic, float16, integer, warnings};

/// Every so many samples one is held out.
const HELD_OUT: usize = 5;

/// A float model with what representative inputs showed of it. Several recipes may be finished from one calibration.
pub struct Calibrated {
    source: Source,
    recipe: Recipe,
    delegates: Vec<Arc<dyn Delegate>>,
    samples: Box<dyn Samples>,
    statistics: Statistics,
    warnings: Vec<String>,
    /// The float outputs of each sample held out, by its index.
    expected: Vec<(usize, Vec<Vec<f32>>)>,
}

impl fmt::Debug for Calibrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calibrated")
            .field("model", &self.source.model.name())
            .field("recipe", &self.recipe)
            .field("samples", &self.statistics.samples)
            .finish_non_exhaustive()
    }
}

impl Calibrated {
    pub(crate) fn new(
        source: Source,
        recipe: Recipe,
        delegates: Vec<Arc<dyn Delegate>>,
        mut samples: Box<dyn Samples>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, OptimizeError> {
        if delegates.is_empty() {
            return Err(OptimizeError::NoDelegates);
        }
        let count = samples.count();
        if count == 0 {
            return Err(OptimizeError::NoSamples { mode: recipe.mode });
        }
        let mut executor = Executor::new(Arc::clone(&source.model), delegates.clone());
        let mut collector = Collector::new(&source.model, recipe.round_together);
        let mut likeness = warnings::Likeness::default();
        let mut expected = Vec::new();
        for index in 0..count {
            let sample = read(&mut *samples, index)?;
            likeness.see(&sample);
            // Of fewer than two rounds none is held out: each counts for more than the comparison.
            if index % HELD_OUT == HELD_OUT - 1 && count >= 2 * HELD_OUT {
                expected.push((index, executor.run(&sample)?));
            } else {
                collector.add(&mut executor, &sample)?;
            }
            progress(index + 1, count);
        }
        let statistics = collector.finish();
        let warnings = warnings::of(&source.model, &statistics, &likeness);
        Ok(Calibrated {
            source,
            recipe,
            delegates,
            samples,
            statistics,
            warnings,
            expected,
        })
    }

    /// Another recipe for the same samples.
    pub fn recipe(mut self, recipe: Recipe) -> Self {
        self.recipe = recipe;
        self
    }

    /// Makes the form. Without a calibrator in the recipe several are tried, and the one whose outputs are nearest to the float
    /// model's on the samples held out is kept.
    ///
    /// # Errors
    /// An [`OptimizeError`] that names the tensor or nodes and the way out.
    pub fn finish(&mut self) -> Result<Quantized, OptimizeError> {
        let candidates = self.candidates();
        let mut best: Option<(f64, Quantized, Calibrator)> = None;
        let mut tried = Vec::new();
        for calibrator in candidates {
            let quantized = self.made(calibrator)?;
            let sqnr = self.sqnr(&quantized.model)?;
            if let Some(sqnr) = sqnr {
                tried.push((calibrator, sqnr));
            }
            let sqnr = sqnr.unwrap_or(f64::NEG_INFINITY);
            if best.as_ref().is_none_or(|(best, ..)| sqnr > *best) {
                best = Some((sqnr, quantized, calibrator));
            }
        }
        let (sqnr, mut quantized, calibrator) = best.expect("at least one calibrator was tried");
        quantized.report.calibration = Some(Calibration {
            samples: self.statistics.samples,
            held_out: self.expected.len(),
            calibrator,
            sqnr: sqnr.is_finite().then_some(sqnr),
            tried,
        });
        quantized
            .report
            .warnings
            .extend(self.warnings.iter().cloned());
        Ok(quantized)
    }

    /// The calibrators to try: those that may help, where there are samples to judge them by.
    fn candidates(&self) -> Vec<Calibrator> {
        match (self.recipe.calibrator, self.recipe.mode) {
            (Some(calibrator), _) => vec![calibrator],
            // Training left little to choose.
            (None, _) if !self.source.trained.is_empty() => vec![Calibrator::MinMax],
            (None, Mode::Int8 | Mode::Int8Only) if !self.expected.is_empty() => {
                Calibrator::ALL.to_vec()
            }
            (None, Mode::Int16x8 | Mode::Int16x8Only) if !self.expected.is_empty() => {
                vec![Calibrator::MinMax, Calibrator::Percentile]
            }
            (None, _) => vec![Calibrator::MinMax],
        }
    }

    fn made(&self, calibrator: Calibrator) -> Result<Quantized, OptimizeError> {
        let (recipe, statistics) = (&self.recipe, &self.statistics);
        let evidence = Evidence {
            statistics,
            calibrator,
            trained: &self.source.trained,
        };
        let convert = |parts: &mut demilite_core::ModelParts, report: &mut Report| match recipe.mode
        {
            Mode::Float16 => float16::convert(parts, recipe, report),
            Mode::Dynamic => dynamic::convert(parts, recipe, Some(statistics), report),
            Mode::Int8 | Mode::Int8Only | Mode::Int16x8 | Mode::Int16x8Only => {
                integer::convert(parts, recipe, evidence, report)
            }
        };
        made(&self.source, recipe.mode, convert)
    }

    /// How near the outputs of a model are to the float model's on the samples held out.
    fn sqnr(&mut self, model: &Model) -> Result<Option<f64>, OptimizeError> {
        if self.expected.is_empty() {
            return Ok(None);
        }
        let mut executor = Executor::new(Arc::new(model.clone()), self.delegates.clone());
        let mut noise = Noise::default();
        for (index, expected) in &self.expected {
            let sample = read(&mut *self.samples, *index)?;
            let outputs = executor.run(&sample)?;
            for (expected, output) in std::iter::zip(expected, &outputs) {
                noise.add(expected, output);
            }
        }
        Ok(Some(noise.sqnr()))
    }
}

fn read(samples: &mut dyn Samples, index: usize) -> Result<Sample, OptimizeError> {
    let sample = samples.sample(index);
    sample.map_err(|reason| OptimizeError::Sample { index, reason })
}
