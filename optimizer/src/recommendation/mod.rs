//! Which form of a float model to take: candidates made, measured on this machine, and held against limits.
//!
//! ```
//! use std::sync::Arc;
//! # use demilite_core::{Delegate, Model, Value};
//! # use demilite_cpu_reference::ReferenceDelegate;
//! use demilite_optimizer::Sample;
//! use demilite_optimizer::recommendation::{Goal, Hardware, Limits, Recommender};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let delegates: Vec<Arc<dyn Delegate>> = vec![Arc::new(ReferenceDelegate::new())];
//! # let image = |grey: f32| Value::from_slice([1, 96, 96, 3], &vec![grey; 96 * 96 * 3]);
//! let model = Model::from_static(demilite_models::shapes::F32, "shapes")?;
//! let calibration = Arc::new(vec![Sample::ordered(vec![image(0.5)?])]);
//! let evaluation = Arc::new(vec![Sample::ordered(vec![image(0.25)?])]);
//!
//! let recommendation = Recommender::new(model, delegates, calibration, evaluation)
//!     .hardware(Hardware::EdgeTpu)
//!     .limits(Limits::default().loss(50.0))
//!     .finish()?;
//! for pick in &recommendation.report.picks {
//!     println!("{}: {}", pick.goal.name(), pick.why);
//! }
//! let smallest = recommendation.pick(Goal::Smallest).expect("a candidate keeps the limits");
//! smallest.save(std::env::temp_dir().join("edge-tpu.tflite"))?;
//! # Ok(())
//! # }
//! ```
//!
//! Candidates are every form that the hardware has kernels for, of the weights as they are, pruned, clustered, and both, and int8 forms
//! of which three ops stay float or have int16 activations: those that bring most back of up to 20 forms that are measured on a few samples,
//! which begin with the ops that read the inputs and those that the debugger finds to lose most. Picks follow from the figures by fixed rules: of sizes and losses they are the
//! same in every run, and of times as they are measured.

mod candidate;
mod choice;
mod error;
mod hardware;
mod making;
mod mixing;
mod report;
mod wide;

use std::fmt;
use std::sync::Arc;

use demilite_core::{Delegate, Model};

pub use error::RecommendError;
pub use hardware::{Hardware, UnknownHardware};
pub use report::{CandidateReport, Goal, LeftOut, Limits, Measure, Pick, Report};

use crate::calibration::{Executor, Samples};
use crate::error::OptimizeError;
use crate::evaluation::{Evaluation, Score, Subject, SubjectReport, Truth};
use crate::file_size::FileSize;
use candidate::Candidate;
use making::Made;

/// Compares the forms of a float model.
pub struct Recommender {
    model: Arc<Model>,
    delegates: Vec<Arc<dyn Delegate>>,
    timed: Vec<Arc<dyn Delegate>>,
    calibration: Arc<dyn Samples>,
    evaluation: Arc<dyn Samples>,
    truth: Option<Truth>,
    hardware: Hardware,
    limits: Limits,
}

impl fmt::Debug for Recommender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recommender")
            .field("model", &self.model.name())
            .field("hardware", &self.hardware)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// What is recommended.
#[derive(Debug)]
pub struct Recommendation {
    /// The candidates, and the picks among them.
    pub report: Report,
    /// The models, in the order of the candidates.
    pub models: Vec<Arc<Model>>,
}

impl Recommendation {
    /// The model that is best by a goal; `None` where no candidate keeps the limits.
    pub fn pick(&self, goal: Goal) -> Option<&Arc<Model>> {
        let mut picks = self.report.picks.iter();
        let pick = picks.find(|pick| pick.goal == goal)?;
        self.models.get(pick.candidate)
    }
}

impl Recommender {
    /// Begins with a float model, who runs it on samples, those that calibrate, and others that candidates are measured on. All delegates
    /// show what they compute, and the last one runs every op; as samples run on all cores at once, they are best made with one thread.
    pub fn new(
        model: impl Into<Arc<Model>>,
        delegates: impl IntoIterator<Item = Arc<dyn Delegate>>,
        calibration: Arc<dyn Samples>,
        evaluation: Arc<dyn Samples>,
    ) -> Self {
        let delegates: Vec<Arc<dyn Delegate>> = delegates.into_iter().collect();
        Recommender {
            model: model.into(),
            timed: delegates.clone(),
            delegates,
            calibration,
            evaluation,
            truth: None,
            hardware: Hardware::default(),
            limits: Limits::default(),
        }
    }

    /// What is right for each sample that candidates are measured on. Without it they are held against the float model.
    pub fn truth(mut self, truth: Truth) -> Self {
        self.truth = Some(truth);
        self
    }

    /// What the model is to run on; a processor unless said otherwise.
    pub fn hardware(mut self, hardware: Hardware) -> Self {
        self.hardware = hardware;
        self
    }

    /// Who runs an inference while its time is taken; those that run samples unless said otherwise.
    pub fn timed_on(mut self, delegates: impl IntoIterator<Item = Arc<dyn Delegate>>) -> Self {
        self.timed = delegates.into_iter().collect();
        self
    }

