//! NaN, the infinities and −0 through each op of floats: what the reference makes of them, with float32 and with float16
//! activations, alone and as steps behind another node. Without an adapter the tests say so and pass, unless
//! `DEMILITE_REQUIRE_GPU=1`.

mod elementwise;
mod layers;
mod node;
mod rows;
