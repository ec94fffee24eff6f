//! Elements that are moved, whatever they are: taken from places, gathered, scattered.

pub(crate) mod choice;
pub(crate) mod indices;
pub(crate) mod join;
pub(crate) mod masked;
pub(crate) mod scatter;
pub(crate) mod slices;
pub(crate) mod take;
