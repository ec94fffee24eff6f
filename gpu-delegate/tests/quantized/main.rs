//! Integers, whose bytes have to be those of the CPU reference.

mod blockwise;
mod conversion;
mod dynamic_range;
mod elementwise;
mod indexing;
mod layers;
mod layout;
mod movement;
mod networks;
mod pointwise;
mod reduction;
mod rejection;
mod single_node;
