//! How good answers are, and how near to those of another model.
//!
//! | answers | here |
//! |---|---|
//! | classes | [`Classification`]: top-1 and top-5, class by class, what is taken for what |
//! | numbers | [`Regression`]: mean, absolute and squared errors |
//! | boxes | [`MeanAveragePrecision`], as COCO has it |
//! | text | [`ErrorRate`] of words or characters; [`greedy_ctc`] reads the text out of scores |
//! | spans of tokens | [`SpanScore`]: F1 and exact match; [`best_span`] reads the span out of scores |
//! | any | [`Noise`]: the signal-to-quantization-noise ratio; [`kl_divergence`] |

mod classification;
mod detection;
mod divergence;
mod noise;
mod regression;
mod spans;
mod transcription;

pub use classification::{ClassScore, Classification, Confused, top};
pub use detection::{ClassPrecision, Found, MeanAveragePrecision, Region, TrueBox};
pub use divergence::kl_divergence;
pub use noise::Noise;
pub use regression::Regression;
pub use spans::{SpanScore, TokenSpan, best_span};
pub use transcription::{ErrorRate, greedy_ctc};
