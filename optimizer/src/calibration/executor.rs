//! Runs samples through a model.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use demilite_core::{Delegate, Model, Observed, Session, Value};

use super::evaluation;
use super::samples::{Sample, SampleInputs};
use crate::error::OptimizeError;

/// Sessions of a model, one for each signature that samples feed.
pub(crate) struct Executor {
    model: Arc<Model>,
    delegates: Vec<Arc<dyn Delegate>>,
    sessions: BTreeMap<Option<String>, Session>,
}

impl Executor {
    /// Sessions of a model, compiled as they are needed.
    pub(crate) fn new(model: Arc<Model>, delegates: Vec<Arc<dyn Delegate>>) -> Self {
        Executor {
            model,
            delegates,
            sessions: BTreeMap::new(),
        }
    }

    fn session(&mut self, signature: Option<&String>) -> Result<&mut Session, OptimizeError> {
        let key = signature.cloned();
        if !self.sessions.contains_key(&key) {
            let mut builder =
                Session::builder(Arc::clone(&self.model)).delegates(self.delegates.iter().cloned());
            if let Some(name) = &key {
                builder = builder.signature(name.clone());
            }
            let session = builder.build().map_err(OptimizeError::Session)?;
            self.sessions.insert(key.clone(), session);
        }
        Ok(self.sessions.get_mut(&key).expect("it is there"))
    }

    /// Compiles what a sample needs, so that siblings share it.
    pub(crate) fn prepare(&mut self, sample: &Sample) -> Result<(), OptimizeError> {
        self.session(sample.signature.as_ref()).map(drop)
    }

    /// The same sessions with memory of their own, for another thread.
    pub(crate) fn sibling(&self) -> Result<Self, OptimizeError> {
        let sessions = self.sessions.iter();
        let siblings = sessions.map(|(key, session)| Ok((key.clone(), session.sibling()?)));
        let siblings = siblings.collect::<Result<_, _>>();
        Ok(Executor {
            model: Arc::clone(&self.model),
            delegates: self.delegates.clone(),
            sessions: siblings.map_err(OptimizeError::Session)?,
        })
    }

    /// Runs a sample, from a state in which nothing ran before; gives the outputs with the reals that they stand for, without those
    /// that stand for none.
    pub(crate) fn run(&mut self, sample: &Sample) -> Result<Vec<Vec<f32>>, OptimizeError> {
        let outputs = self.run_values(sample)?;
        Ok(outputs
            .into_iter()
            .filter_map(|output| output.reals)
            .collect())
    }

    /// As [`Executor::run`], with every output as the model gives it.
    pub(crate) fn run_values(&mut self, sample: &Sample) -> Result<Vec<Output>, OptimizeError> {
        let session = self.session(sample.signature.as_ref())?;
        let inputs = fed(session, sample)?;
        let outputs = session.run(&inputs).map_err(OptimizeError::Run)?;
        let tensors = session.graph().outputs().iter();
        let outputs = std::iter::zip(outputs, tensors);
        let outputs = outputs.map(|(value, &id)| Output {
            reals: evaluation::reals_of(&value, session.graph().tensor(id)),
            value,
        });
        Ok(outputs.collect())
    }

    /// Runs a sample again and again, and measures what that costs.
    pub(crate) fn cost(&mut self, sample: &Sample) -> Result<Cost, OptimizeError> {
        let session = self.session(sample.signature.as_ref())?;
        let inputs = fed(session, sample)?;
        let (mut least, mut all) = (Duration::MAX, Duration::ZERO);
        for run in 0..MOST {
            session.reset_state();
            let start = Instant::now();
            session.run(&inputs).map_err(OptimizeError::Run)?;
            let time = start.elapsed();
            (least, all) = (least.min(time), all + time);
            if run >= LEAST && all > TIME {
                break;
            }
        }
        let counters = session.counters().into_iter();
        Ok(Cost {
            time: least,
            bytes: counters
                .map(|counters| counters.weight_bytes + counters.arena_bytes)
                .sum(),
        })
    }

    /// Runs a sample, and shows each tensor as it is written.
    pub(crate) fn observe(
        &mut self,
        sample: &Sample,
        see: &mut dyn FnMut(Observed<'_>),
    ) -> Result<(), OptimizeError> {
        let session = self.session(sample.signature.as_ref())?;
        let inputs = fed(session, sample)?;
        let outputs = session.run_observed(&inputs, see);
        outputs.map(drop).map_err(OptimizeError::Run)
    }
}

/// What an inference costs.
pub(crate) struct Cost {
    /// The least time: what else the machine does only adds to it.
    pub(crate) time: Duration,
    /// Bytes that the session holds for weights, as it lays them out, and for activations.
    pub(crate) bytes: u64,
}

/// Invocations whose time is taken: more than so many, and at most so many, for as long as the time lasts.
const LEAST: usize = 5;
const MOST: usize = 50;
const TIME: Duration = Duration::from_millis(500);

/// An output of a model.
pub(crate) struct Output {
    /// As the model gives it.
    pub(crate) value: Value,
    /// What it stands for; none where it stands for no reals.
    pub(crate) reals: Option<Vec<f32>>,
}

/// A sample as the session takes it, which forgets what ran before.
fn fed(session: &mut Session, sample: &Sample) -> Result<Vec<Value>, OptimizeError> {
    session.reset_state();
    let mut inputs = ordered(session, sample)?;
    for (value, &id) in std::iter::zip(&mut inputs, session.graph().inputs()) {
        if let Some(quantized) = evaluation::quantized(value, session.graph().tensor(id)) {
            *value = quantized;
        }
    }
    Ok(inputs)
}

/// The tensors of a sample in the order of the graph's inputs.
fn ordered(session: &Session, sample: &Sample) -> Result<Vec<Value>, OptimizeError> {
    let named = match &sample.inputs {
        SampleInputs::Ordered(values) => return Ok(values.clone()),
        SampleInputs::Named(named) => named,
    };
    let names = session.input_names();
    let wrong = |what: String| OptimizeError::SampleName {
        what,
        available: names
            .iter()
            .map(|name| format!("{name:?}"))
            .collect::<Vec<_>>()
            .join(", "),
    };
    if let Some(name) = named.keys().find(|name| !names.contains(name)) {
        return Err(wrong(format!("no input is called {name:?}")));
    }
    let value = |name: &String| {
        let value = named.get(name).cloned();
        value.ok_or_else(|| wrong(format!("input {name:?} is missing")))
    };
    names.iter().map(value).collect()
}
