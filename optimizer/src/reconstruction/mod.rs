//! Weights that are changed layer after layer, each so that its sums stay near those of the unchanged model.
//!
//! A layer of the changed model meets x̂ where that of the unchanged one meets x. What its weights W become, W′, has sums that differ by
//! W·x − W′·x̂, whose mean the bias makes up for. Their variance is least at W + W·(E[x·x̂ᵀ] − E[x̂·x̂ᵀ])·E[x̂·x̂ᵀ]⁻¹, the products being
//! centred; how far it rises from there is a quadratic form of E[x̂·x̂ᵀ], which says what a weight may become at the least cost.

mod means;
mod meeting;
mod symmetric;
mod walk;
mod weights;

pub(crate) use meeting::Target;
pub(crate) use walk::{Changed, Evidence, Walk};
pub(crate) use weights::{WeightMatrix, matrices};
