//! NON_MAX_SUPPRESSION_V4 and V5.

use demilite_core::op::NonMaxSuppression;
use demilite_core::op::non_max_suppression::SuppressionKind;
use demilite_core::{DataType, Op};

use crate::accuracy::Accuracy;
use crate::case::{Case, Draft};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// Which boxes are chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    /// How many boxes there are.
    pub(crate) boxes: usize,
    /// The most that are chosen.
    pub(crate) most: i32,
    /// The overlap from which a box is left out.
    pub(crate) overlap: f32,
    /// The score that a box must exceed.
    pub(crate) score: f32,
    /// How much overlap lowers scores; `None` is NON_MAX_SUPPRESSION_V4.
    pub(crate) sigma: Option<f32>,
}

impl Choice {
    /// Ends a case of the op.
    pub(crate) fn finish(self, mut draft: Draft) -> Case {
        use DataType::{Float32, Int32};
        let mut inputs = vec![
            draft.input(Float32, &[self.boxes, 4]),
            draft.input(Float32, &[self.boxes]),
            draft.indices(&[], &[self.most]),
            draft.given(&[], &[self.overlap]),
            draft.given(&[], &[self.score]),
        ];
        inputs.extend(self.sigma.map(|sigma| draft.given(&[], &[sigma])));
        let (kind, outputs) = match self.sigma {
            None => (SuppressionKind::NonMaxSuppressionV4, vec![Int32, Int32]),
            Some(_) => (
                SuppressionKind::NonMaxSuppressionV5,
                vec![Int32, Float32, Int32],
            ),
        };
        let outputs: Vec<_> = outputs.into_iter().map(|dtype| (dtype, None)).collect();
        let op = Op::NonMaxSuppression(NonMaxSuppression { kind });
        draft.finish_all(op, &inputs, &outputs, Rounding::Function)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (boxes, most) in [(1, 1), (13, 5), (13, 17), (67, 67), (257, 31)] {
        for (overlap, score) in [(0.3, 0.0), (0.7, -8.0), (0.1, 7.5)] {
            for sigma in [None, Some(0.0), Some(0.5)] {
                let choice = Choice {
                    boxes,
                    most,
                    overlap,
                    score,
                    sigma,
                };
                let sigma = sigma.map_or("hard".to_owned(), |sigma| format!("sigma_{sigma}"));
                let name = format!(
                    "non_max_suppression/float32/{boxes}/most_{most}/overlap_{overlap}/above_{score}/{sigma}"
                );
                cases.push(choice.finish(Draft::new(name).within(8.0)));
            }
        }
    }
    cases
}

impl UnderTest for NonMaxSuppression {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::non_max_suppression);

    fn accuracy(&self) -> Accuracy {
        // Scores that overlaps lower by exponentials.
        Accuracy::EXPONENTIAL
    }

    fn specials(&self) -> Specials {
        // LiteRT converts such numbers to integers, or orders by them, which C++ leaves undefined.
        Specials::None
    }
}
