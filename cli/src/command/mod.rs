//! The commands, one a file.

pub(crate) mod bench;
pub(crate) mod cluster;
pub(crate) mod conformance;
pub(crate) mod debug;
pub(crate) mod demo;
pub(crate) mod devices;
pub(crate) mod evaluate;
pub(crate) mod finetune;
pub(crate) mod inspect;
pub(crate) mod prune;
pub(crate) mod quantize;
pub(crate) mod recommend;
pub(crate) mod run;
