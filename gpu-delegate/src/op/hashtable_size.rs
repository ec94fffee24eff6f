//! HASHTABLE_SIZE, without a kernel.

absent!(HashtableSize);
