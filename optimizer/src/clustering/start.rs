//! Where clusters begin.

use crate::named::named;

named! {
    /// How centroids are found. All but the first begin somewhere, and move to the means of what is nearest to them until nothing changes.
    Start, UnknownStart, "start", {
        /// The centroids of least error, by dynamic programming.
        Optimal = "optimal",
        /// Each begins with as many weights.
        Density = "density",
        /// They begin evenly from the least to the greatest weight.
        Linear = "linear",
        /// They begin at weights, drawn the likelier the further they are from those before.
        KMeansPlusPlus = "k-means++",
    }
}
