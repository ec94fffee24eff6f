//! The fast kernels as a library: from a node to the file of its op.

use demilite_core::{NodeContext, Op, Reject};
use demilite_executor::{KernelLibrary, Prepared};
use rayon::ThreadPool;

use crate::machine::Machine;
use crate::op;

/// The fast kernels.
pub(crate) struct CpuKernels {
    pub(crate) machine: Machine,
    /// The threads, where there is more than one.
    pub(crate) pool: Option<ThreadPool>,
}

impl KernelLibrary for CpuKernels {
    fn prepare(&self, node: &NodeContext<'_>) -> Prepared {
        let machine = self.machine;
        match node.op() {
            Op::Add(op) => op::add::prepare(op, node, machine),
            Op::Conv2d(op) => op::conv_2d::prepare(op, node, machine),
            Op::DepthwiseConv2d(op) => op::depthwise_conv_2d::prepare(op, node, machine),
            Op::Dequantize(_) => op::dequantize::prepare(node, machine),
            Op::Div(op) => op::div::prepare(op, node, machine),
            Op::ElementwiseBinary(op) => op::elementwise_binary::prepare(op, node, machine),
            Op::FullyConnected(op) => op::fully_connected::prepare(op, node, machine),
            Op::Mul(op) => op::mul::prepare(op, node, machine),
            Op::Pool2d(op) => op::pool_2d::prepare(op, node, machine),
            Op::Prelu(op) => op::prelu::prepare(op, node, machine),
            Op::Reshape(_) | Op::Squeeze(_) | Op::ExpandDims(_) => op::reshape::prepare(node),
            Op::Sub(op) => op::sub::prepare(op, node, machine),
            op => Err(Reject::unsupported(format!("no fast kernel for {}", op.name())).into()),
        }
    }

    fn run_within(&self, invocation: &mut (dyn FnMut() + Send)) {
        match &self.pool {
            Some(pool) => pool.install(invocation),
            None => invocation(),
        }
    }
}
