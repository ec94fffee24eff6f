//! Plots of pages.

mod bars;
mod confusion;
mod histogram;
mod scatter;

pub(crate) use bars::{bars, relative_bars};
pub(crate) use confusion::confusion;
pub(crate) use histogram::histogram;
pub(crate) use scatter::{Point, scatter};