    /// What a pick may cost at most.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Makes and measures the candidates.
    ///
    /// # Errors
    /// A [`RecommendError`] where the model is no float model, where samples do not fit it, or where a limit is none.
    pub fn finish(self) -> Result<Recommendation, RecommendError> {
        self.finish_with(&mut |_| {})
    }

    /// As [`Recommender::finish`], and says what it is about to do.
    ///
    /// # Errors
    /// Those of [`Recommender::finish`].
    pub fn finish_with(
        self,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Recommendation, RecommendError> {
        self.check()?;
        let Made { made, left_out } = making::make(
            &self.model,
            &self.delegates,
            &self.calibration,
            self.hardware,
            progress,
        )?;
        let mut models = vec![Arc::clone(&self.model)];
        models.extend(made.iter().map(|(_, model)| Arc::clone(model)));
        let ways = std::iter::once(Candidate::FLOAT).chain(made.iter().map(|(way, _)| *way));
        let (mut candidates, mut measure) = (Vec::new(), Measure::RelativeError);
        for (way, model) in std::iter::zip(ways, &models) {
            let name = way.to_string();
            progress(&format!("measuring {name}"));
            let (candidate, measured) = self.measure(&name, model)?;
            measure = measured;
            candidates.push(candidate);
        }
        choice::judge(&mut candidates, self.limits, measure);
        let report = Report {
            hardware: self.hardware,
            measure,
            limits: self.limits,
            samples: [self.calibration.count(), self.evaluation.count()],
            picks: choice::picks(&candidates, measure),
            candidates,
            left_out,
        };
        Ok(Recommendation { report, models })
    }

    fn check(&self) -> Result<(), RecommendError> {
        if self.calibration.count() == 0 {
            return Err(RecommendError::NoSamples);
        }
        let size = self.limits.size.map(|bytes| bytes as f64);
        for (what, limit) in [
            ("size", size),
            ("loss", self.limits.loss),
            ("latency", self.limits.latency),
        ] {
            if let Some(value) = limit
                && !(value >= 0.0 && value.is_finite())
            {
                return Err(RecommendError::Limit { what, value });
            }
        }
        Ok(())
    }

    /// What a candidate costs, and what its loss is measured by.
    fn measure(
        &self,
        name: &str,
        model: &Arc<Model>,
    ) -> Result<(CandidateReport, Measure), RecommendError> {
        let subject = |name: &str, model: &Arc<Model>| {
            let delegates = self.delegates.iter().cloned();
            Subject::new(
                name,
                Arc::clone(model),
                delegates,
                Arc::clone(&self.evaluation),
            )
        };
        let subjects = [
            subject("the float model", &self.model),
            subject(name, model),
        ];
        let mut evaluation = Evaluation::new(subjects);
        if let Some(truth) = &self.truth {
            evaluation = evaluation.truth(truth.clone());
        }
        let report = evaluation.run()?;
        let [float, own] = &report.subjects[..] else {
            unreachable!("two models were evaluated");
        };
        let (loss, measure) = loss(float, own);
        let failed = |source| RecommendError::Run {
            candidate: name.to_owned(),
            source: Box::new(source),
        };
        let sample = self.evaluation.sample(0);
        let sample = sample.map_err(|reason| failed(OptimizeError::Sample { index: 0, reason }))?;
        let mut executor = Executor::new(Arc::clone(model), self.timed.clone());
        let cost = executor.cost(&sample).map_err(failed)?;
        let likeness = own.likeness.as_ref();
        let candidate = CandidateReport {
            name: name.to_owned(),
            size: FileSize::of(model).map_err(failed)?,
            score: own.score.as_ref().map(figure),
            loss,
            agreement: likeness.and_then(|likeness| likeness.agreement),
            sqnr: likeness.map_or(200.0, |likeness| likeness.sqnr),
            latency: 1e3 * cost.time.as_secs_f64(),
            memory: cost.bytes,
            is_pareto: false,
            exceeds: Vec::new(),
        };
        Ok((candidate, measure))
    }
}

/// What a model loses of the float model, and what that is measured by.
fn loss(float: &SubjectReport, own: &SubjectReport) -> (f64, Measure) {
    if let (Some(float), Some(own)) = (&float.score, &own.score) {
        return (100.0 * (figure(float) - figure(own)), Measure::Score);
    }
    match &own.likeness {
        Some(likeness) => match likeness.agreement {
            Some(agreement) => (100.0 * (1.0 - agreement), Measure::Disagreement),
            None => {
                let error = 10.0_f64.powf(-likeness.sqnr / 20.0);
                (100.0 * error, Measure::RelativeError)
            }
        },
        None => (0.0, Measure::RelativeError),
    }
}

/// A score as one number, of which 1 is the best.
fn figure(score: &Score) -> f64 {
    match score {
        Score::Classification(score) => score.top1,
        Score::Regression { r_squared, .. } => r_squared.unwrap_or(0.0),
        Score::Detection(score) => score.at_50_to_95,
        Score::Transcription {
            word_error_rate, ..
        } => 1.0 - word_error_rate,
        Score::Spans(score) => score.f1,
    }
}
