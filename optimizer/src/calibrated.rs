//! A float model with what samples showed of it.

use std::fmt;
use std::sync::Arc;

use demilite_core::{Delegate, Model, ModelParts, Op};

use crate::calibration::{Calibrator, Collector, Samples, Statistics, for_each_sample};
use crate::correction::in_sequence;
use crate::error::OptimizeError;
use crate::held_out::HeldOut;
use crate::integer::Evidence;
use crate::mode::Mode;
use crate::quantized::{self, Quantized};
use crate::recipe::{Recipe, Rule};
use crate::report::{Calibration, Report, Trial};
use crate::soundness::{check_rules, reals};
use crate::trained::Source;
use crate::warnings::{self, fingerprint};
use crate::weights::is_clustered;
use crate::{dynamic, float16, integer};

/// What a SOFTMAX of int16 may take from the outputs, in decibels: twice the error.
const SOFTMAX_LOSS: f64 = 6.0;

/// A float model with what representative inputs showed of it. Several recipes may be finished from one calibration.
pub struct Calibrated {
    plain: Prepared,
    /// The same with channels between layers brought to like magnitudes, where that may help.
    equalized: Option<Prepared>,
    recipe: Recipe,
    held_out: HeldOut,
    warnings: Vec<String>,
}

/// A float model to convert, and what samples showed of it.
struct Prepared {
    source: Source,
    statistics: Statistics,
}

impl fmt::Debug for Calibrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calibrated")
            .field("model", &self.plain.source.model.name())
            .field("recipe", &self.recipe)
            .field("samples", &self.plain.statistics.samples)
            .finish_non_exhaustive()
    }
}

