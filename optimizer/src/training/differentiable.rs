//! What a node computes while a model is trained, and how its inputs bear on what comes of it.

/// A node with its gradients. All tensors are float32, dense, in the order of memory; an input that is absent or no float has no elements.
pub(super) trait Differentiable: Send + Sync {
    /// Writes the output, all of it.
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], scratch: &mut Scratch);

    /// Adds to `sums` the gradient with regard to input `index`, which has as many elements.
    fn backward(&self, index: usize, met: &Met<'_>, sums: &mut [f32], scratch: &mut Scratch);
}

/// What a node met on the way forward, and what its output is worth.
pub(super) struct Met<'a> {
    /// The inputs.
    pub(super) inputs: &'a [&'a [f32]],
    /// The output.
    pub(super) output: &'a [f32],
    /// The gradient with regard to the output.
    pub(super) gradient: &'a [f32],
}

/// Memory that nodes use one after the other.
#[derive(Debug, Default)]
pub(super) struct Scratch(Vec<f32>);

impl Scratch {
    /// So many zeros.
    pub(super) fn zeros(&mut self, elements: usize) -> &mut [f32] {
        self.0.clear();
        self.0.resize(elements, 0.0);
        &mut self.0
    }
}
