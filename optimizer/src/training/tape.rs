//! What one sample makes of every tensor, and what every tensor is worth.

use demilite_core::TensorId;

use super::differentiable::{Met, Scratch};
use super::front::Front;
use super::network::{Network, Operand};
use crate::calibration::Executor;
use crate::error::OptimizeError;
use crate::soundness::reals;

/// The tensors of one sample, in memory that the next one uses again.
pub(super) struct Tape {
    values: Vec<Vec<f32>>,
    gradients: Vec<Vec<f32>>,
    scratch: Scratch,
    /// What runs before the network.
    front: Option<Executor>,
}

/// The elements of an input.
fn view<'a>(
    network: &'a Network,
    parameters: &'a [Vec<f32>],
    values: &'a [Vec<f32>],
    operand: Operand,
) -> &'a [f32] {
    match operand {
        Operand::Tape(id) => &values[id.0],
        Operand::Constant(id) => reals(network.graph.tensor(id)).unwrap_or_default(),
        Operand::Parameter(index) => &parameters[index],
        Operand::Absent => &[],
    }
}

impl Tape {
    pub(super) fn new(network: &Network) -> Result<Self, OptimizeError> {
        let mut values = vec![Vec::new(); network.shapes.len()];
        let mut gradients = values.clone();
        for id in network.on_tape() {
            values[id.0] = vec![0.0; network.elements(id)];
            if network.is_moved[id.0] {
                gradients[id.0] = vec![0.0; network.elements(id)];
            }
        }
        let front = network.front.as_ref().map(Front::session).transpose()?;
        Ok(Tape {
            values,
            gradients,
            scratch: Scratch::default(),
            front,
        })
    }

    /// Writes what is fed to a network, from the inputs of the graph. `sample` says which sample they are, where they are one as it is.
    pub(super) fn feed(
        &mut self,
        network: &Network,
        inputs: &[Vec<f32>],
        sample: Option<usize>,
    ) -> Result<(), OptimizeError> {
        for (&id, input) in std::iter::zip(network.graph.inputs(), inputs) {
            if network.is_fed(id) {
                self.values[id.0].copy_from_slice(input);
            }
        }
        let (Some(front), Some(executor)) = (&network.front, &mut self.front) else {
            return Ok(());
        };
        let values = &mut self.values;
        front.with(executor, inputs, sample, |tensors| {
            for (&id, tensor) in std::iter::zip(&front.outputs, tensors) {
                values[id.0].copy_from_slice(tensor);
            }
        })
    }

    /// What a tensor holds.
    pub(super) fn value(&self, id: TensorId) -> &[f32] {
        &self.values[id.0]
    }

    /// Computes all tensors from those that were fed.
    pub(super) fn forward(&mut self, network: &Network, parameters: &[Vec<f32>]) {
        for step in &network.steps {
            let mut output = std::mem::take(&mut self.values[step.output.0]);
            let inputs = step.inputs.iter();
            let inputs: Vec<&[f32]> = inputs
                .map(|&operand| view(network, parameters, &self.values, operand))
                .collect();
            step.op.forward(&inputs, &mut output, &mut self.scratch);
            if let Some(clamp) = step.clamp {
                clamp.apply(&mut output);
            }
            self.values[step.output.0] = output;
        }
    }

    /// Forgets what tensors are worth.
    pub(super) fn clear_gradients(&mut self) {
        self.gradients
            .iter_mut()
            .for_each(|gradient| gradient.fill(0.0));
    }

    /// A tensor with its gradient, to be added to.
    pub(super) fn end(&mut self, id: TensorId) -> (&[f32], &mut [f32]) {
        (&self.values[id.0], &mut self.gradients[id.0])
    }

    /// Adds to `sums` the gradient with regard to each parameter, from those that tensors have.
    pub(super) fn backward(
        &mut self,
        network: &Network,
        parameters: &[Vec<f32>],
        sums: &mut [Vec<f32>],
    ) {
        for step in network.steps.iter().rev() {
            if !network.is_moved[step.output.0] {
                continue;
            }
            let mut gradient = std::mem::take(&mut self.gradients[step.output.0]);
            let output = &self.values[step.output.0];
            if let Some(clamp) = step.clamp {
                clamp.mask(output, &mut gradient);
            }
            let inputs = step.inputs.iter();
            let inputs: Vec<&[f32]> = inputs
                .map(|&operand| view(network, parameters, &self.values, operand))
                .collect();
            let met = Met {
                inputs: &inputs,
                output,
                gradient: &gradient,
            };
            for (index, &operand) in step.inputs.iter().enumerate() {
                match operand {
                    Operand::Parameter(parameter) => {
                        step.op
                            .backward(index, &met, &mut sums[parameter], &mut self.scratch);
                    }
                    Operand::Tape(id) if network.is_moved[id.0] => {
                        step.op
                            .backward(index, &met, &mut self.gradients[id.0], &mut self.scratch);
                    }
                    _ => {}
                }
            }
            self.gradients[step.output.0] = gradient;
        }
    }
}
