//! Quantized forms: their rules, what is refused, and real models run by LiteRT.

mod bytes;
mod calls;
mod clustering;
mod codebook;
mod dynamic;
mod every_form;
mod float16;
mod integers;
mod metadata;
#[path = "../place/mod.rs"]
mod place;
mod pruning;
mod recipes;
mod refusals;
mod toy;
mod trained;
mod training;
