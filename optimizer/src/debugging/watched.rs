//! A pair of nodes, with all that samples show of it.

use std::collections::HashMap;
use std::sync::Arc;

use demilite_core::{
    DataType, Delegate, Graph, Model, Op, Quantization, Shape, Tensor, TensorId, Value,
};

use super::errors::Differences;
use super::pairs::Pair;
use super::report::{LayerReport, NotCompared};
use super::twin::{Constants, NoTwin, Twin, constant};
use crate::calibration::Activation;
use crate::layer::Layer;
use crate::metrics::Noise;
use crate::place::{NodePlace, TensorPlace};

/// A tensor of the model: its graph and its id.
pub(super) type Place = (usize, TensorId);

/// The values of tensors as they were last written.
pub(super) type Latest = HashMap<Place, Value>;

/// A pair of nodes, with all that samples show of it.
pub(super) struct Watched {
    pub(super) pair: Pair,
    outputs: Vec<Output>,
    twins: Twins,
    /// The signal-to-quantization-noise ratio of the weights.
    weights: Option<f64>,
}

/// The float op by itself.
enum Twins {
    /// Before the first sample.
    Unmade,
    /// With the float weights, and with the quantized ones where both can be told apart.
    Made(Box<Twin>, Option<Box<Twin>>),
    /// None, and why.
    None(String),
}

/// What samples show of an output.
struct Output {
    float: TensorId,
    quantized: TensorId,
    accumulated: Differences,
    alone: Differences,
    of_weights: Differences,
    of_activations: Differences,
    activation: Activation,
    /// Values that the twin has beyond the range of the integers, of so many.
    cut: (u64, u64),
    /// The least and the greatest integer.
    steps: Option<(i64, i64)>,
}

impl Watched {
    pub(super) fn new(pair: Pair, (float, quantized): (&Model, &Model)) -> Self {
        let (float, quantized) = (&float.graphs()[pair.graph], &quantized.graphs()[pair.graph]);
        let outputs = std::iter::zip(
            &float.node(pair.float).outputs,
            &quantized.node(pair.quantized).outputs,
        );
        let outputs = outputs.filter(|(id, _)| float.tensor(**id).dtype == DataType::Float32);
        Watched {
            pair,
            outputs: outputs
                .map(|(&float, &quantized)| Output {
                    float,
                    quantized,
                    accumulated: Differences::default(),
                    alone: Differences::default(),
                    of_weights: Differences::default(),
                    of_activations: Differences::default(),
                    activation: Activation::default(),
                    cut: (0, 0),
                    steps: None,
                })
                .collect(),
            twins: Twins::Unmade,
            weights: weights(float, quantized, pair),
        }
    }

    /// The float tensors that are compared.
    pub(super) fn float_outputs(&self) -> impl Iterator<Item = Place> {
        self.outputs
            .iter()
            .map(|output| (self.pair.graph, output.float))
    }

    /// The output that is written last, after which all of the node is known.
    pub(super) fn last_output(&self) -> Option<Place> {
        let last = self.outputs.last()?;
        Some((self.pair.graph, last.quantized))
    }

    /// Adds what a sample made of the node, and what the float model has in its place.
    pub(super) fn add(
        &mut self,
        (float, quantized): (&Model, &Model),
        latest: &Latest,
        floats: &dyn Fn(Place) -> Option<Vec<f32>>,
        delegates: &[Arc<dyn Delegate>],
    ) {
        let graph = self.pair.graph;
        let graphs = (&*float.graphs()[graph], &*quantized.graphs()[graph]);
        let (alone, with_weights) = self.run_twins(graphs, latest, delegates);
        for (place, output) in self.outputs.iter_mut().enumerate() {
            let tensor = graphs.1.tensor(output.quantized);
            let Some(value) = latest.get(&(graph, output.quantized)) else {
                continue;
            };
            let Ok(reals) = value.to_reals(tensor.quantization.as_ref()) else {
                continue;
            };
            let channels = value.shape().last().copied().unwrap_or(1);
            if let Some(should) = floats((graph, output.float)) {
                output.accumulated.add(&reals, &should, channels);
            }
            output.activation.add(&reals);
            output.see_steps(value);
            let of = |values: &Option<Vec<Value>>| -> Option<Vec<f32>> {
                Some(
                    values
                        .as_ref()?
                        .get(place)?
                        .as_slice::<f32>()
                        .ok()?
                        .to_vec(),
                )
            };
            let Some(should) = of(&alone) else {
                continue;
            };
            output.alone.add(&reals, &should, channels);
            let rounded = of(&with_weights);
            if let Some(rounded) = &rounded {
                output.of_weights.add(rounded, &should, channels);
                output.of_activations.add(&reals, rounded, channels);
            }
            output.see_range(tensor, rounded.as_ref().unwrap_or(&should));
        }
    }

