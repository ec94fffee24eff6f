//! Kernels whose weights are laid out once where they are constant.

use std::fmt;

use demilite_core::{OpError, View};

use crate::io::KernelIo;
use crate::kernel::Kernel;

/// Weights as the arithmetic wants them.
pub trait LaidOut: Send + Sync {
    /// Bytes that they take.
    fn bytes(&self) -> usize;
}

impl<T: Send + Sync> LaidOut for Vec<T> {
    fn bytes(&self) -> usize {
        size_of_val(&self[..])
    }
}

/// A layer with weights in input 1.
pub trait Layer: Send + Sync {
    /// The weights as the arithmetic wants them.
    type Weights: LaidOut;

    /// Lays out the weights.
    ///
    /// # Errors
    /// What they break of the op's rules.
    fn pack(&self, weights: View<'_>) -> Result<Self::Weights, OpError>;

    /// Bytes of memory that a run needs beside its tensors.
    fn scratch_bytes(&self) -> usize {
        0
    }

    /// Writes the output.
    ///
    /// # Errors
    /// What the values of the inputs break of the op's rules.
    fn run(&self, weights: &Self::Weights, io: &mut KernelIo<'_>) -> Result<(), OpError>;
}

/// A layer with its weights, where they are constant.
pub struct Prepacked<L: Layer> {
    layer: L,
    weights: Option<L::Weights>,
}

impl<L: Layer + 'static> Prepacked<L> {
    /// A layer whose weights are not laid out yet.
    pub fn boxed(layer: L) -> Box<dyn Kernel> {
        Box::new(Prepacked {
            layer,
            weights: None,
        })
    }
}

impl<L: Layer> fmt::Debug for Prepacked<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepacked")
            .field("weight_bytes", &self.weight_bytes())
            .finish_non_exhaustive()
    }
}

impl<L: Layer> Kernel for Prepacked<L> {
    fn prepack(&mut self, constants: &[Option<View<'_>>]) -> Result<(), OpError> {
        if let Some(&Some(weights)) = constants.get(1) {
            self.weights = Some(self.layer.pack(weights)?);
        }
        Ok(())
    }

    fn weight_bytes(&self) -> usize {
        self.weights.as_ref().map_or(0, LaidOut::bytes)
    }

    fn scratch_bytes(&self) -> usize {
        self.layer.scratch_bytes()
    }

    fn reads(&self, input: usize) -> bool {
        input != 1 || self.weights.is_none()
    }

    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        match &self.weights {
            Some(weights) => self.layer.run(weights, io),
            None => self.layer.run(&self.layer.pack(io.view(1)?)?, io),
        }
    }
}
