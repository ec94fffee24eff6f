//! SVDF, without a kernel.

absent!(Svdf);
