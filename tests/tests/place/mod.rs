//! Where the tests find what is not in the repository, and what they do where it is missing.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::hash_map::RandomState;
use std::env;
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;

/// The folder around this crate.
pub(crate) fn repository() -> PathBuf {
    demilite_needs::repository()
}

/// The folder of goldens that the repository holds.
pub(crate) fn goldens() -> PathBuf {
    repository().join("tests/goldens")
}

/// The folder of real models, which need not exist.
pub(crate) fn models() -> PathBuf {
    demilite_needs::models()
}

/// What `DEMILITE_FILTER` asks the names of cases to contain.
pub(crate) fn filter() -> String {
    env::var("DEMILITE_FILTER").unwrap_or_default()
}

/// The seed that `DEMILITE_SEED` asks for.
pub(crate) fn asked_seed() -> Option<u64> {
    let seed = env::var("DEMILITE_SEED").ok();
    seed.map(|seed| seed.parse().expect("DEMILITE_SEED is a number"))
}

/// The seed that `DEMILITE_SEED` asks for, or one that no run before had.
pub(crate) fn seed() -> u64 {
    // The standard library's hashers are keyed by the system's randomness.
    asked_seed().unwrap_or_else(|| RandomState::new().build_hasher().finish())
}
