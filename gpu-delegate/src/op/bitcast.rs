//! BITCAST, without a kernel.

absent!(Bitcast);
