//! NON_MAX_SUPPRESSION_V4 and V5.

use demilite_core::op::NonMaxSuppression;
use demilite_core::op::non_max_suppression::SuppressionKind;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft};
use crate::float_bound::Rounding;

/// The number of boxes, the most that are chosen, and the overlap from which they are left out.
const CHOICES: &[(usize, i32, f32)] = &[
    (1, 1, 0.5),
    (7, 3, 0.3),
    (61, 17, 0.1),
    (101, 101, 0.7),
    (5, 11, 0.9),
];

/// The width of the bell by which overlap lowers scores; none for V4.
const SIGMAS: &[Option<f32>] = &[None, Some(0.0), Some(0.5)];

pub(super) fn cases() -> Vec<Case> {
    let dtype = DataType::Float32;
    let mut cases = Vec::new();
    for &(boxes, most, overlap) in CHOICES {
        for sigma in SIGMAS {
            let kind = match sigma {
                None => "v4".to_owned(),
                Some(sigma) => format!("v5_sigma_{sigma}"),
            };
            let name =
                format!("non_max_suppression/{dtype}/{kind}/{most}_of_{boxes}/overlap_{overlap}");
            let mut draft = Draft::new(name).between(0.0, 1.0);
            let mut inputs = vec![
                draft.input(dtype, &[boxes, 4]),
                draft.input(dtype, &[boxes]),
            ];
            inputs.push(draft.indices(&[], &[most]));
            inputs.extend([overlap, 0.2].map(|threshold| draft.given(&[], &[threshold])));
            let mut outputs = vec![(DataType::Int32, None); 2];
            let kind = match sigma {
                None => SuppressionKind::NonMaxSuppressionV4,
                Some(sigma) => {
                    inputs.push(draft.given(&[], &[*sigma]));
                    outputs.insert(1, (dtype, None));
                    SuppressionKind::NonMaxSuppressionV5
                }
            };
            let op = Op::NonMaxSuppression(NonMaxSuppression { kind });
            cases.push(draft.finish_all(op, &inputs, &outputs, Rounding::Function));
        }
    }
    cases
}
