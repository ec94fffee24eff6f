//! LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM as LiteRT's kernel for integers wants them: int8 weights, each matrix with one scale, int8
//! outputs, which are the output state too, and an int16 cell state whose scale is a power of two.

use demilite_core::op::Activation;
use demilite_core::op::lstm::{Lstm, LstmKind};
use demilite_core::quantization::Spread;
use demilite_core::{DataType, Graph, NodeId, Quantization, Tensor, TensorId};

use super::bias::bias_tensor;
use super::parameters::parameters;
use crate::layer::Granularity;
use crate::soundness::reals;
use crate::weights::{int8, nearest, parameters as weight_parameters};

/// The inputs with the weights of the gates, those by which they see the cell state, their biases, and those of the projection.
const INPUT_WEIGHTS: [usize; 4] = [1, 2, 3, 4];
const RECURRENT_WEIGHTS: [usize; 4] = [5, 6, 7, 8];
const PEEPHOLES: [usize; 3] = [9, 10, 11];
const BIASES: [usize; 4] = [12, 13, 14, 15];
const PROJECTION: usize = 16;
const PROJECTION_BIAS: usize = 17;
const NORMALIZATIONS: [usize; 4] = [20, 21, 22, 23];

/// Tensors that say how values inside the op are quantized: one for each gate where it is normalized, and one for what is projected.
const INTERMEDIATES: usize = 5;

/// The binary logarithms of how far a cell state may reach.
const CELL_BITS: std::ops::RangeInclusive<i32> = 3..=6;

/// How much further than at the end of a sequence a cell state may have reached in it.
const HEADROOM: f32 = 4.0;

fn input(graph: &Graph, id: NodeId, place: usize) -> Option<TensorId> {
    graph.node(id).inputs.get(place).copied().flatten()
}

/// Whether there is a kernel for integers.
///
/// # Errors
/// Why there is none.
pub(super) fn check(graph: &Graph, id: NodeId, op: &Lstm) -> Result<(), String> {
    let tensor = |place| input(graph, id, place).map(|id| graph.tensor(id));
    if op.kind == LstmKind::Basic {
        return Err("all gates have one matrix, and the kernel for that is of uint8".to_owned());
    }
    if op.activation != Activation::Tanh {
        return Err(format!(
            "integer kernels have no {:?} of cells",
            op.activation
        ));
    }
    if op.projection_clip != 0.0 {
        return Err("integer kernels clip projections without their zero point".to_owned());
    }
    if NORMALIZATIONS
        .into_iter()
        .any(|place| tensor(place).is_some())
    {
        return Err(
            "its gates are normalized, and samples do not show how far they reach".to_owned(),
        );
    }
    let mut constants = (1..=PROJECTION_BIAS).filter_map(tensor);
    if let Some(tensor) = constants.find(|tensor| reals(tensor).is_none()) {
        return Err(format!("{:?} is not a dense constant", tensor.name));
    }
    let rank = |place| tensor(place).map(|tensor| tensor.shape.rank());
    if RECURRENT_WEIGHTS
        .into_iter()
        .any(|place| rank(place) == Some(1))
    {
        return Err("integer kernels have no diagonal recurrent weights".to_owned());
    }
    for state in [Lstm::OUTPUT_STATE, Lstm::CELL_STATE] {
        let Some(state) = input(graph, id, state) else {
            return Err("it has no state".to_owned());
        };
        let ends = [graph.inputs(), graph.outputs()].concat();
        if graph.consumers(state).len() != 1 || ends.contains(&state) {
            return Err(format!(
                "others see its state {:?}",
                graph.tensor(state).name
            ));
        }
    }
    Ok(())
}

/// A memory of integers.
pub(super) struct Memory {
    /// The constants, by the places of the inputs that they take.
    pub(super) constants: Vec<(usize, Tensor)>,
    /// The parameters of the cell state.
    pub(super) cell: Quantization,
    /// What says how values inside are quantized.
    pub(super) intermediates: Vec<Tensor>,
}

