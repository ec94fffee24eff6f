//! Dispatches that may be computed in several ways, and each of these by itself.

use std::collections::HashMap;
use std::sync::Arc;

use demilite_core::NodeId;
use demilite_shaders::Epilogue;

use super::{CONSTANT_USAGE, Dispatch, Place, ProgramBuilder, Storage};
use crate::error::GpuError;
use crate::memory::buffer::create;
use crate::program::CompiledProgram;

/// The node of the dispatches of a rehearsal.
pub(crate) const REHEARSED: NodeId = NodeId(0);

/// One of the ways to compute a dispatch.
pub(crate) struct Candidate {
    /// Its name, by which a choice is kept.
    pub(crate) name: String,
    /// The dispatch. All candidates have the same operands, and write whole quads or not.
    pub(crate) dispatch: Dispatch,
    /// Whether it may be the sum with another tensor too.
    pub(crate) takes_sum: bool,
}

/// A dispatch of a program and its candidates, the first of which it is until another is taken.
pub(crate) struct Choice {
    /// The layers that are as fast by the same candidate.
    pub(crate) class: String,
    pub(crate) candidates: Vec<Candidate>,
    /// The dispatch's number.
    at: usize,
}

impl Choice {
    /// Whether it is about the dispatch of this number.
    pub(super) fn is_of(&self, at: usize) -> bool {
        self.at == at
    }
}

/// Zeros in place of the tensors of a dispatch.
pub(crate) struct Scenery(HashMap<usize, wgpu::Buffer>);

impl ProgramBuilder {
    /// Adds a dispatch after all others: `usual`, or one of its rivals where that was measured to be faster in layers of its class.
    pub(crate) fn dispatch_fastest(
        &mut self,
        class: String,
        usual: Candidate,
        rivals: impl IntoIterator<Item = Candidate>,
    ) {
        let at = self.dispatches.len();
        self.dispatch(usual.dispatch.clone());
        if !self.device.choices.matter() {
            return;
        }
        let candidates: Vec<Candidate> = std::iter::once(usual).chain(rivals).collect();
        if candidates.len() > 1 {
            self.choices.push(Choice {
                class,
                candidates,
                at,
            });
        }
    }

    /// The dispatches with rivals.
    pub(crate) fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// Makes the dispatch of a choice one of its candidates; whether that can do the dispatch's epilogue.
    pub(crate) fn take(&mut self, choice: usize, candidate: usize) -> bool {
        let Choice { at, candidates, .. } = &self.choices[choice];
        let dispatch = &mut self.dispatches[*at];
        let (
            usual,
            Candidate {
                dispatch: taken,
                takes_sum,
                ..
            },
        ) = (&candidates[0].dispatch, &candidates[candidate]);
        let epilogue = dispatch.epilogue();
        let can = taken.kernel.epilogues().contains(&epilogue)
            && (*takes_sum || epilogue != Epilogue::Sum);
        if can {
            // What follows the constants that it was added with is the epilogue's.
            let epilogue = &dispatch.constants[usual.constants.len()..];
            dispatch.constants = [&taken.constants, epilogue].concat();
            dispatch.kernel = taken.kernel;
            dispatch.params.clone_from(&taken.params);
            dispatch.workgroups = taken.workgroups;
        }
        can
    }

    /// Zeros for the candidates of a choice.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`].
    pub(crate) fn scenery(&self, choice: &Choice) -> Result<Scenery, GpuError> {
        let dispatch = &choice.candidates[0].dispatch;
        let operands = dispatch.operands.iter().map(|&(_, operand)| operand);
        let zeros = operands.chain([dispatch.output]).map(|storage| {
            let bytes = self.tensors[storage.tensor].bytes();
            let buffer = create(&self.device, "zeros", bytes, CONSTANT_USAGE)?;
            Ok((storage.tensor, buffer))
        });
        zeros.collect::<Result<_, GpuError>>().map(Scenery)
    }

    /// A program of one candidate alone, `times` over.
    ///
    /// # Errors
    /// Those of [`ProgramBuilder::finish`].
    pub(crate) fn rehearsal(
        &self,
        candidate: &Candidate,
        scenery: &Scenery,
        times: usize,
    ) -> Result<Arc<CompiledProgram>, GpuError> {
        let mut program = ProgramBuilder::new(Arc::clone(&self.device));
        // No layer takes longer than all of them.
        program.add_work(self.work);
        program.begin(REHEARSED);
        let mut stand_in = |storage: Storage| {
            let place = Place::Own(scenery.0[&storage.tensor].clone());
            program.add(
                place,
                self.tensors[storage.tensor].elements,
                storage.element,
            )
        };
        let dispatch = Dispatch {
            output: stand_in(candidate.dispatch.output),
            operands: (candidate.dispatch.operands.iter())
                .map(|&(role, operand)| (role, stand_in(operand)))
                .collect(),
            ..candidate.dispatch.clone()
        };
        for _ in 0..times {
            program.dispatch(dispatch.clone());
        }
        program.finish()
    }

    /// Compiles the kernels of candidates on all processors; those that cannot be compiled are left for their rehearsals to find.
    pub(crate) fn compile_ahead<'a>(&self, candidates: impl IntoIterator<Item = &'a Candidate>) {
        let dispatches: Vec<&Dispatch> =
            candidates.into_iter().map(|each| &each.dispatch).collect();
        let _ = self.compile(&dispatches);
    }
}
