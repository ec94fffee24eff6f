//! ARG_MAX and ARG_MIN.

use demilite_core::op::ArgMinMax;
use demilite_core::op::arg_min_max::ArgMinMaxKind;
use demilite_core::{DataType, NodeContext, Op};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

const SHAPES: &[(&[usize], i32)] = &[
    (&[1], 0),
    (&[257], 0),
    (&[5, 7], -1),
    (&[5, 7], 0),
    (&[2, 3, 5, 7], 1),
    (&[2, 3, 5, 7], -1),
    (&[1, 1001], 1),
];

const TYPES: [DataType; 5] = [
    DataType::Float32,
    DataType::Int8,
    DataType::UInt8,
    DataType::Int32,
    DataType::Bool,
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in [ArgMinMaxKind::ArgMax, ArgMinMaxKind::ArgMin] {
        for output_type in [DataType::Int32, DataType::Int64] {
            let op = Op::ArgMinMax(ArgMinMax { kind, output_type });
            for dtype in TYPES {
                for (shape, axis) in SHAPES {
                    let kind = op.name().to_lowercase();
                    let shape_name = extents(shape);
                    let name =
                        format!("arg_min_max/{dtype}/{shape_name}/{kind}_{axis}/{output_type}");
                    // Few different integers, so that the first of equals shows.
                    let mut draft = Draft::new(name).within(8.0);
                    let input = draft.input(dtype, shape);
                    let axis = draft.indices(&[], &[*axis]);
                    let rounding = Rounding::Moves;
                    cases.push(draft.finish(
                        op.clone(),
                        &[input, axis],
                        output_type,
                        None,
                        rounding,
                    ));
                }
            }
        }
    }
    cases
}

impl UnderTest for ArgMinMax {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::reduction::arg_min_max);

    fn takes_specials(&self, node: &NodeContext<'_>) -> bool {
        // Which NaN LiteRT finds along the innermost axis depends on how many numbers its processor compares at once.
        let rank = node.shape(0).map_or(0, |shape| shape.rank());
        node.axis(1).ok() != Some(rank.saturating_sub(1))
    }
}
