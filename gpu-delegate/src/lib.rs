//! A delegate that runs float16 and float32 models on a GPU through wgpu.
