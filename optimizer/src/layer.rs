//! Which inputs of an op are weights that integers can stand for.

use demilite_core::Op;
use demilite_core::op::lstm::LstmKind;

/// How many scales a weight has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Granularity {
    /// One for each slice along this dimension.
    PerChannel(usize),
    /// One.
    PerTensor,
}

/// Weights of an op.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Weights {
    /// Their places among the op's inputs; all are integers, or none.
    pub(crate) inputs: Vec<usize>,
    /// How many scales each has.
    pub(crate) granularity: Granularity,
}

impl Weights {
    fn one(input: usize, granularity: Granularity) -> Option<Self> {
        Some(Weights {
            inputs: vec![input],
            granularity,
        })
    }

    fn matrices(inputs: impl IntoIterator<Item = usize>) -> Option<Self> {
        Some(Weights {
            inputs: inputs.into_iter().collect(),
            granularity: Granularity::PerTensor,
        })
    }
}

/// The weights that meet float activations in a kernel of LiteRT's once they are int8.
pub(crate) fn hybrid_weights(op: &Op) -> Option<Weights> {
    match op {
        Op::Conv2d(_) | Op::FullyConnected(_) | Op::TransposeConv(_) | Op::EmbeddingLookup(_) => {
            Weights::one(1, Granularity::PerChannel(0))
        }
        Op::DepthwiseConv2d(_) => Weights::one(1, Granularity::PerChannel(3)),
        Op::BatchMatmul(_) => Weights::one(1, Granularity::PerTensor),
        Op::Lstm(lstm) if lstm.kind != LstmKind::Basic => Weights::matrices((1..=8).chain([16])),
        Op::Svdf(_) | Op::Rnn(_) => Weights::matrices([1, 2]),
        _ => None,
    }
}
