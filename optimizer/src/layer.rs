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

/// Where a layer with weights and a bias has them among its inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layer {
    /// The activation.
    pub(crate) input: usize,
    /// The weights.
    pub(crate) weights: usize,
    /// The bias, which may be absent.
    pub(crate) bias: usize,
    /// The dimension of the weights that output channels lie along.
    pub(crate) channels: usize,
}

impl Layer {
    /// The layer that an op is, if it is one.
    pub(crate) fn of(op: &Op) -> Option<Self> {
        let layer = |input, weights, channels| Layer {
            input,
            weights,
            bias: input.max(weights) + 1,
            channels,
        };
        match op {
            Op::Conv2d(_) | Op::FullyConnected(_) => Some(layer(0, 1, 0)),
            Op::DepthwiseConv2d(_) => Some(layer(0, 1, 3)),
            Op::TransposeConv(_) => Some(layer(2, 1, 0)),
            _ => None,
        }
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
