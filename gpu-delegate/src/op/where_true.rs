//! WHERE, without a kernel.

absent!(Where);
