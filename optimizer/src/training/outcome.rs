//! A run from its first step to the model that comes of it.

use std::ops::ControlFlow;
use std::sync::Arc;

use demilite_core::{Model, Op};

use super::checkpoint::{Course, State};
use super::constant::write;
use super::course::{Run, TrainingProgress};
use super::finetuned::Finetuned;
use super::network::Network;
use super::parameter::Role;
use super::ranges::sound;
use super::report::{Score, TrainingReport};
use super::settings::Settings;
use super::workers::Workers;
use crate::error::OptimizeError;
use crate::file_size::FileSize;
use crate::report::Kept;

/// A run that can begin.
pub(super) struct Prepared {
    /// The model that came in.
    pub(super) original: Arc<Model>,
    /// The model whose constants are trained.
    pub(super) model: Model,
    pub(super) run: Run,
    pub(super) kept: Vec<Kept>,
    /// What the run is of, in words that no other run has.
    pub(super) name: String,
}

impl Prepared {
    /// Trains from the start or a checkpoint to the end.
    pub(super) fn finish(
        self,
        checkpoint: Option<&[u8]>,
        pool: &rayon::ThreadPool,
        progress: &mut dyn FnMut(&TrainingProgress<'_>) -> ControlFlow<()>,
    ) -> Result<Finetuned, OptimizeError> {
        let run = &self.run;
        let parameters = run.lesson.network.before();
        let zeros: Vec<Vec<f32>> = parameters
            .iter()
            .map(|numbers| vec![0.0; numbers.len()])
            .collect();
        let mut state = State {
            course: Course::default(),
            moments: [zeros.clone(), zeros],
            parameters,
            best: Vec::new(),
        };
        let mut workers = Workers::new(&run.lesson)?;
        let effective = run.effective(&state.parameters);
        let start = pool.install(|| workers.score(&run.lesson, &effective, &run.held_out))?;
        // A model that still gets its zeros is none to keep.
        if let (Some(score), None) = (start, run.settings.pruning) {
            state.course.best = Some((0, score.loss));
            state.best.clone_from(&state.parameters);
        }
        if let Some(checkpoint) = checkpoint {
            state = state.resumed(checkpoint, &self.name)?;
        }
        run.go_on(&mut state, &mut workers, &self.name, pool, progress)?;
        self.finished(state, start)
    }

    fn finished(self, state: State, start: Option<Score>) -> Result<Finetuned, OptimizeError> {
        let Prepared {
            original,
            model,
            run,
            kept,
            ..
        } = self;
        let best = state.course.best.map(|(epoch, _)| epoch);
        let parameters = match best {
            Some(_) => &state.best,
            None => &state.parameters,
        };
        let network = &run.lesson.network;
        let model = written(&model, network, parameters)?;
        let zeros = |numbers: &[f32]| numbers.iter().filter(|number| **number == 0.0).count();
        let pruned = || run.pruned.iter().map(|(index, _)| &parameters[*index]);
        let all: usize = pruned().map(Vec::len).sum();
        let report = TrainingReport {
            before: FileSize::of(&original)?,
            after: FileSize::of(&model)?,
            objective: objective(&run.settings, run.lesson.labels.is_some()),
            samples: run.trained.len(),
            held_out: run.held_out.len(),
            parameters: parameters.iter().map(Vec::len).sum(),
            steps: state.course.step,
            start,
            warnings: warnings(&state, start),
            epochs: state.course.epochs,
            best,
            sparsity: (all > 0)
                .then(|| pruned().map(|numbers| zeros(numbers)).sum::<usize>() as f64 / all as f64),
            ranges: network
                .parameters
                .iter()
                .filter(|parameter| matches!(parameter.role, Role::Range { .. }))
                .count(),
            kept,
        };
        Ok(Finetuned { model, report })
    }
}

/// What a loss is made of.
fn objective(settings: &Settings, has_labels: bool) -> String {
    match (has_labels, settings.distillation) {
        (true, 0.0) => "labels".to_owned(),
        (true, share) if share < 1.0 => format!("labels and {share} of what the model said before"),
        _ => "what the model said before".to_owned(),
    }
}

/// What is worth knowing of a run.
fn warnings(state: &State, start: Option<Score>) -> Vec<String> {
    let Some((start, (epoch, loss))) = start.zip(state.course.best) else {
        return Vec::new();
    };
    let words = match epoch {
        0 => {
            "no epoch has a lower loss on the samples held out than the model before the first step, which stays"
        }
        _ if loss > start.loss => {
            "the samples held out have a higher loss than before the first step"
        }
        _ => return Vec::new(),
    };
    vec![format!(
        "{words}: a lower learning rate or more epochs may help"
    )]
}

/// The model with trained numbers.
fn written(
    model: &Model,
    network: &Network,
    parameters: &[Vec<f32>],
) -> Result<Model, OptimizeError> {
    let mut parts = model.clone().into_parts();
    let edited = parts.edit(0, |editor| {
        for (parameter, numbers) in std::iter::zip(&network.parameters, parameters) {
            match parameter.role {
                Role::Weights { tensor, .. } | Role::Bias { tensor } => {
                    write(editor, tensor, numbers)
                }
                Role::Range { node } => {
                    if let Op::FakeQuant(op) = &mut editor.node_mut(node).op {
                        [op.min, op.max] = sound([numbers[0], numbers[1]]);
                    }
                }
            }
        }
    });
    edited.map_err(OptimizeError::ChangedGraph)?;
    parts.into_model().map_err(OptimizeError::ChangedGraph)
}
