//! MATRIX_DIAG and MATRIX_SET_DIAG: matrices with a given diagonal.

use demilite_core::op::MatrixDiag;
use demilite_core::op::matrix_diag::MatrixDiagKind;
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::masked::Masked;
use crate::movement::take::{Places, Take};
use crate::node::check;
use crate::node::effect::Effect;

/// What stands beside the diagonals.
pub(super) enum Plan {
    /// Zeros.
    Zeros(Take),
    /// What an input has there.
    Input(Box<Masked>),
}

impl GpuOp for MatrixDiag {
    type Plan = Plan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Plan, Reject> {
        let moved = match self.kind {
            MatrixDiagKind::MatrixDiag => check::moved(node, [0], device)?,
            MatrixDiagKind::MatrixSetDiag => check::moved(node, [0, 1], device)?,
        };
        let output = check::known_output(node, 0)?;
        let &[ref outer @ .., rows, columns] = &output[..] else {
            return Err(Reject::invalid("the output is not a matrix"));
        };
        let (matrices, matrix) = (outer.iter().product::<usize>(), rows * columns);
        let diagonal = rows.min(columns);
        let place = |place: usize| {
            let is_diagonal = place / columns == place % columns;
            is_diagonal.then_some(place / columns)
        };
        let places = Places::new(&[matrices, matrix], moved, 0.0, |axis, index| match axis {
            0 => Some(index * diagonal),
            _ => place(index),
        })?;
        Ok(match self.kind {
            MatrixDiagKind::MatrixDiag => Plan::Zeros(Take::first(moved, places)),
            MatrixDiagKind::MatrixSetDiag => {
                let mask = (0..matrix).map(|index| place(index).is_some().into());
                let dims = vec![[matrices, 0, matrix, matrix], [matrix, 1, 1, 1]];
                Plan::Input(Box::new(Masked::new(
                    [1, 0],
                    places,
                    mask.collect(),
                    dims,
                    moved,
                )?))
            }
        })
    }

    fn lower(
        &self,
        plan: Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        match plan {
            Plan::Zeros(take) => take.lower(node, lowering),
            Plan::Input(masked) => masked.lower(node, lowering),
        }
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
