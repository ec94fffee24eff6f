//! HASHTABLE_LOOKUP, without a kernel.

absent!(HashtableLookup);
