//! HASHTABLE, without a kernel.

absent!(Hashtable);
