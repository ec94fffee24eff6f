//! Sessions.

mod invocation;
mod plan;
mod side;
mod tensors;

use std::ffi::{CString, c_char};
use std::num::NonZeroUsize;
use std::sync::Arc;

use demilite::cpu::CpuOptions;
use demilite::{DelegateChoice, DelegateOptions, RunError, Session, Shape, Value, delegates_with};

use crate::border::{guarded, text};
use crate::error::{Error, demilite_status};
use crate::model::demilite_model;
use crate::pointer::exclusive;
use crate::tensor::Tensor;

pub use invocation::{
    demilite_session_create, demilite_session_free, demilite_session_plan, demilite_session_reset,
    demilite_session_run,
};
pub use tensors::{
    demilite_session_find_input, demilite_session_find_output, demilite_session_get_output,
    demilite_session_input, demilite_session_input_count, demilite_session_input_data,
    demilite_session_output, demilite_session_output_count, demilite_session_output_data,
    demilite_session_resize_input, demilite_session_set_input,
};

/// A model made ready to run, with its inputs and outputs. It may move between threads, and is used by one at a time.
#[derive(Debug)]
pub struct demilite_session {
    session: Session,
    inputs: Vec<Tensor>,
    outputs: Vec<Tensor>,
    plan: Option<CString>,
    /// Whether a call is under way, or ended in a panic.
    is_busy: bool,
}

impl demilite_session {
    fn new(model: &demilite_model, delegate: &str, threads: usize) -> Result<Self, Error> {
        let choice: DelegateChoice = delegate.parse()?;
        let mut cpu = CpuOptions::default();
        cpu.threads = NonZeroUsize::new(threads);
        let selection = delegates_with(choice, DelegateOptions::default().cpu(cpu))?;
        let session = Session::builder(Arc::clone(&model.0))
            .delegates(selection.delegates)
            .build()?;
        let mut made = demilite_session {
            session,
            inputs: Vec::new(),
            outputs: Vec::new(),
            plan: None,
            is_busy: false,
        };
        made.allocate()?;
        Ok(made)
    }

    /// Gives inputs and outputs memory of their shapes, full of zeros.
    fn allocate(&mut self) -> Result<(), Error> {
        let inputs = self.session.inputs().into_iter().enumerate();
        let inputs = inputs.map(|(index, info)| {
            let value = self.session.input_zeros(index)?;
            Ok::<_, RunError>(Tensor::new(info, value))
        });
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let outputs = self.session.outputs().into_iter().map(|info| {
            let shape = info.shape.clone().unwrap_or(Shape::from([0]));
            let value = Value::zeros(info.dtype, shape)?;
            Ok::<_, Error>(Tensor::new(info, value))
        });
        self.outputs = outputs.collect::<Result<_, _>>()?;
        self.inputs = inputs;
        self.plan = None;
        Ok(())
    }

    fn run(&mut self) -> Result<(), Error> {
        let views: Vec<_> = self.inputs.iter().map(|input| input.value.view()).collect();
        let taken = self.outputs.iter_mut();
        let mut values: Vec<Value> = taken
            .map(|output| std::mem::take(&mut output.value))
            .collect();
        let outcome = self.session.run_into(&views, &mut values);
        for (output, value) in std::iter::zip(&mut self.outputs, values) {
            output.value = value;
        }
        Ok(outcome?)
    }

    /// Who runs which node, and why not the others, a line for each.
    fn plan(&mut self) -> *const c_char {
        let words = || text(&plan::words(&self.session));
        self.plan.get_or_insert_with(words).as_ptr()
    }
}

/// Does something with a session, unless an earlier call panicked.
///
/// # Safety
/// As for [`exclusive`].
unsafe fn with(
    session: *mut demilite_session,
    act: impl FnOnce(&mut demilite_session) -> Result<(), Error>,
) -> demilite_status {
    guarded(|| {
        // SAFETY: the caller's promise.
        let session = unsafe { exclusive(session, "session") }?;
        if std::mem::replace(&mut session.is_busy, true) {
            return Err(Error::Broken);
        }
        let outcome = act(session);
        session.is_busy = false;
        outcome
    })
}
