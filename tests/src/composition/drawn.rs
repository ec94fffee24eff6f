//! Networks of elementwise ops and small layers, drawn so that a delegate runs several nodes of them at a time.

use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::relu::ReluKind;
use demilite_core::op::{
    Activation, Add, Conv2d, DepthwiseConv2d, ElementwiseBinary, ElementwiseUnary, Logistic, Mul,
    Padding, Pool2d, Relu, Sub, Tanh, Window, ZerosLike,
};
use demilite_core::{DataType, Delegate, Op, Quantization, TensorId};

use super::taken_nodes;
use crate::case::{Case, Draft};
use crate::cases::convolution::{Weights, weigh};
use crate::float_bound::Rounding;
use crate::random::Random;

/// The types of activations that networks are drawn of.
pub(super) const TYPES: [DataType; 3] = [DataType::Float32, DataType::Int8, DataType::Int32];

/// The terms of a node's sums at most, with a bias.
const TERMS: usize = 10;

/// The most nodes of a network.
const MAX_NODES: i64 = 12;

/// The least nodes of a chain: one more than a delegate may well compute at once.
const LEAST_OF_CHAINS: i64 = 9;

/// How far the sizes of the terms of floats may grow, so that what is wrong stays larger than what is rounded.
const LARGEST: f32 = 16.0;

/// How large the sums of floats of a layer may be.
const LARGEST_OF_LAYERS: f32 = 64.0;

/// The ends of a layer's weights of floats.
const WEIGHT: f32 = 0.25;

/// The ends of what is fed, and of other constants.
const OPERAND: f32 = 2.0;

/// A node that a network may have.
#[derive(Clone)]
enum Piece {
    /// An elementwise op of so many inputs.
    Elementwise(Op, usize),
    /// A convolution of each pixel.
    Convolution,
    /// A depthwise convolution of 3x3 pixels.
    DepthwiseConvolution,
    /// What 3x3 pixels come to.
    Pool(PoolKind),
}

/// The ops of a type.
fn pieces(dtype: DataType) -> Vec<Piece> {
    let activation = Activation::None;
    let pot_scale_int16 = false;
    let unary = |kind| Op::ElementwiseUnary(ElementwiseUnary { kind });
    let binary = |kind| Op::ElementwiseBinary(ElementwiseBinary { kind });
    let of_one = |op| Piece::Elementwise(op, 1);
    let of_two = |op| Piece::Elementwise(op, 2);
    let add = of_two(Op::Add(Add {
        activation,
        pot_scale_int16,
    }));
    let sub = of_two(Op::Sub(Sub {
        activation,
        pot_scale_int16,
    }));
    let mul = of_two(Op::Mul(Mul { activation }));
    let relu = of_one(Op::Relu(Relu {
        kind: ReluKind::Relu,
    }));
    let maximum = of_two(binary(BinaryKind::Maximum));
    let minimum = of_two(binary(BinaryKind::Minimum));
    let neg = of_one(unary(UnaryKind::Neg));
    let abs = of_one(unary(UnaryKind::Abs));
    let zeros = of_one(Op::ZerosLike(ZerosLike));
    match dtype {
        DataType::Int8 => vec![
            add,
            sub,
            mul,
            relu,
            abs,
            of_one(Op::Logistic(Logistic)),
            of_one(Op::Tanh(Tanh)),
            Piece::Convolution,
            Piece::DepthwiseConvolution,
            Piece::Pool(PoolKind::Average),
            Piece::Pool(PoolKind::Max),
        ],
        DataType::Int32 => vec![add, sub, maximum, minimum, neg, abs, zeros],
        _ => vec![
            add,
            sub,
            mul,
            relu,
            maximum,
            minimum,
            neg,
            abs,
            of_one(Op::Logistic(Logistic)),
            of_one(Op::Tanh(Tanh)),
            of_one(unary(UnaryKind::Exp)),
            zeros,
            Piece::Convolution,
            Piece::DepthwiseConvolution,
            Piece::Pool(PoolKind::Average),
            Piece::Pool(PoolKind::Max),
        ],
    }
}

/// A network in the making.
struct Network {
    draft: Draft,
    random: Random,
    dtype: DataType,
    shape: Vec<usize>,
    /// The tensors that are fed or computed, each with how large the terms of its sums are.
    tensors: Vec<(TensorId, f32)>,
    /// Those that a node reads.
    read: Vec<TensorId>,
    /// Whether each node reads what the one before it writes, and only the last is read outside: a delegate may compute all of
    /// them at once.
    is_chain: bool,
}

