//! What a device may lack, and what becomes of sessions on one that fails. Without an adapter the tests say so and pass, unless
//! `DEMILITE_REQUIRE_GPU=1`.

mod device;
mod device_lost;
mod guard_bands;
mod layer;
mod out_of_memory;
mod split_weights;
mod time_limit;
mod values;