    /// The float op on the inputs that the quantized op got: with the float weights, and with the quantized ones.
    fn run_twins(
        &mut self,
        graphs: (&Graph, &Graph),
        latest: &Latest,
        delegates: &[Arc<dyn Delegate>],
    ) -> (Option<Vec<Value>>, Option<Vec<Value>>) {
        let pair = self.pair;
        let inputs = &graphs.1.node(pair.quantized).inputs;
        let input = |place: usize| {
            let id = inputs.get(place).copied().flatten()?;
            Some((id, latest.get(&(pair.graph, id))?))
        };
        if let Twins::Unmade = self.twins {
            let shape = |place| input(place).map(|(_, value)| value.shape().clone());
            self.twins = Twins::made(graphs, pair, &shape, delegates);
        }
        let Twins::Made(alone, with_weights) = &mut self.twins else {
            return (None, None);
        };
        let run = |twin: &mut Twin| {
            let values = twin.fed.iter().map(|&place| {
                let (id, value) = input(place)?;
                let own = graphs.0.node(pair.float).inputs[place]?;
                as_float(value, graphs.1.tensor(id), graphs.0.tensor(own))
            });
            let values: Vec<Value> = values.collect::<Option<_>>()?;
            twin.run(&values).ok()
        };
        let outputs = run(alone);
        let with_weights = with_weights.as_mut().and_then(|twin| run(twin));
        if outputs.is_none() {
            self.twins = Twins::None("it does not run on the inputs of every sample".to_owned());
        }
        (outputs, with_weights)
    }

    /// What there is to say of its outputs.
    pub(super) fn reports(&self, (float, quantized): (&Model, &Model)) -> Vec<LayerReport> {
        let graph = &quantized.graphs()[self.pair.graph];
        let node = NodePlace::new(self.pair.graph, graph, self.pair.quantized);
        let is_layer =
            Layer::of(&float.graphs()[self.pair.graph].node(self.pair.float).op).is_some();
        let reports = self.outputs.iter().filter_map(|output| {
            let tensor = graph.tensor(output.quantized);
            let scale = scale(tensor);
            let alone = output.alone.errors();
            let of_scale = alone.zip(scale);
            Some(LayerReport {
                node: node.clone(),
                float_node: self.pair.float.0,
                tensor: TensorPlace::new(self.pair.graph, graph, output.quantized),
                dtype: tensor.dtype.name(),
                scale: scale.map(|(scale, _)| scale),
                zero_point: scale.map(|(_, zero_point)| zero_point),
                accumulated: output.accumulated.errors()?,
                alone,
                of_weights: output.of_weights.errors().filter(|_| is_layer),
                of_activations: output.of_activations.errors().filter(|_| is_layer),
                rmse_over_scale: of_scale
                    .map(|(errors, (scale, _))| errors.root_mean_square() / f64::from(scale)),
                shift_over_scale: output.shift(scale),
                weights_sqnr: self.weights,
                saturated: scale.map(|_| output.cut.0 as f64 / output.cut.1.max(1) as f64),
                unused: output.unused(tensor),
                channels: match alone {
                    Some(_) => output.alone.channels(),
                    None => output.accumulated.channels(),
                },
                histogram: super::report::bins(&output.activation.histogram),
            })
        });
        reports.collect()
    }

    /// Why the op is not compared by itself, if it is not.
    pub(super) fn not_alone(&self, quantized: &Model) -> Option<NotCompared> {
        let Twins::None(reason) = &self.twins else {
            return None;
        };
        let graph = &quantized.graphs()[self.pair.graph];
        Some(NotCompared {
            node: NodePlace::new(self.pair.graph, graph, self.pair.quantized),
            reason: reason.clone(),
        })
    }
}

impl Twins {
    fn made(
        graphs: (&Graph, &Graph),
        pair: Pair,
        shape: &dyn Fn(usize) -> Option<Shape>,
        delegates: &[Arc<dyn Delegate>],
    ) -> Self {
        let twin = |constants| Twin::new(graphs, pair, constants, shape, delegates);
        match twin(Constants::Float) {
            Ok(alone) => {
                let with_weights = twin(Constants::Quantized).ok();
                Twins::Made(Box::new(alone), with_weights.map(Box::new))
            }
            Err(NoTwin::Op(reason)) => Twins::None(reason.to_owned()),
            Err(NoTwin::Compile(error)) => Twins::None(error.to_string()),
        }
    }
}

