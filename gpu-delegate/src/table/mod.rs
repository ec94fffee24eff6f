//! Functions of single integers as tables of their values.

pub(crate) mod function;
pub(crate) mod lookup;
