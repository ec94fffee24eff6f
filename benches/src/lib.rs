//! Criterion benchmarks over the kernels and whole models of both backends.
