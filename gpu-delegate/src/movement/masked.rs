//! Ops that take the elements of their outputs from one input or from another, as the elements' places say.

use demilite_core::{NodeContext, Reject};
use demilite_shaders::Element;

use super::choice::SelectPlan;
use super::take::Places;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::Moved;

/// A node whose output has elements of one input at the places of a mask, and those of another elsewhere.
pub(crate) struct Masked {
    /// The input that is taken at the places of the mask, and the other one.
    inputs: [usize; 2],
    places: Places,
    mask: Vec<u8>,
    choice: SelectPlan,
}

impl Masked {
    /// The choice over `dims`: extent, and the steps of the mask, of what `places` gives and of the other input, of each dimension,
    /// outermost first.
    pub(crate) fn new(
        inputs: [usize; 2],
        places: Places,
        mask: Vec<u8>,
        dims: Vec<[usize; 4]>,
        moved: Moved,
    ) -> Result<Self, Reject> {
        Ok(Masked {
            inputs,
            places,
            mask,
            choice: SelectPlan::new(dims, moved)?,
        })
    }

    /// Adds the dispatches.
    pub(crate) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let moved = self.choice.moved;
        let chosen = lowering.moved_input(node, self.inputs[0], moved)?;
        let other = lowering.moved_input(node, self.inputs[1], moved)?;
        let element = lowering.element(chosen);
        let taken = lowering.intermediate(self.places.elements(), element)?;
        self.places.dispatch(chosen, taken, lowering)?;
        let mask = lowering.table("a mask", &self.mask, self.mask.len(), Element::U8, 0)?;
        let output = lowering.moved_output(node, 0, self.choice.elements(), moved)?;
        self.choice.dispatch([mask, taken, other], output, lowering);
        Ok(())
    }
}
