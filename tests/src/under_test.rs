//! What the suite knows of each op, as the op states it in the file of its cases.

use demilite_core::{NodeContext, Op, for_each_op};

use crate::accuracy::Accuracy;
use crate::case::Case;
use crate::drawn::{Draw, Kind};
use crate::special::{self, Specials};

/// An op of the suite.
pub(crate) trait UnderTest {
    /// Draws a case from a seed; `None` where there is nothing to draw, as where an op has no parameters.
    const DRAWN: Option<fn(&mut Draw) -> Case>;

    /// How exactly it computes its function of floats, for arguments up to 8 but for a few special values. The
    /// reference's bits unless it says otherwise: one operation, correctly rounded, or none.
    fn accuracy(&self) -> Accuracy {
        Accuracy::EXACT
    }

    /// How often parts of a float16 result are rounded to float16 on the way, each no larger than the result.
    fn roundings_on_the_way(&self) -> u32 {
        0
    }

    /// Which special floats it is fed.
    fn specials(&self) -> Specials {
        special::ALL
    }

    /// Whether this node may be fed them.
    fn takes_specials(&self, _node: &NodeContext<'_>) -> bool {
        true
    }
}

macro_rules! ask_by_op {
    ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
        /// The ops that are drawn, by their stems.
        const DRAWN: &[(&str, Option<fn(&mut Draw) -> Case>)] = &[$((
            stringify!($file),
            <demilite_core::op::$variant as UnderTest>::DRAWN,
        )),+];

        /// How exactly an op computes its function of floats.
        pub(crate) fn accuracy(op: &Op) -> Accuracy {
            match op {
                $(Op::$variant(op) => op.accuracy(),)+
                Op::Custom(_) | Op::Unsupported(_) => Accuracy::EXACT,
            }
        }

        /// How often an op rounds parts of a float16 result to float16 on the way.
        pub(crate) fn roundings_on_the_way(op: &Op) -> u32 {
            match op {
                $(Op::$variant(op) => op.roundings_on_the_way(),)+
                Op::Custom(_) | Op::Unsupported(_) => 0,
            }
        }

        /// Which special floats an op is fed.
        pub(crate) fn specials(op: &Op) -> Specials {
            match op {
                $(Op::$variant(op) => op.specials(),)+
                Op::Custom(_) | Op::Unsupported(_) => Specials::None,
            }
        }

        /// Whether a node may be fed special floats.
        pub(crate) fn takes_specials(node: &NodeContext<'_>) -> bool {
            match node.op() {
                $(Op::$variant(op) => op.takes_specials(node),)+
                Op::Custom(_) | Op::Unsupported(_) => true,
            }
        }
    };
}

for_each_op!(ask_by_op);

/// The ops that are drawn, each with what draws it.
pub(crate) fn drawn() -> impl Iterator<Item = Kind> {
    let ops = DRAWN.iter();
    ops.filter_map(|&(stem, draw)| Some((stem, draw?)))
}
