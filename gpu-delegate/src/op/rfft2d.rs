//! RFFT2D, without a kernel.

absent!(Rfft2d);
