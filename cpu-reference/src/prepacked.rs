//! Kernels whose weights are laid out once where they are constant.

use demilite_core::{OpError, View};

use crate::kernel::{Kernel, KernelIo};

/// A layer with weights in input 1.
pub(crate) trait Layer: Send {
    /// The weights as the arithmetic wants them.
    type Weights: Send;

    /// Lays out the weights.
    fn pack(&self, weights: View<'_>) -> Result<Self::Weights, OpError>;

    /// Writes the output.
    fn run(&self, weights: &Self::Weights, io: &mut KernelIo<'_>) -> Result<(), OpError>;
}

/// A layer with its weights, where they are constant.
pub(crate) struct Prepacked<L: Layer> {
    layer: L,
    weights: Option<L::Weights>,
}

impl<L: Layer + 'static> Prepacked<L> {
    /// A layer whose weights are not laid out yet.
    pub(crate) fn boxed(layer: L) -> Box<dyn Kernel> {
        Box::new(Prepacked {
            layer,
            weights: None,
        })
    }
}

impl<L: Layer> Kernel for Prepacked<L> {
    fn prepack(&mut self, constants: &[Option<View<'_>>]) -> Result<(), OpError> {
        if let Some(&Some(weights)) = constants.get(1) {
            self.weights = Some(self.layer.pack(weights)?);
        }
        Ok(())
    }

    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        match &self.weights {
            Some(weights) => self.layer.run(weights, io),
            None => self.layer.run(&self.layer.pack(io.view(1)?)?, io),
        }
    }
}
