//! UNIQUE, without a kernel.

absent!(Unique);
