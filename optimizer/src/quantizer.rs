//! The way from a float model to one of its forms.

use std::sync::Arc;

use demilite_core::{Delegate, Model};

use crate::calibrated::Calibrated;
use crate::calibration::{Calibrator, Samples, Statistics};
use crate::error::OptimizeError;
use crate::integer::Evidence;
use crate::mode::Mode;
use crate::quantized::{Quantized, made};
use crate::recipe::{Pattern, Recipe, Rule};
use crate::trained::Source;
use crate::{dynamic, float16, integer, soundness};

/// Makes a form of a float model.
///
/// ```
/// use demilite_core::Model;
/// use demilite_optimizer::{Mode, Quantizer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let model = Model::from_static(demilite_models::shapes::F32, "shapes")?;
/// let half = Quantizer::new(model)
///     .mode(Mode::Float16)
///     .keep_float("SOFTMAX".parse()?)
///     .finish()?;
/// assert!(half.report.bytes_after < half.report.bytes_before);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Quantizer {
    model: Arc<Model>,
    recipe: Recipe,
    delegates: Vec<Arc<dyn Delegate>>,
}

impl Quantizer {
    /// Begins with a float model and the defaults of [`Mode::Float16`].
    pub fn new(model: impl Into<Arc<Model>>) -> Self {
        Quantizer {
            model: model.into(),
            recipe: Recipe::new(Mode::Float16),
            delegates: Vec::new(),
        }
    }

    /// The form to make.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.recipe.mode = mode;
        self
    }

    /// All that is asked for at once.
    pub fn recipe(mut self, recipe: Recipe) -> Self {
        self.recipe = recipe;
        self
    }

    /// Leaves nodes float.
    pub fn keep_float(mut self, pattern: Pattern) -> Self {
        self.recipe.rules.push(Rule::keep_float(pattern));
        self
    }

    /// Gives nodes int16 activations in a form whose others are int8.
    pub fn int16(mut self, pattern: Pattern) -> Self {
        self.recipe.rules.push(Rule::int16(pattern));
        self
    }

    /// Who runs the model on samples, the fastest first. All show what they compute, and the last one runs every op.
    pub fn delegates(mut self, delegates: impl IntoIterator<Item = Arc<dyn Delegate>>) -> Self {
        self.delegates.extend(delegates);
        self
    }

    /// Runs the float model on representative inputs, of which every fifth is held out for the comparison of outputs.
    ///
    /// # Errors
    /// An [`OptimizeError`] for a model that is none to quantize, and for a sample that does not fit it.
    pub fn calibrate(self, samples: impl Samples + 'static) -> Result<Calibrated, OptimizeError> {
        self.calibrate_with(samples, &mut |_, _| {})
    }

    /// As [`Quantizer::calibrate`], and says after each sample how many are done, and of how many.
    ///
    /// # Errors
    /// Those of [`Quantizer::calibrate`].
    pub fn calibrate_with(
        self,
        samples: impl Samples + 'static,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Calibrated, OptimizeError> {
        let source = Source::of(&self.model, self.recipe.mode)?;
        soundness::check(&source.model, &self.recipe)?;
        let source = source.equalized(&self.recipe)?;
        Calibrated::new(
            source,
            self.recipe,
            self.delegates,
            Box::new(samples),
            progress,
        )
    }

    /// Makes the form without samples. Integer activations need them, unless the model was trained for quantization.
    ///
    /// # Errors
    /// An [`OptimizeError`] that names the tensor and the way out.
    pub fn finish(self) -> Result<Quantized, OptimizeError> {
        let recipe = &self.recipe;
        let source = Source::of(&self.model, recipe.mode)?;
        soundness::check(&source.model, recipe)?;
        let source = source.equalized(recipe)?;
        let evidence = Evidence {
            statistics: &Statistics::default(),
            calibrator: Calibrator::MinMax,
            trained: &source.trained,
        };
        made(&source, recipe.mode, |parts, report| match recipe.mode {
            Mode::Float16 => float16::convert(parts, recipe, report),
            Mode::Dynamic => dynamic::convert(parts, recipe, None, report),
            mode if source.trained.is_empty() => Err(OptimizeError::NoSamples { mode }),
            _ => integer::convert(parts, recipe, evidence, report),
        })
    }
}
