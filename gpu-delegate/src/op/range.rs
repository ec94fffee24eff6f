//! RANGE, without a kernel.

absent!(Range);
