//! The `demilite` command line.

fn main() {}
