//! Functions of single numbers of 8 and 16 bits as tables of their values.

pub(crate) mod function;
pub(crate) mod lookup;