impl Memory {
    /// The integers of a memory behind an input of this scale, whose outputs have these parameters. Samples showed its cells to reach so
    /// far at the end.
    pub(super) fn of(
        (graph, id): (&Graph, NodeId),
        input_scale: f32,
        output: &Quantization,
        cell_reach: f32,
    ) -> Self {
        let tensor = |place| input(graph, id, place).map(|id| graph.tensor(id));
        // What is projected is at most 1.
        let hidden = match tensor(PROJECTION) {
            Some(_) => Quantization::per_tensor(1.0 / 128.0, 0),
            None => output.clone(),
        };
        let mut constants = Vec::new();
        let mut matrix = |place: usize| {
            let tensor = tensor(place)?;
            let reals = reals(tensor)?;
            let all = weight_parameters(reals, &tensor.shape, Granularity::PerTensor);
            let one = Quantization::per_tensor(all.scale_of(0), 0);
            let integers = nearest(reals, &tensor.shape, &one);
            constants.push((place, int8(tensor, one.clone(), &integers)));
            Some(one.scale_of(0))
        };
        let gates = INPUT_WEIGHTS.map(&mut matrix);
        for place in RECURRENT_WEIGHTS {
            matrix(place);
        }
        let projection = matrix(PROJECTION);
        let scales = std::iter::zip(BIASES, gates.map(|scale| (scale, input_scale)));
        let projected = (PROJECTION_BIAS, (projection, hidden.scale_of(0)));
        for (place, (weights, met)) in scales.chain([projected]) {
            if let (Some(tensor), Some(weights)) = (tensor(place), weights) {
                constants.push((place, bias(tensor, weights * met)));
            }
        }
        for place in PEEPHOLES {
            if let Some(tensor) = tensor(place) {
                constants.push((place, int16(tensor)));
            }
        }
        let bits = (HEADROOM * cell_reach).max(1.0).log2().ceil() as i32;
        let bits = bits.clamp(*CELL_BITS.start(), *CELL_BITS.end());
        let intermediate = |index: usize| {
            let dtype = [DataType::Int16, DataType::Int8][usize::from(index + 1 == INTERMEDIATES)];
            // A gate has 3 integer bits.
            let gate = Quantization::per_tensor(1.0 / 4096.0, 0);
            let parameters = if dtype == DataType::Int8 {
                &hidden
            } else {
                &gate
            };
            let name = format!(
                "{}_intermediate_{index}",
                graph.tensor(graph.node(id).outputs[0]).name
            );
            Tensor::new(name, dtype, [0]).quantized(parameters.clone())
        };
        Memory {
            constants,
            cell: Quantization::per_tensor((bits as f32 - 15.0).exp2(), 0),
            intermediates: (0..INTERMEDIATES).map(intermediate).collect(),
        }
    }
}

fn bias(floats: &Tensor, scale: f32) -> Tensor {
    let steps = reals(floats).unwrap_or_default().iter().map(|&real| {
        let step = (f64::from(real) / f64::from(scale)).round();
        step.clamp(f64::from(i32::MIN) / 2.0, f64::from(i32::MAX) / 2.0) as i64
    });
    let steps: Vec<i64> = steps.collect();
    let quantization = Quantization::per_tensor(scale, 0);
    bias_tensor(floats.name.clone(), &steps, quantization, DataType::Int8)
}

fn int16(floats: &Tensor) -> Tensor {
    let reals = reals(floats).unwrap_or_default();
    let reach = reals.iter().fold(0.0_f32, |all, real| all.max(real.abs()));
    let quantization = Quantization::from_range(-reach, reach, DataType::Int16, Spread::Narrow)
        .unwrap_or_else(|| parameters(-1.0, 1.0, DataType::Int16));
    let steps = quantization.quantize_all(reals, &floats.shape).into_iter();
    let bytes: Vec<u8> = steps.flat_map(|step| (step as i16).to_le_bytes()).collect();
    Tensor {
        dtype: DataType::Int16,
        constant: Some(demilite_core::Constant::copied(&bytes)),
        seen: None,
        quantization: Some(quantization),
        ..floats.clone()
    }
}

/// The weights of a memory.
pub(super) fn weights(graph: &Graph, id: NodeId) -> impl Iterator<Item = TensorId> {
    let places = INPUT_WEIGHTS
        .into_iter()
        .chain(RECURRENT_WEIGHTS)
        .chain([PROJECTION]);
    places.filter_map(move |place| input(graph, id, place))
}
