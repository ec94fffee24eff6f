//! What the fast CPU delegate takes of memory: an arena hardly larger than the tensors that are needed at once, weights hardly larger
//! than those of the file, and nothing from the heap after the first invocation.

#[path = "../hostile/allocation.rs"]
mod allocation;
mod arena;
mod invocations;
mod limit;
mod networks;
#[path = "../place/mod.rs"]
mod place;
mod weights;
