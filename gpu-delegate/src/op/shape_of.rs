//! SHAPE, without a kernel.

absent!(ShapeOf);
