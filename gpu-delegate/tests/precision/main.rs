//! Which floats nodes keep, and chains of nodes that overflow or vanish in 16-bit floats: under the default options they give what
//! the reference gives, in models of float32 and behind layers of float16 weights. Without an adapter the tests say so and pass,
//! unless `DEMILITE_REQUIRE_GPU=1`.

mod chains;
mod network;
mod types;
