//! Where rows of a tensor lie that are parts of longer ones.

use crate::binding::Tunable;
use crate::element::Rows;

impl Rows {
    /// The `override` constants of [`Rows::Placed`]: quads of a row, of a whole row of the tensor, and of what lies before the part in
    /// each of these.
    pub const PLACES: [Tunable; 3] = [
        Tunable {
            name: "row_quads",
            values: &[1, 2],
        },
        Tunable {
            name: "whole_row_quads",
            values: &[1, 5],
        },
        Tunable {
            name: "quads_before",
            values: &[0, 3],
        },
    ];

    /// The `override` constants that these rows have.
    pub(crate) fn tunables(self) -> &'static [Tunable] {
        match self {
            Rows::Aligned | Rows::Scattered => &[],
            Rows::Placed => &Rows::PLACES,
        }
    }
}
