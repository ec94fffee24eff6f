//! One invocation of a session, with all the graphs that call each other in it.

use super::compiler::Compiler;
use crate::error::OpError;
use crate::tensor::TensorId;
use crate::value::View;

/// A tensor that was just written: see [`Session::run_observed`](crate::Session::run_observed).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Observed<'a> {
    /// The graph of the tensor, by its place in the model.
    pub graph_index: usize,
    /// The tensor.
    pub tensor: TensorId,
    /// What was written, until the observer returns.
    pub value: View<'a>,
}

/// What an invocation needs besides values and state.
pub(super) struct Invocation<'a> {
    /// Makes ready what takes the place of a partition whose device fails.
    pub(super) compiler: Compiler<'a>,
    /// Rounds that loops may still make.
    rounds_left: u64,
    observer: Option<&'a mut (dyn FnMut(Observed<'_>) + 'a)>,
}

impl<'a> Invocation<'a> {
    pub(super) fn new(
        compiler: Compiler<'a>,
        round_limit: u64,
        observer: Option<&'a mut (dyn FnMut(Observed<'_>) + 'a)>,
    ) -> Self {
        Invocation {
            compiler,
            rounds_left: round_limit,
            observer,
        }
    }

    /// Counts a round of a loop.
    ///
    /// # Errors
    /// [`OpError::RoundLimit`] where the loops of an invocation have made as many as they may.
    pub(super) fn count_round(&mut self) -> Result<(), OpError> {
        match self.rounds_left.checked_sub(1) {
            Some(left) => self.rounds_left = left,
            None => return Err(OpError::RoundLimit),
        }
        Ok(())
    }

    /// Whether somebody looks at each tensor.
    pub(super) fn is_observed(&self) -> bool {
        self.observer.is_some()
    }

    /// Shows a tensor of graph `graph_index` to the observer, if there is one.
    pub(super) fn observe(&mut self, graph_index: usize, tensor: TensorId, value: View<'_>) {
        if let Some(observer) = &mut self.observer {
            observer(Observed {
                graph_index,
                tensor,
                value,
            });
        }
    }
}
