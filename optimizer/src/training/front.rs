//! What lies before the trained layers of a model that has ops there which gradients do not pass: a session runs it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use demilite_core::{Delegate, Model, Shape, TensorId, Value};

use super::error::TrainingError;
use crate::calibration::{Executor, Sample};
use crate::error::OptimizeError;

/// Bytes of outputs that are computed once and kept.
const MEMORY: usize = 1 << 30;

/// The tensors that a front gives.
type Tensors = Vec<Vec<f32>>;

/// The nodes before those on the tape.
pub(super) struct Front {
    /// The tensors that it gives, in the order of its outputs.
    pub(super) outputs: Vec<TensorId>,
    /// The shapes of the graph's inputs.
    inputs: Vec<Shape>,
    executor: Mutex<Executor>,
    /// The outputs of samples as they are.
    kept: Vec<OnceLock<Tensors>>,
}

impl Front {
    /// The part of the first graph that some of its tensors, of so many elements together, depend on.
    pub(super) fn new(
        model: &Model,
        outputs: Vec<TensorId>,
        elements: usize,
        delegates: &[Arc<dyn Delegate>],
    ) -> Result<Self, OptimizeError> {
        if delegates.is_empty() {
            return Err(TrainingError::NoDelegates.into());
        }
        let graph = &model.graphs()[0];
        let inputs = graph.inputs().iter();
        let inputs = inputs.map(|&id| graph.tensor(id).shape.clone()).collect();
        let mut parts = model.clone().into_parts();
        parts.signatures.clear();
        let edited = parts.edit(0, |editor| {
            editor.outputs_mut().clone_from(&outputs);
            editor.remove_unused();
        });
        edited.map_err(OptimizeError::ChangedGraph)?;
        let model = parts.into_model().map_err(OptimizeError::ChangedGraph)?;
        let mut executor = Executor::new(Arc::new(model), delegates.to_vec());
        executor.prepare(&Sample::ordered(Vec::new()))?;
        let most = MEMORY / (4 * elements).max(1);
        Ok(Front {
            outputs,
            inputs,
            executor: Mutex::new(executor),
            kept: (0..most.min(1 << 16)).map(|_| OnceLock::new()).collect(),
        })
    }

    /// A session with memory of its own.
    pub(super) fn session(&self) -> Result<Executor, OptimizeError> {
        let executor = self.executor.lock();
        executor.unwrap_or_else(PoisonError::into_inner).sibling()
    }

    /// Hands over what inputs give. Those of a sample as it is, which `sample` then says, are computed once.
    pub(super) fn with<T>(
        &self,
        executor: &mut Executor,
        inputs: &[Vec<f32>],
        sample: Option<usize>,
        take: impl FnOnce(&[Vec<f32>]) -> T,
    ) -> Result<T, OptimizeError> {
        let Some(kept) = sample.and_then(|sample| self.kept.get(sample)) else {
            return Ok(take(&self.run(executor, inputs)?));
        };
        if let Some(tensors) = kept.get() {
            return Ok(take(tensors));
        }
        let tensors = self.run(executor, inputs)?;
        Ok(take(kept.get_or_init(|| tensors)))
    }

    fn run(&self, executor: &mut Executor, inputs: &[Vec<f32>]) -> Result<Tensors, OptimizeError> {
        let wrong = |error: demilite_core::ValueError| TrainingError::Front(error.to_string());
        let values = std::iter::zip(&self.inputs, inputs);
        let values = values.map(|(shape, reals)| Value::from_slice(shape.clone(), reals));
        let values: Vec<Value> = values.collect::<Result<_, _>>().map_err(wrong)?;
        let outputs = executor.run_values(&Sample::ordered(values))?;
        let tensors = outputs.iter();
        let tensors = tensors.map(|output| output.value.as_slice::<f32>().map(<[f32]>::to_vec));
        Ok(tensors.collect::<Result<_, _>>().map_err(wrong)?)
    }
}

#[cfg(test)]
mod tests {
    use demilite_core::op::elementwise_unary::UnaryKind;

    use super::super::toy::{chain, on_points, reference, weights};
    use super::*;
    use crate::{FakeQuantForm, Finetuned};

    fn is_better(trained: &Finetuned) -> bool {
        let best = trained.report.best.expect("some are held out");
        let score = |epoch: usize| trained.report.epochs[epoch - 1].held_out;
        best > 0
            && score(best).map(|score| score.loss) < trained.report.start.map(|score| score.loss)
    }

    #[test]
    fn layers_behind_an_op_without_a_gradient_are_trained() {
        let model = chain(&[None, Some(UnaryKind::Floor), None]);
        let frozen = || {
            let finetuner = on_points(&model).freeze("#0".parse().unwrap());
            finetuner.delegates(reference())
        };
        let trained = frozen().threads(1).finish().unwrap();
        assert!(is_better(&trained), "{}", trained.report);
        assert_eq!(weights(&trained.model, "w0"), weights(&model, "w0"));
        assert_ne!(weights(&trained.model, "w2"), weights(&model, "w2"));
        let again = frozen().threads(3).finish().unwrap();
        let bytes = |model: &Model| model.to_bytes().unwrap();
        assert_eq!(bytes(&again.model), bytes(&trained.model));
        let distilled = frozen().distillation(0.5).finish().unwrap();
        assert_ne!(bytes(&distilled.model), bytes(&trained.model));
        let rounded = frozen().fake_quant(FakeQuantForm::Int8).finish().unwrap();
        assert!(rounded.report.ranges > 0, "{}", rounded.report);
        let without = on_points(&model).freeze("#0".parse().unwrap());
        let error = without.finish().unwrap_err();
        assert!(
            error.to_string().contains("give at least one delegate"),
            "{error}"
        );
    }

    #[test]
    fn what_no_layer_lies_before_needs_no_freezing() {
        let model = chain(&[Some(UnaryKind::Floor), None]);
        let trained = on_points(&model).delegates(reference()).finish().unwrap();
        assert!(is_better(&trained), "{}", trained.report);
    }

    #[test]
    fn an_op_without_a_gradient_behind_a_trained_layer_says_what_to_freeze() {
        let model = chain(&[None, None, Some(UnaryKind::Floor), None]);
        for (frozen, named) in [(None, "(#0, #1)"), (Some("#0"), "(#1)")] {
            let mut finetuner = on_points(&model).delegates(reference());
            if let Some(pattern) = frozen {
                finetuner = finetuner.freeze(pattern.parse().unwrap());
            }
            let error = finetuner.finish().unwrap_err().to_string();
            assert!(
                error.contains("#2 FLOOR") && error.contains(named),
                "{error}"
            );
        }
        // Nothing is left to train.
        let all = on_points(&model).delegates(reference());
        let error = all.freeze("*".parse().unwrap()).finish().unwrap_err();
        assert!(
            error.to_string().contains("no layer has float32 weights"),
            "{error}"
        );
    }
}
