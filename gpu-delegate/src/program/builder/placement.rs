//! Rows that are written where the longer rows of a joined tensor have them.

use demilite_shaders::{QUAD, Rows};

use super::{Place, ProgramBuilder, Storage};

/// Where rows lie in those of a tensor of several parts, in elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    /// A row.
    pub(crate) row: u32,
    /// A row of the whole tensor.
    pub(crate) whole_row: u32,
    /// What lies before the part in each of these.
    pub(crate) before: u32,
}

impl Placement {
    /// The constants of [`Rows::PLACES`]; none where a row does not start on a multiple of four elements.
    fn constants(self) -> Option<[(&'static str, u32); 3]> {
        let elements = [self.row, self.whole_row, self.before];
        let are_quads = elements.iter().all(|count| count.is_multiple_of(QUAD));
        let [row, whole_row, before] = Rows::PLACES.map(|tunable| tunable.name);
        are_quads.then_some([
            (row, self.row / QUAD),
            (whole_row, self.whole_row / QUAD),
            (before, self.before / QUAD),
        ])
    }
}

impl ProgramBuilder {
    /// Has the only dispatch that writes `part` write its rows to their places in `whole` instead; whether it can. Nobody reads `part`.
    pub(crate) fn place(&mut self, part: Storage, whole: Storage, placement: Placement) -> bool {
        let Some(constants) = placement.constants() else {
            return false;
        };
        let is_part = |storage: &Storage| storage.is_same_memory(part);
        let mut writers =
            (0..self.dispatches.len()).filter(|&at| is_part(&self.dispatches[at].output));
        let (Some(at), None) = (writers.next(), writers.next()) else {
            return false;
        };
        let is_read = self.dispatches.iter().any(|dispatch| {
            let mut operands = dispatch.operands.iter();
            operands.any(|(_, operand)| is_part(operand))
        });
        let is_checked = self.checks.iter().any(|(checked, ..)| is_part(checked));
        let has_rivals = self.choices.iter().any(|choice| choice.is_of(at));
        let dispatch = &mut self.dispatches[at];
        let can = dispatch.rows == Rows::Aligned
            && dispatch.kernel.has_rows()
            && dispatch.output == part
            && part.element == whole.element;
        let tensor = &mut self.tensors[part.tensor];
        if !can
            || is_read
            || is_checked
            || has_rivals
            || !matches!(tensor.place, Place::Shared { .. })
        {
            return false;
        }
        self.placed.insert(at, tensor.least_bytes);
        // It has no memory of its own from now on.
        tensor.elements = 0;
        dispatch.rows = Rows::Placed;
        dispatch.constants.extend(constants);
        dispatch.output = whole;
        self.touch_at(whole, at);
        true
    }
}