impl Output {
    /// The shift of the op alone, in steps; where there are none, of a 255th of the range.
    fn shift(&self, scale: Option<(f32, i32)>) -> Option<f64> {
        let range = f64::from(self.activation.greatest) - f64::from(self.activation.least);
        let step = match scale {
            Some((scale, _)) => f64::from(scale.abs()),
            None => range / 255.0,
        };
        let shift = self.alone.shift()?;
        Some(if shift == 0.0 {
            0.0
        } else {
            shift / step.max(f64::MIN_POSITIVE)
        })
    }

    /// Which integers occur.
    fn see_steps(&mut self, value: &Value) {
        let bounds = |integers: &mut dyn Iterator<Item = i64>| {
            integers.fold(None, |bounds: Option<(i64, i64)>, step| {
                let (least, greatest) = bounds.unwrap_or((step, step));
                Some((least.min(step), greatest.max(step)))
            })
        };
        let own = match value.dtype() {
            DataType::Int8 => value
                .as_slice::<i8>()
                .ok()
                .and_then(|all| bounds(&mut all.iter().map(|&q| q.into()))),
            DataType::UInt8 => value
                .as_slice::<u8>()
                .ok()
                .and_then(|all| bounds(&mut all.iter().map(|&q| q.into()))),
            DataType::Int16 => value
                .as_slice::<i16>()
                .ok()
                .and_then(|all| bounds(&mut all.iter().map(|&q| q.into()))),
            _ => None,
        };
        if let Some((least, greatest)) = own {
            let (from, to) = self.steps.unwrap_or((least, greatest));
            self.steps = Some((from.min(least), to.max(greatest)));
        }
    }

    /// How many values lie beyond the range of the integers by more than half a step.
    fn see_range(&mut self, tensor: &Tensor, should: &[f32]) {
        let (Some((scale, zero_point)), Some((least, greatest))) =
            (scale(tensor), tensor.dtype.quantized_range())
        else {
            return;
        };
        let parameters = Quantization::per_tensor(scale, zero_point);
        let half = scale.abs() / 2.0;
        let (from, to) = (
            parameters.dequantize(least.into(), 0) - half,
            parameters.dequantize(greatest.into(), 0) + half,
        );
        let beyond = should.iter().filter(|&&real| real < from || real > to);
        self.cut.0 += beyond.count() as u64;
        self.cut.1 += should.len() as u64;
    }

    /// The share of the integers that lie beyond all that occur.
    fn unused(&self, tensor: &Tensor) -> Option<f64> {
        let (least, greatest) = tensor.dtype.quantized_range()?;
        let (from, to) = self.steps?;
        let all = f64::from(greatest) - f64::from(least);
        Some(1.0 - (to - from) as f64 / all)
    }
}

/// The scale and zero point of an activation of integers.
fn scale(tensor: &Tensor) -> Option<(f32, i32)> {
    tensor.dtype.quantized_range()?;
    tensor.quantization.as_ref()?.as_per_tensor()
}

/// A value of the quantized model as the float op takes it.
fn as_float(value: &Value, tensor: &Tensor, wanted: &Tensor) -> Option<Value> {
    if value.dtype() == wanted.dtype {
        return Some(value.clone());
    }
    if wanted.dtype != DataType::Float32 {
        return None;
    }
    let reals = value.to_reals(tensor.quantization.as_ref()).ok()?;
    Value::from_slice(value.shape().clone(), &reals).ok()
}

/// How near the weights of a layer are to the float ones, in decibels.
fn weights(float: &Graph, quantized: &Graph, pair: Pair) -> Option<f64> {
    let node = float.node(pair.float);
    let place = match &node.op {
        Op::BatchMatmul(_) | Op::EmbeddingLookup(_) => 1,
        op => Layer::of(op)?.weights,
    };
    let (_, floats) = constant(float, node.inputs.get(place).copied().flatten()?)?;
    let other = quantized.node(pair.quantized);
    let (_, reals) = constant(quantized, other.inputs.get(place).copied().flatten()?)?;
    if floats.len() != reals.len() {
        return None;
    }
    let mut noise = Noise::default();
    noise.add(&floats, &reals);
    Some(noise.sqnr())
}
