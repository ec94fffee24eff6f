//! HASHTABLE_FIND, without a kernel.

absent!(HashtableFind);
