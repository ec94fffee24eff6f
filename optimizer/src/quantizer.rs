//! The way from a float model to one of its forms.

use demilite_core::Model;

use crate::error::OptimizeError;
use crate::mode::Mode;
use crate::pattern::Pattern;
use crate::recipe::Recipe;
use crate::report::Report;
use crate::{dynamic, float16, soundness};

/// Makes a form of a float model.
///
/// ```
/// use demilite_core::Model;
/// use demilite_optimizer::{Mode, Quantizer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/shapes/shapes_f32.tflite");
/// let half = Quantizer::new(Model::open(path)?)
///     .mode(Mode::Float16)
///     .keep_float("SOFTMAX".parse()?)
///     .finish()?;
/// assert!(half.report.bytes_after < half.report.bytes_before);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Quantizer {
    model: Model,
    recipe: Recipe,
}

/// A model in its new form.
#[derive(Debug, Clone)]
pub struct Quantized {
    /// The model.
    pub model: Model,
    /// What was done.
    pub report: Report,
}

impl Quantizer {
    /// Begins with a float model and the defaults of [`Mode::Float16`].
    pub fn new(model: Model) -> Self {
        Quantizer {
            model,
            recipe: Recipe::new(Mode::Float16),
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
        self.recipe.keep_float.push(pattern);
        self
    }

    /// Makes the form.
    ///
    /// # Errors
    /// An [`OptimizeError`] that names the tensor and the way out.
    pub fn finish(self) -> Result<Quantized, OptimizeError> {
        let Quantizer { model, recipe } = self;
        soundness::check(&model, &recipe)?;
        let mode = recipe.mode;
        let schema = |source| OptimizeError::Schema { mode, source };
        let mut report = Report::new(mode);
        report.bytes_before = match model.file_bytes() {
            0 => model.to_bytes().map_err(schema)?.len(),
            bytes => bytes,
        };
        let mut parts = model.into_parts();
        match mode {
            Mode::Float16 => float16::convert(&mut parts, &recipe, &mut report)?,
            Mode::Dynamic => dynamic::convert(&mut parts, &recipe, &mut report)?,
        }
        let graph = |source| OptimizeError::Graph { mode, source };
        let model = parts.into_model().map_err(graph)?;
        report.bytes_after = model.to_bytes().map_err(schema)?.len();
        Ok(Quantized { model, report })
    }
}
