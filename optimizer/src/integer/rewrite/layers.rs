//! The constants of layers and memories.

use demilite_core::op::lstm::Lstm;
use demilite_core::{DataType, NodeId, Quantization, TensorId};

use super::Rewriting;
use crate::integer::bias::bias_tensor;
use crate::integer::memory::Memory;
use crate::integer::parameters::of_weights;
use crate::layer::Layer;
use crate::soundness::reals;
use crate::weights::int8;

impl Rewriting<'_, '_> {
    /// Gives a layer integer weights and an integer bias.
    pub(super) fn layer(&mut self, id: NodeId, layer: Layer, activations: DataType) {
        let rewrite = self.rewrite;
        let node = rewrite.graph.node(id);
        let input = node.inputs[layer.input];
        let input = input.and_then(|id| rewrite.parameters(id, activations));
        let (Some(weights), Some(input)) = (node.inputs[layer.weights], input) else {
            return;
        };
        let floats = rewrite.graph.tensor(weights);
        if floats.constant.is_none() {
            self.computed_layer(id, layer, (weights, input), activations);
            return;
        }
        let integers = (rewrite.layer)(id, input.scale_of(0));
        let bias = integers.bias.as_ref().and_then(|steps| {
            let quantization = Quantization::bias(input, &integers.quantization)?;
            let named = node.inputs.get(layer.bias).copied().flatten();
            let name = match named {
                Some(bias) => rewrite.graph.tensor(bias).name.clone(),
                None => format!("{}_bias", floats.name),
            };
            Some(bias_tensor(name, steps, quantization, activations))
        });
        let weights = int8(floats, integers.quantization, &integers.weights);
        let weights = self.editor.add_tensor(weights);
        let bias = bias.map(|bias| self.editor.add_tensor(bias));
        let inputs = &mut self.editor.node_mut(id).inputs;
        inputs[layer.weights] = Some(weights);
        if let Some(bias) = bias {
            inputs.resize(inputs.len().max(layer.bias + 1), None);
            inputs[layer.bias] = Some(bias);
        }
    }

    /// Gives a memory integer weights and states.
    pub(super) fn memory(&mut self, id: NodeId) {
        let rewrite = self.rewrite;
        let node = rewrite.graph.node(id);
        let parameters = |id| rewrite.parameters(id, DataType::Int8);
        let input = node.inputs[0].and_then(parameters);
        let states = [Lstm::OUTPUT_STATE, Lstm::CELL_STATE].map(|place| node.inputs[place]);
        let output = parameters(node.outputs[0]);
        let (Some(input), Some(output), [Some(output_state), Some(cell_state)]) =
            (input, output, states)
        else {
            return;
        };
        let (least, greatest) = rewrite.ranges.between(cell_state);
        let reach = greatest.max(-least);
        let memory = Memory::of((rewrite.graph, id), input.scale_of(0), output, reach);
        for (place, constant) in memory.constants {
            let constant = self.editor.add_tensor(constant);
            self.editor.node_mut(id).inputs[place] = Some(constant);
        }
        self.retype(output_state, DataType::Int8, output.clone());
        self.retype(cell_state, DataType::Int16, memory.cell);
        let intermediates = memory.intermediates.into_iter();
        let intermediates = intermediates.map(|tensor| Some(self.editor.add_tensor(tensor)));
        let intermediates: Vec<Option<TensorId>> = intermediates.collect();
        self.editor.node_mut(id).intermediates = intermediates;
    }

    /// Gives a layer whose weights another node computes these with zero point 0, as kernels want weights, and an integer bias.
    fn computed_layer(
        &mut self,
        id: NodeId,
        layer: Layer,
        (weights, input): (TensorId, &Quantization),
        activations: DataType,
    ) {
        let rewrite = self.rewrite;
        let Some(produced) = rewrite.parameters(weights, activations) else {
            return;
        };
        let parameters = of_weights(produced);
        let integers = self.integers_of(weights, activations, &parameters, id);
        self.editor.node_mut(id).inputs[layer.weights] = Some(integers);
        let named = rewrite.graph.node(id).inputs.get(layer.bias);
        let Some(bias) = named.copied().flatten() else {
            return;
        };
        let floats = rewrite.graph.tensor(bias);
        let Some(reals) = reals(floats) else {
            return;
        };
        let step = f64::from(input.scale_of(0)) * f64::from(parameters.scale_of(0));
        let steps = reals.iter().map(|&real| {
            let step = (f64::from(real) / step).round();
            step.clamp(i32::MIN.into(), i32::MAX.into()) as i64
        });
        let steps: Vec<i64> = steps.collect();
        let quantization = Quantization::per_tensor(step as f32, 0);
        let name = floats.name.clone();
        let bias = bias_tensor(name, &steps, quantization, activations);
        let bias = self.editor.add_tensor(bias);
        self.editor.node_mut(id).inputs[layer.bias] = Some(bias);
    }
}