/// Whether the networks of this seed are chains of elementwise ops.
fn is_chain(seed: u64) -> bool {
    seed % 2 == 1
}

impl Network {
    fn new(name: String, dtype: DataType) -> Self {
        let mut random = Random::of(&format!("{name} network"));
        let channels = random.integer(1, 9) as usize;
        let shape = vec![
            1,
            random.integer(1, 5) as usize,
            random.integer(1, 3) as usize,
            channels,
        ];
        let mut draft = Draft::new(name).within(OPERAND);
        let count = random.integer(1, 2);
        let tensors = (0..count).map(|_| (draft.input(dtype, &shape), OPERAND));
        let tensors = tensors.collect();
        Network {
            draft,
            random,
            dtype,
            shape,
            tensors,
            read: Vec::new(),
            is_chain: false,
        }
    }

    /// A tensor that was computed, the later ones more often.
    fn computed(&mut self) -> (TensorId, f32) {
        let last = self.tensors.len() as i64 - 1;
        let (a, b) = (self.random.integer(0, last), self.random.integer(0, last));
        let index = if self.is_chain || self.random.one_in(2) {
            last
        } else {
            a.max(b)
        };
        let (tensor, size) = self.tensors[index as usize];
        self.read.push(tensor);
        (tensor, size)
    }

    /// A constant that broadcasts to the tensors.
    fn constant(&mut self) -> (TensorId, f32) {
        let [rows, columns, channels] = [1, 2, 3].map(|dimension| self.shape[dimension]);
        let whole = self.shape.clone();
        let shape: &[usize] = match self.random.integer(0, 4) {
            0 => &[],
            1 => &[channels],
            2 => &[rows, 1, 1],
            3 => &[columns, 1],
            _ => &whole,
        };
        let quantization = self.draft.quantization(self.dtype);
        (
            self.draft.constant(self.dtype, shape, quantization),
            OPERAND,
        )
    }

    /// One more node of this kind.
    fn add(&mut self, piece: &Piece) {
        match piece {
            Piece::Elementwise(op, inputs) => self.add_elementwise(op, *inputs),
            Piece::Convolution => self.add_convolution(false),
            Piece::DepthwiseConvolution => self.add_convolution(true),
            Piece::Pool(kind) => self.add_pool(*kind),
        }
    }

    fn add_convolution(&mut self, is_depthwise: bool) {
        let (input, size) = self.computed();
        let channels = self.shape[3];
        let (filter, dimension, terms) = match is_depthwise {
            true => ([1, 3, 3, channels], 3, 9),
            false => ([channels, 1, 1, channels], 0, channels),
        };
        let size = size * terms as f32 * WEIGHT + WEIGHT;
        if self.dtype == DataType::Float32 && size > LARGEST_OF_LAYERS {
            return self.add_pool(PoolKind::Max);
        }
        let weights = match self.dtype {
            DataType::Int8 => Weights::PerChannel,
            _ => Weights::PerTensor,
        };
        self.draft.limit(WEIGHT);
        let filter = (weights, &filter[..], dimension);
        let weighed = weigh(&mut self.draft, self.dtype, input, filter, true, terms);
        self.draft.limit(OPERAND);
        let (padding, activation) = (Padding::Same, Activation::None);
        let op = match is_depthwise {
            true => Op::DepthwiseConv2d(DepthwiseConv2d {
                padding,
                stride_h: 1,
                stride_w: 1,
                dilation_h: 1,
                dilation_w: 1,
                depth_multiplier: 1,
                activation,
            }),
            false => Op::Conv2d(Conv2d {
                padding,
                stride_h: 1,
                stride_w: 1,
                dilation_h: 1,
                dilation_w: 1,
                activation,
                quantized_bias_type: 0,
            }),
        };
        let inputs = &weighed.inputs;
        let output = self.draft.step(op, inputs, self.dtype, weighed.output);
        self.tensors.push((output, size));
    }

    fn add_pool(&mut self, kind: PoolKind) {
        let (input, size) = self.computed();
        let along = Window {
            size: 3,
            stride: 1,
            dilation: 1,
        };
        let op = Op::Pool2d(Pool2d {
            kind,
            padding: Padding::Same,
            rows: along,
            columns: along,
            activation: Activation::None,
        });
        let quantization = self.draft.quantization_of(input);
        let output = self.draft.step(op, &[input], self.dtype, quantization);
        self.tensors.push((output, size));
    }

