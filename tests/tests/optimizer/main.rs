//! Quantized forms: their rules, what is refused, and real models run by LiteRT.

mod bytes;
mod calls;
mod choices;
mod clustering;
mod codebook;
mod composites;
mod dynamic;
mod every_form;
mod fallback;
mod float16;
mod integers;
mod memories;
mod metadata;
mod mixed;
#[path = "../place/mod.rs"]
mod place;
mod pruning;
mod recipes;
mod refusals;
mod toy;
mod trained;
mod training;
