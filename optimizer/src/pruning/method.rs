//! Which weights go, and what becomes of the others.

use crate::named::named;

named! {
    /// How weights are chosen that become zero, and what becomes of those that stay.
    PruningMethod, UnknownPruningMethod, "method", {
        /// The smallest go, and the others stay as they are.
        Magnitude = "magnitude",
        /// Those go that change the sums of a layer least, and the others make up for them, as Optimal Brain Surgeon has it (Hassibi and
        /// Stork 1993). Needs samples, whose products say how much a sum changes.
        SecondOrder = "second-order",
    }
}

named! {
    /// What the sparsity is of.
    PruningScope, UnknownPruningScope, "scope", {
        /// Each layer has the sparsity.
        Layer = "layer",
        /// All layers together have it: those in which weights matter less have more zeros. By magnitude, a weight matters as much as its
        /// square has a share of those of its layer that are no smaller (layer-adaptive magnitudes, Lee and others 2021), so that small
        /// layers keep more than large ones. No layer becomes empty.
        Global = "global",
    }
}
