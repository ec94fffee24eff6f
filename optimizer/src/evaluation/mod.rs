//! Models side by side on the same samples: how often each is right, and how near it is to the first.
//!
//! ```
//! use std::sync::Arc;
//! # use demilite_core::{Delegate, Model, Shape, Value};
//! # use demilite_cpu_reference::ReferenceDelegate;
//! use demilite_optimizer::evaluation::{Evaluation, Score, Subject, Truth};
//! use demilite_optimizer::{Mode, Quantizer, Sample};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let delegates: Vec<Arc<dyn Delegate>> = vec![Arc::new(ReferenceDelegate::new())];
//! # let shape = Shape::from([1, 96, 96, 3]);
//! # let image = |grey: f32| Value::from_slice(shape.clone(), &vec![grey; 96 * 96 * 3]);
//! let model = Arc::new(Model::from_static(demilite_models::shapes::F32, "shapes")?);
//! let half = Quantizer::new(Arc::clone(&model)).mode(Mode::Float16).finish()?;
//! let samples = Arc::new(vec![Sample::ordered(vec![image(0.0)?]), Sample::ordered(vec![image(1.0)?])]);
//!
//! let report = Evaluation::new([
//!     Subject::new("float", model, delegates.clone(), samples.clone()),
//!     Subject::new("float16", half.model, delegates, samples),
//! ])
//! .truth(Truth::Classes(vec![0, 3]))
//! .run()?;
//! let Some(Score::Classification(score)) = &report.subjects[0].score else { unreachable!() };
//! println!("top-1 {:.1} %", 100.0 * score.top1);
//! assert!(report.subjects[1].likeness.as_ref().unwrap().sqnr > 40.0);
//! # Ok(())
//! # }
//! ```

mod answer;
mod error;
mod outcome;
mod report;
mod subject;
mod truth;
mod warnings;
mod workers;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::thread;

pub use answer::Answer;
pub use error::EvaluationError;
pub use outcome::{Likeness, Outcome};
pub use report::{LikenessReport, Report, Score, SubjectReport, WorstSample};
pub use subject::Subject;
pub use truth::{ReadBoxes, Truth};

/// Models to evaluate on the same samples.
#[derive(Debug)]
pub struct Evaluation {
    subjects: Vec<Subject>,
    truth: Option<Truth>,
    threads: NonZeroUsize,
    done: BTreeMap<usize, Vec<Outcome>>,
}

impl Evaluation {
    /// Begins with models, of which the first is the one that others are compared with.
    pub fn new(subjects: impl IntoIterator<Item = Subject>) -> Self {
        Evaluation {
            subjects: subjects.into_iter().collect(),
            truth: None,
            threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            done: BTreeMap::new(),
        }
    }

    /// What is right for each sample. Without it models are compared with the first alone.
    pub fn truth(mut self, truth: Truth) -> Self {
        self.truth = Some(truth);
        self
    }

    /// Samples that are under way at once; one for each core unless said otherwise. Delegates with threads of their own are best made
    /// with one.
    pub fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = threads;
        self
    }

    /// Samples whose outcomes are known, by their index: what [`Evaluation::run_with`] showed of an interrupted run. Outcomes of another
    /// number of models are left out.
    pub fn resume(mut self, done: impl IntoIterator<Item = (usize, Vec<Outcome>)>) -> Self {
        let done = done.into_iter();
        let subjects = self.subjects.len();
        self.done = done
            .filter(|(_, outcomes)| outcomes.len() == subjects)
            .collect();
        self
    }

    /// Runs every model on every sample.
    ///
    /// # Errors
    /// An [`EvaluationError`] that names the model and the sample.
    pub fn run(self) -> Result<Report, EvaluationError> {
        self.run_with(&mut |_, _| {})
    }

    /// As [`Evaluation::run`], and shows the outcomes of each sample as soon as it is done, with its index: one for each model. Samples
    /// may be done in any order.
    ///
    /// # Errors
    /// Those of [`Evaluation::run`].
    pub fn run_with(
        mut self,
        see: &mut dyn FnMut(usize, &[Outcome]),
    ) -> Result<Report, EvaluationError> {
        let first = self.subjects.first().ok_or(EvaluationError::NoModels)?;
        let count = first.samples.count();
        for subject in &self.subjects {
            if subject.samples.count() != count {
                return Err(EvaluationError::SampleCounts {
                    subject: subject.name.clone(),
                    samples: subject.samples.count(),
                    first: count,
                });
            }
        }
        if count == 0 {
            return Err(EvaluationError::NoSamples);
        }
        if let Some(truth) = &self.truth
            && truth.samples() != count
        {
            return Err(EvaluationError::TruthCount {
                what: truth.noun(),
                given: truth.samples(),
                samples: count,
            });
        }
        self.done.retain(|index, _| *index < count);
        let left: Vec<usize> = (0..count)
            .filter(|index| !self.done.contains_key(index))
            .collect();
        let done = workers::run(
            &self.subjects,
            self.truth.as_ref(),
            &left,
            self.threads,
            see,
        )?;
        self.done.extend(done);
        let outcomes: Vec<Vec<Outcome>> = self.done.into_values().collect();
        let truth = self.truth.as_ref();
        let mut report = Report::of(&self.subjects, truth, &outcomes);
        report.warnings = warnings::of(truth, &report.subjects, &outcomes);
        Ok(report)
    }
}
