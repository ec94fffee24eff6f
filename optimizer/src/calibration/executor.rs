//! Runs samples through a model.

use std::collections::BTreeMap;
use std::sync::Arc;

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

    /// Runs a sample, from a state in which nothing ran before; gives the outputs with the reals that they stand for.
    pub(crate) fn run(&mut self, sample: &Sample) -> Result<Vec<Vec<f32>>, OptimizeError> {
        let session = self.session(sample.signature.as_ref())?;
        session.reset_state();
        let mut inputs = ordered(session, sample)?;
        for (value, &id) in std::iter::zip(&mut inputs, session.graph().inputs()) {
            if let Some(quantized) = evaluation::quantized(value, session.graph().tensor(id)) {
                *value = quantized;
            }
        }
        let outputs = session.run(&inputs).map_err(OptimizeError::Run)?;
        let tensors = session.graph().outputs().iter();
        let outputs = std::iter::zip(&outputs, tensors);
        let reals = outputs
            .filter_map(|(value, &id)| evaluation::reals_of(value, session.graph().tensor(id)));
        Ok(reals.collect())
    }

    /// Runs a sample, and shows each tensor as it is written.
    pub(crate) fn observe(
        &mut self,
        sample: &Sample,
        see: &mut dyn FnMut(Observed<'_>),
    ) -> Result<(), OptimizeError> {
        let session = self.session(sample.signature.as_ref())?;
        session.reset_state();
        let inputs = ordered(session, sample)?;
        let outputs = session.run_observed(&inputs, see);
        outputs.map(drop).map_err(OptimizeError::Run)
    }
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
