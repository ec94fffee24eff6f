//! HASHTABLE_IMPORT, without a kernel.

absent!(HashtableImport);
