//! Where a quantized model loses what its float model has: op by op, and what an op that is float or int16 would bring back.
//!
//! Each op is looked at in two ways. *Accumulated* is how far its output is from the float model's, with all that was lost before it.
//! *Alone* is how far it is from what the float op makes of the inputs that the quantized op got, read as reals: what this op loses. That
//! has two parts, what the rounding of weights does to the sums, and what rounding and cutting off the output adds.
//!
//! A value that is rounded to steps is off by a step over √12, which is 0.289 steps, in the root mean square. An op that is off by more
//! than 0.7 is worth keeping float. Ops are sorted by the part of their errors that is the same for all places of a channel, since sums of
//! later ops do not average it out.
//!
//! ```
//! use std::sync::Arc;
//! # use demilite_core::{Delegate, Model, Value};
//! # use demilite_cpu_reference::ReferenceDelegate;
//! use demilite_optimizer::debugging::Debugger;
//! use demilite_optimizer::{Mode, Quantizer, Sample};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let delegates: Vec<Arc<dyn Delegate>> = vec![Arc::new(ReferenceDelegate::new())];
//! # let image = Value::from_slice([1, 96, 96, 3], &vec![0.5_f32; 96 * 96 * 3])?;
//! let float = Arc::new(Model::from_static(demilite_models::shapes::F32, "shapes")?);
//! let samples = vec![Sample::ordered(vec![image])];
//! let quantizer = Quantizer::new(Arc::clone(&float)).mode(Mode::Int8).delegates(delegates.clone());
//! let quantized = quantizer.calibrate(samples.clone())?.finish()?;
//!
//! let mut debugger = Debugger::new(float, quantized.model, delegates, samples);
//! let report = debugger.run()?;
//! let worst = &report.layers[0];
//! println!("{} is off by {:?} steps", worst.node, worst.rmse_over_scale);
//! let suggestions = debugger.suggest(&report, 3)?;
//! assert_eq!(suggestions.each.len(), 3);
//! # Ok(())
//! # }
//! ```

mod comparison;
mod errors;
mod likeness;
mod pairs;
mod report;
mod suggestion;
mod twin;
mod watched;

use std::fmt;
use std::sync::Arc;

use demilite_core::{Delegate, Model};

pub use errors::{ChannelErrors, Errors};
pub use report::{Bin, LayerReport, NotCompared, Report};
pub use suggestion::{Suggestion, Suggestions};

use crate::calibration::{Executor, Sample, Samples};
use crate::error::OptimizeError;
use comparison::Comparison;
use pairs::Pair;

/// A float model and a quantized form of it, with samples to compare them on.
pub struct Debugger {
    float: Arc<Model>,
    quantized: Arc<Model>,
    delegates: Vec<Arc<dyn Delegate>>,
    samples: Box<dyn Samples>,
}

impl fmt::Debug for Debugger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Debugger")
            .field("float", &self.float.name())
            .field("quantized", &self.quantized.name())
            .field("samples", &self.samples.count())
            .finish_non_exhaustive()
    }
}

impl Debugger {
    /// A float model and its quantized form, who runs both, and samples as the float model takes them. All delegates show what they
    /// compute, and the last one runs every op. Where channels between layers were brought to like magnitudes, the float model is compared
    /// with its channels so.
    pub fn new(
        float: impl Into<Arc<Model>>,
        quantized: impl Into<Arc<Model>>,
        delegates: impl IntoIterator<Item = Arc<dyn Delegate>>,
        samples: impl Samples + 'static,
    ) -> Self {
        let (float, quantized) = (float.into(), quantized.into());
        let like = likeness::like(&float, &quantized);
        Debugger {
            float: like.map_or(float, Arc::new),
            quantized,
            delegates: delegates.into_iter().collect(),
            samples: Box::new(samples),
        }
    }

    /// Compares the models on all samples.
    ///
    /// # Errors
    /// [`OptimizeError::NotForms`] for models that have no op in common, and those of running the models.
    pub fn run(&mut self) -> Result<Report, OptimizeError> {
        self.run_with(&mut |_, _| {})
    }

    /// As [`Debugger::run`], and says after each sample how many are done, and of how many.
    ///
    /// # Errors
    /// Those of [`Debugger::run`].
    pub fn run_with(
        &mut self,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Report, OptimizeError> {
        let count = self.samples.count();
        if count == 0 {
            return Err(OptimizeError::NothingToCompare);
        }
        if self.delegates.is_empty() {
            return Err(OptimizeError::NoDelegates);
        }
        let pairs = self.pairs()?;
        let mut comparison = Comparison::new(&self.float, &self.quantized, &pairs, &self.delegates);
        for index in 0..count {
            comparison.add(&self.sample(index)?)?;
            progress(index + 1, count);
        }
        Ok(comparison.report())
    }

    /// Keeps the worst ops of a report float, one at a time and together, and measures what that does to the outputs.
    ///
    /// # Errors
    /// Those of running the models.
    pub fn suggest(&mut self, report: &Report, most: usize) -> Result<Suggestions, OptimizeError> {
        self.suggest_with(report, most, &mut |_, _| {})
    }

    /// As [`Debugger::suggest`], and says how many models are measured, and of how many.
    ///
    /// # Errors
    /// Those of [`Debugger::suggest`].
    pub fn suggest_with(
        &mut self,
        report: &Report,
        most: usize,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Suggestions, OptimizeError> {
        let all = self.pairs()?;
        let mut worst: Vec<Pair> = Vec::new();
        for layer in report.layers.iter().filter(|layer| layer.alone.is_some()) {
            let mut pairs = all.iter();
            let pair = pairs
                .find(|pair| pair.graph == layer.node.graph && pair.quantized.0 == layer.node.node);
            if let Some(pair) = pair
                && worst.len() < most
                && !worst.contains(pair)
            {
                worst.push(*pair);
            }
        }
        suggestion::measure(self, &worst, progress)
    }

    fn pairs(&self) -> Result<Vec<Pair>, OptimizeError> {
        let pairs = pairs::of(&self.float, &self.quantized);
        match pairs.is_empty() {
            true => Err(OptimizeError::NotForms {
                float: self.float.name().to_owned(),
                quantized: self.quantized.name().to_owned(),
            }),
            false => Ok(pairs),
        }
    }

    fn sample(&self, index: usize) -> Result<Sample, OptimizeError> {
        let sample = self.samples.sample(index);
        sample.map_err(|reason| OptimizeError::Sample { index, reason })
    }

    fn executor(&self, model: &Arc<Model>) -> Executor {
        Executor::new(Arc::clone(model), self.delegates.clone())
    }
}
