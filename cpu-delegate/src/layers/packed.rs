//! Layers whose weights and biases are packed once where they are constant.

use demilite_core::{OpError, View};
use demilite_executor::{Kernel, KernelIo};

/// A layer with weights in input 1 and, if it has one, a bias in input 2.
pub(crate) trait Layer: Send + Sync + 'static {
    /// Weights and bias as the arithmetic wants them.
    type Packed: Send + Sync;

    /// Packs weights and bias.
    fn pack(&self, weights: View<'_>, bias: Option<View<'_>>) -> Result<Self::Packed, OpError>;

    /// Packs weights and bias that are constant, for which a better arithmetic may be looked for.
    fn pack_constants(
        &self,
        weights: View<'_>,
        bias: Option<View<'_>>,
    ) -> Result<Self::Packed, OpError> {
        self.pack(weights, bias)
    }

    /// Bytes of packed weights.
    fn bytes(packed: &Self::Packed) -> usize;

    /// Bytes of memory that a run needs beside its tensors.
    fn scratch_bytes(&self) -> usize {
        0
    }

    /// The same where the weights are these, from [`Layer::pack_constants`].
    fn scratch_bytes_with(&self, _packed: &Self::Packed) -> usize {
        self.scratch_bytes()
    }

    /// Writes the output.
    fn run(&self, packed: &Self::Packed, io: &mut KernelIo<'_>) -> Result<(), OpError>;
}

/// A layer, with its weights where they are constant.
pub(crate) struct PackedLayer<L: Layer> {
    pub(super) layer: L,
    pub(super) packed: Option<L::Packed>,
    has_bias: bool,
}

impl<L: Layer> PackedLayer<L> {
    /// A layer that is not packed yet.
    pub(crate) fn new(layer: L, has_bias: bool) -> Self {
        PackedLayer {
            layer,
            packed: None,
            has_bias,
        }
    }

    /// A layer that is not packed yet, as a kernel.
    pub(crate) fn boxed(layer: L, has_bias: bool) -> Box<dyn Kernel> {
        Box::new(Self::new(layer, has_bias))
    }
}

impl<L: Layer> Kernel for PackedLayer<L> {
    fn prepack(&mut self, constants: &[Option<View<'_>>]) -> Result<(), OpError> {
        let constant = |index: usize| constants.get(index).copied().flatten();
        if let Some(weights) = constant(1)
            && self.has_bias == constant(2).is_some()
        {
            self.packed = Some(self.layer.pack_constants(weights, constant(2))?);
        }
        Ok(())
    }

    fn weight_bytes(&self) -> usize {
        self.packed.as_ref().map_or(0, L::bytes)
    }

    fn reads(&self, index: usize) -> bool {
        index == 0 || self.packed.is_none()
    }

    fn scratch_bytes(&self) -> usize {
        match &self.packed {
            Some(packed) => self.layer.scratch_bytes_with(packed),
            None => self.layer.scratch_bytes(),
        }
    }

    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        // Layers share their work by rows, of which there are some.
        if io.outputs.iter().all(|output| output.bytes().is_empty()) {
            return Ok(());
        }
        match &self.packed {
            Some(packed) => self.layer.run(packed, io),
            None => self
                .layer
                .run(&self.layer.pack(io.view(1)?, io.optional(2))?, io),
        }
    }
}