impl Calibrated {
    pub(crate) fn new(
        source: Source,
        recipe: Recipe,
        delegates: Vec<Arc<dyn Delegate>>,
        samples: Box<dyn Samples>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, OptimizeError> {
        if delegates.is_empty() {
            return Err(OptimizeError::NoDelegates);
        }
        let count = samples.count();
        if count == 0 {
            return Err(OptimizeError::NoSamples { mode: recipe.mode });
        }
        let mut held_out = HeldOut::new(samples, delegates);
        let collector = Collector::new(&source.model, recipe.round_together);
        let mut executor = held_out.executor(&source.model);
        executor.prepare(&held_out.sample(0)?)?;
        let others = held_out.others();
        let seen = for_each_sample(
            executor,
            count,
            &|executor, index| {
                let turn = others
                    .binary_search(&index)
                    .map(|place| collector.turn(place));
                let sample = held_out.sample(index)?;
                let outputs = match turn {
                    Ok(turn) => {
                        collector.add(executor, &sample, &turn)?;
                        None
                    }
                    Err(_) => Some(executor.run(&sample)?),
                };
                Ok((fingerprint(&sample), outputs))
            },
            &mut |done| progress(done, count),
        )?;
        let mut likeness = warnings::Likeness::default();
        for (index, (print, outputs)) in seen.into_iter().enumerate() {
            likeness.see_print(print);
            if let Some(outputs) = outputs {
                held_out.expect(index, outputs);
            }
        }
        let statistics = collector.finish(others.len());
        let warnings = warnings::of(&source.model, &statistics, &likeness);
        let mut calibrated = Calibrated {
            plain: Prepared { source, statistics },
            equalized: None,
            recipe,
            held_out,
            warnings,
        };
        calibrated.equalize(progress)?;
        Ok(calibrated)
    }

    /// Brings channels between layers to like magnitudes, where samples are left to judge that by, and runs the others again.
    fn equalize(&mut self, progress: &mut dyn FnMut(usize, usize)) -> Result<(), OptimizeError> {
        let Prepared { source, statistics } = &self.plain;
        // Factors for channels would give clustered weights more values.
        if self.held_out.count() == 0 || has_clusters(&source.model) {
            return Ok(());
        }
        let Some(source) = source.with_equal_channels(&self.recipe, statistics)? else {
            return Ok(());
        };
        let held_out = &self.held_out;
        let collector = Collector::new(&source.model, self.recipe.round_together);
        let mut executor = held_out.executor(&source.model);
        executor.prepare(&held_out.sample(0)?)?;
        let (all, others) = (held_out.all(), held_out.others());
        let count = others.len();
        for_each_sample(
            executor,
            count,
            &|executor, place| {
                let turn = collector.turn(place);
                let sample = held_out.sample(others[place])?;
                collector.add(executor, &sample, &turn)
            },
            &mut |done| progress(all + done, all + count),
        )?;
        self.equalized = Some(Prepared {
            source,
            statistics: collector.finish(count),
        });
        Ok(())
    }

    /// Another recipe for the same samples.
    pub fn recipe(mut self, recipe: Recipe) -> Self {
        self.recipe = recipe;
        self
    }

    /// Makes the form of a recipe.
    pub(crate) fn finish_by(&mut self, recipe: Recipe) -> Result<Quantized, OptimizeError> {
        self.recipe = recipe;
        self.finish()
    }

    /// Makes the form of a recipe in the one way that was the best for another, without trying others.
    pub(crate) fn finish_like(
        &self,
        recipe: &Recipe,
        other: &Calibration,
    ) -> Result<Quantized, OptimizeError> {
        check_rules(recipe)?;
        let equalized = self.equalized.as_ref().filter(|_| other.equalized);
        made(equalized.unwrap_or(&self.plain), recipe, other.calibrator)
    }

    /// Makes the form. Without a calibrator in the recipe several are tried, channels between layers are brought to like magnitudes or
    /// not, and weights beside float activations are repaired or not; that whose outputs are nearest to the float model's on the samples
    /// held out is kept. Of int16 activations with floats beside them, SOFTMAX stays float where its kernel would double the error: it takes
    /// all that lies more than 10 below the greatest for 10 below. Biases then make up for what the layers before them lost as integers,
    /// too, if that brings the outputs nearer.
    ///
    /// # Errors
    /// An [`OptimizeError`] that names the tensor or nodes and the way out.
    pub fn finish(&mut self) -> Result<Quantized, OptimizeError> {
        check_rules(&self.recipe)?;
        let mut best: Option<(f64, Quantized, Trial)> = None;
        let mut tried = Vec::new();
        for mut trial in self.trials() {
            let quantized = self.attempt(&mut trial)?;
            tried.extend(trial.sqnr.is_some().then_some(trial));
            let sqnr = trial.sqnr.unwrap_or(f64::NEG_INFINITY);
            if best.as_ref().is_none_or(|(best, ..)| sqnr > *best) {
                best = Some((sqnr, quantized, trial));
            }
        }
        let (_, mut quantized, mut trial) = best.expect("at least one calibrator was tried");
        if let Some((kept, other)) = self.with_float_softmax(trial)? {
            tried.push(other);
            if other.sqnr > trial.sqnr.map(|sqnr| sqnr + SOFTMAX_LOSS) {
                (quantized, trial) = (kept, other);
            }
        }
        if let Some((model, sequential)) = self.in_sequence(&quantized.model, trial)? {
            tried.push(sequential);
            if sequential.sqnr > trial.sqnr {
                quantized.report.bytes_after = quantized::bytes(&model, self.recipe.mode)?;
                (quantized.model, trial) = (model, sequential);
            }
        }
        quantized.report.calibration = Some(Calibration {
            samples: self.plain.statistics.samples,
            held_out: self.held_out.count(),
            calibrator: trial.calibrator,
            equalized: trial.equalized,
            repaired: trial.repaired,
            sequential: trial.sequential,
            float_softmax: trial.float_softmax,
            sqnr: trial.sqnr,
            tried,
        });
        let warnings = self.warnings.iter().cloned();
        quantized.report.warnings.extend(warnings);
        Ok(quantized)
    }

    /// The float model that a form was made of, whose channels may be of like magnitudes.
    pub(crate) fn float_of(&self, quantized: &Quantized) -> &Arc<Model> {
        let calibration = quantized.report.calibration.as_ref();
        let is_equalized = calibration.is_some_and(|calibration| calibration.equalized);
        let equalized = self.equalized.as_ref().filter(|_| is_equalized);
        &equalized.unwrap_or(&self.plain).source.model
    }

    /// Makes the form in one way, and says how near its outputs are.
    fn attempt(&self, trial: &mut Trial) -> Result<Quantized, OptimizeError> {
        let equalized = self.equalized.as_ref().filter(|_| trial.equalized);
        let mut recipe = self.recipe.clone();
        recipe.correct_bias &= trial.repaired;
        recipe.round_together &= trial.repaired;
        if trial.float_softmax {
            recipe.rules.insert(0, Rule::float_softmax());
        }
        let quantized = made(equalized.unwrap_or(&self.plain), &recipe, trial.calibrator)?;
        trial.sqnr = self.held_out.sqnr(&quantized.model)?;
        Ok(quantized)
    }

    /// The form of a trial with SOFTMAX left float, and how near its outputs are; `None` where that cannot be or cannot be judged.
    fn with_float_softmax(
        &self,
        trial: Trial,
    ) -> Result<Option<(Quantized, Trial)>, OptimizeError> {
        let graphs = self.plain.source.model.graphs().iter();
        let mut nodes = graphs.flat_map(|graph| graph.nodes());
        let has_softmax = nodes.any(|node| matches!(node.op, Op::Softmax(_)));
        if self.recipe.mode != Mode::Int16x8 || !has_softmax || trial.sqnr.is_none() {
            return Ok(None);
        }
        let mut other = Trial {
            float_softmax: true,
            ..trial
        };
        match self.attempt(&mut other) {
            Ok(quantized) => Ok(Some((quantized, other))),
            // There is nothing but SOFTMAX.
            Err(OptimizeError::NothingToConvert { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The same integer model with biases that make up for what the layers before them lost, and how near its outputs are; `None` where
    /// biases are not to be corrected, and where no samples are left to judge that by.
    fn in_sequence(
        &self,
        quantized: &Model,
        trial: Trial,
    ) -> Result<Option<(Model, Trial)>, OptimizeError> {
        let equalized = self.equalized.as_ref().filter(|_| trial.equalized);
        let Prepared { source, statistics } = equalized.unwrap_or(&self.plain);
        let is_integer = self.recipe.mode.activations().is_some();
        let is_wanted = is_integer && self.recipe.correct_bias && source.trained.is_empty();
        if !is_wanted || trial.sqnr.is_none() {
            return Ok(None);
        }
        let mode = self.recipe.mode;
        let corrected = in_sequence(&source.model, statistics, quantized, mode, &self.held_out)?;
        let Some(model) = corrected else {
            return Ok(None);
        };
        let sequential = Trial {
            sequential: true,
            sqnr: self.held_out.sqnr(&model)?,
            ..trial
        };
        Ok(Some((model, sequential)))
    }

    /// What to try, the likeliest first.
    fn trials(&self) -> Vec<Trial> {
        let candidates = self.candidates();
        let equalized = self.equalized.is_some() && self.recipe.equalize;
        let trial = |calibrator, equalized, repaired| Trial {
            calibrator,
            equalized,
            repaired,
            sequential: false,
            float_softmax: false,
            sqnr: None,
        };
        let plain = candidates.iter().map(|&each| trial(each, false, true));
        let others = candidates.iter().filter(|_| equalized);
        let mut trials: Vec<Trial> = plain
            .chain(others.map(|&each| trial(each, true, true)))
            .collect();
        // Where activations are quantized as they come, samples may say less of the error than they cost.
        let has_repairs = self.recipe.correct_bias || self.recipe.round_together;
        if self.recipe.mode == Mode::Dynamic && has_repairs && self.held_out.count() > 0 {
            trials.push(trial(Calibrator::MinMax, false, false));
        }
        trials
    }

    /// The calibrators to try: those that may help, where there are samples to judge them by.
    fn candidates(&self) -> Vec<Calibrator> {
        match (self.recipe.calibrator, self.recipe.mode) {
            (Some(calibrator), _) => vec![calibrator],
            // Training left little to choose.
            (None, _) if !self.plain.source.trained.is_empty() => vec![Calibrator::MinMax],
            (None, Mode::Int8 | Mode::Int8Only) if self.held_out.count() > 0 => {
                let all = Calibrator::ALL.iter().copied();
                all.filter(|&each| each != Calibrator::Headroom).collect()
            }
            (None, Mode::Int16x8 | Mode::Int16x8Only) if self.held_out.count() > 0 => {
                vec![Calibrator::MinMax, Calibrator::Headroom]
            }
            (None, _) => vec![Calibrator::MinMax],
        }
    }
}

fn made(
    prepared: &Prepared,
    recipe: &Recipe,
    calibrator: Calibrator,
) -> Result<Quantized, OptimizeError> {
    let statistics = &prepared.statistics;
    let evidence = Evidence {
        statistics,
        calibrator,
        trained: &prepared.source.trained,
    };
    let convert = |parts: &mut ModelParts, report: &mut Report| match recipe.mode {
        Mode::Float16 => float16::convert(parts, recipe, report),
        Mode::Dynamic => dynamic::convert(parts, recipe, Some(statistics), report),
        Mode::Int8 | Mode::Int8Only | Mode::Int16x8 | Mode::Int16x8Only => {
            integer::convert(parts, recipe, evidence, report)
        }
    };
    quantized::made(&prepared.source, recipe.mode, convert)
}

/// Whether weights of a model were clustered.
fn has_clusters(model: &Model) -> bool {
    let graphs = model.graphs().iter();
    let mut constants = graphs.flat_map(|graph| graph.tensors());
    constants.any(|tensor| {
        let weights = reals(tensor).filter(|_| tensor.shape.rank() > 1);
        weights.is_some_and(is_clustered)
    })
}