    fn add_elementwise(&mut self, op: &Op, inputs: usize) {
        let first = self.computed();
        let mut operands = vec![first];
        if inputs == 2 {
            let second = match self.random.integer(0, 3) {
                // The same tensor twice.
                0 => first,
                1 | 2 => self.constant(),
                _ => self.computed(),
            };
            operands.push(second);
            if self.random.one_in(2) {
                operands.swap(0, 1);
            }
        }
        let sizes = operands.iter().map(|&(_, size)| size);
        let largest = sizes.clone().fold(1.0, f32::max);
        let size = match op {
            Op::Add(_) | Op::Sub(_) => sizes.sum(),
            Op::Mul(_) => sizes.product(),
            Op::ElementwiseUnary(op) if op.kind == UnaryKind::Exp => largest.exp(),
            _ => largest,
        };
        let grows = inputs == 2 || size > largest;
        let is_too_large = self.dtype == DataType::Float32 && grows && size > LARGEST;
        let (op, size) = match is_too_large {
            true if inputs == 1 => (
                Op::ElementwiseUnary(ElementwiseUnary {
                    kind: UnaryKind::Neg,
                }),
                largest,
            ),
            true => (
                Op::ElementwiseBinary(ElementwiseBinary {
                    kind: BinaryKind::Maximum,
                }),
                largest,
            ),
            false => (op.clone(), size),
        };
        let quantization = match (&op, self.dtype) {
            (Op::Logistic(_), DataType::Int8) => Some(Quantization::per_tensor(1.0 / 256.0, -128)),
            (Op::Tanh(_), DataType::Int8) => Some(Quantization::per_tensor(1.0 / 128.0, 0)),
            _ => self.draft.quantization(self.dtype),
        };
        let inputs: Vec<TensorId> = operands.iter().map(|&(id, _)| id).collect();
        let output = self.draft.step(op, &inputs, self.dtype, quantization);
        self.tensors.push((output, size));
    }

    /// The case: what nobody reads is an output, and some of what is read is one too.
    fn finish(mut self, fed: usize, nodes: usize) -> Case {
        let last = self.tensors.len() - 1;
        let mut outputs = Vec::new();
        for (index, &(tensor, _)) in self.tensors.iter().enumerate().skip(fed) {
            let is_read = self.read.contains(&tensor);
            let is_extra = !self.is_chain && (!is_read || self.random.one_in(4));
            if index == last || is_extra {
                outputs.push(tensor);
            }
        }
        self.draft.finish_network(
            outputs,
            Rounding::Network {
                terms: TERMS * nodes,
                ops: nodes,
            },
        )
    }
}

/// Whether a delegate takes an op on tensors of this type.
fn takes(delegate: &dyn Delegate, piece: &Piece, dtype: DataType) -> bool {
    let mut network = Network::new("piece".to_owned(), dtype);
    let fed = network.tensors.len();
    network.add(piece);
    taken_nodes(delegate, &network.finish(fed, 1)).all(|is_taken| is_taken)
}

/// The networks of a type for a delegate: most of their nodes are such as it takes; none where it takes none at all.
pub(super) fn networks(
    delegate: &dyn Delegate,
    dtype: DataType,
    seeds: std::ops::Range<u64>,
) -> Vec<Case> {
    let (taken, others): (Vec<Piece>, Vec<Piece>) = pieces(dtype)
        .into_iter()
        .partition(|piece| takes(delegate, piece, dtype));
    if taken.is_empty() {
        return Vec::new();
    }
    // Behind zeros, nothing shows of what was before them.
    let goes_on = |piece: &&Piece| match piece {
        Piece::Elementwise(op, _) => !matches!(op, Op::ZerosLike(_)),
        Piece::Convolution | Piece::DepthwiseConvolution | Piece::Pool(_) => false,
    };
    let in_chains: Vec<Piece> = taken.iter().filter(goes_on).cloned().collect();
    let network = |seed| {
        let mut network = Network::new(name(dtype, seed), dtype);
        network.is_chain = is_chain(seed) && !in_chains.is_empty();
        let fed = network.tensors.len();
        let least = if network.is_chain { LEAST_OF_CHAINS } else { 2 };
        let nodes = network.random.integer(least, MAX_NODES) as usize;
        for node in 0..nodes {
            let is_taken = node < 2 || others.is_empty() || !network.random.one_in(4);
            let pieces = match is_taken {
                _ if network.is_chain => &in_chains,
                true => &taken,
                false => &others,
            };
            let piece = network.random.integer(0, pieces.len() as i64 - 1) as usize;
            network.add(&pieces[piece]);
        }
        network.finish(fed, nodes)
    };
    seeds.map(network).collect()
}

/// The name of a network.
pub(super) fn name(dtype: DataType, seed: u64) -> String {
    format!("composition/{dtype}/seed_{seed}")
}
