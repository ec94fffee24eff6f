//! Kernels that give the bytes of LiteRT's reference kernels: one op a file, pure functions over slices.
