//! What lies in the device's memory: how large it is and in which order its elements are, and how bytes get there and back.

pub(crate) mod buffer;
pub(crate) mod constant;
pub(crate) mod read_back;
pub(crate) mod shared_buffer;
pub(crate) mod upload;
pub(crate) mod variable;
pub(crate) mod weight_layout;
