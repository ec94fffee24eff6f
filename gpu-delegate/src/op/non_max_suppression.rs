//! NON_MAX_SUPPRESSION_V4 and NON_MAX_SUPPRESSION_V5, without a kernel.

absent!(NonMaxSuppression);
