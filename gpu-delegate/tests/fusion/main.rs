//! Nodes that are computed together: with and without fusion against the reference, and what may not be fused. Without an adapter
//! the tests say so and pass, unless `DEMILITE_REQUIRE_GPU=1`.

mod chain;
mod joined;
mod layer;
mod network;
mod padding;
mod sum;
