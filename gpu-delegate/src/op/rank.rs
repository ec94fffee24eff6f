//! RANK, without a kernel.

absent!(Rank);
