//! Reads and writes .tflite models, holds the typed graph, the quantization arithmetic, the Delegate trait, the partitioner and the interpreter.
