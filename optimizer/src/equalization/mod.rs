//! Channels of layers that follow one another, brought to like magnitudes.
//!
//! What a layer gives in a channel may be multiplied by any factor above 0 that the next layer's weights for that channel are divided by: with
//! nothing or a RELU between them the model stays the same. `weights` chooses the factors so that one scale serves all weights of a layer,
//! `activations` so that one scale serves what lies between two.

mod activations;
mod pair;
mod weights;

pub(crate) use activations::equalize as equalize_activations;
pub(crate) use pair::{Pair, apply, pairs};
pub(crate) use weights::equalize as equalize_weights;
