//! Runs .tflite models: the crate to link.
