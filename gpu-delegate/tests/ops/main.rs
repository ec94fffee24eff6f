//! Single ops on the GPU against 64-bit computations, with float32 and float16 activations, and 16-bit floats reached natively
//! and packed. Without an adapter the tests say so and pass, unless `DEMILITE_REQUIRE_GPU=1`.

mod convolution;
mod elementwise;
mod float16;
mod float16_tensors;
mod fully_connected;
mod movement;
mod pool;
mod pooling;
mod profiling;
mod rejection;
mod shared_buffers;
mod shared_device;
mod single_op;
mod softmax;
mod tuning;
