//! Where a product's operands are among the inputs of its node.

/// The places of a node's operands among its inputs; the filter is always input 1.
#[derive(Clone, Copy)]
pub(crate) struct Operands {
    /// Of what the filter is multiplied with.
    pub(crate) input: usize,
    /// Of the bias, which may be absent.
    pub(crate) bias: usize,
}

impl Operands {
    /// Input, filter and bias, in this order.
    pub(crate) const FIRST: Operands = Operands { input: 0, bias: 2 };
}
