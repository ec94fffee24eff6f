//! Plots of pages.

mod bars;
mod confusion;
mod histogram;

pub(crate) use bars::{bars, relative_bars};
pub(crate) use confusion::confusion;
pub(crate) use histogram::histogram;
