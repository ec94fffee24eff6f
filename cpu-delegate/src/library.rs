//! The fast kernels as a library: from a node to the file of its op.

use demilite_core::{NodeContext, Op, Reject};
use demilite_executor::{KernelLibrary, Prepared, Together};
use rayon::ThreadPool;

use crate::bands::{self, Fusion};
use crate::layers::bands::Banded;
use crate::layers::border::Border;
use crate::machine::Machine;
use crate::op;

/// The fast kernels.
pub(crate) struct CpuKernels {
    pub(crate) machine: Machine,
    pub(crate) fusion: Fusion,
    /// The threads, where there is more than one.
    pub(crate) pool: Option<ThreadPool>,
}

impl KernelLibrary for CpuKernels {
    fn prepare(&self, node: &NodeContext<'_>) -> Prepared {
        expect_dense_tensors(node)?;
        let machine = self.machine;
        match node.op() {
            Op::Add(op) => op::add::prepare(op, node, machine),
            Op::ArgMinMax(op) => op::arg_min_max::prepare(op, node, machine),
            Op::BatchMatmul(op) => op::batch_matmul::prepare(op, node, machine),
            Op::Concatenation(op) => op::concatenation::prepare(op, node),
            Op::Conv2d(op) => op::conv_2d::prepare(op, node, machine),
            Op::Custom(op) => op::custom::prepare(op, node, machine),
            Op::Densify(_) => op::densify::prepare(node),
            Op::DepthwiseConv2d(op) => op::depthwise_conv_2d::prepare(op, node, machine),
            Op::Dequantize(_) => op::dequantize::prepare(node, machine),
            Op::Div(op) => op::div::prepare(op, node, machine),
            Op::ElementwiseBinary(op) => op::elementwise_binary::prepare(op, node, machine),
            Op::ElementwiseUnary(op) => op::elementwise_unary::prepare(op, node, machine),
            Op::FullyConnected(op) => op::fully_connected::prepare(op, node, machine),
            Op::Gather(op) => op::gather::prepare(op, node),
            Op::Gelu(op) => op::gelu::prepare(op, node, machine),
            Op::HardSwish(_) => op::hard_swish::prepare(node, machine),
            Op::LeakyRelu(op) => op::leaky_relu::prepare(op, node, machine),
            Op::Logistic(_) => op::logistic::prepare(node, machine),
            Op::Lstm(op) => op::lstm::prepare(op, node, machine),
            Op::Mean(_) => op::mean::prepare(node, machine),
            Op::MirrorPad(op) => op::mirror_pad::prepare(op, node),
            Op::Mul(op) => op::mul::prepare(op, node, machine),
            Op::Pack(op) => op::pack::prepare(op, node),
            Op::Pad(op) => op::pad::prepare(op, node),
            Op::Pool2d(op) => op::pool_2d::prepare(op, node, machine),
            Op::Prelu(op) => op::prelu::prepare(op, node, machine),
            Op::Quantize(_) => op::quantize::prepare(node, machine),
            Op::Reduction(op) => op::reduction::prepare(op, node, machine),
            Op::Relu(op) => op::relu::prepare(op, node, machine),
            Op::Reshape(_) | Op::Squeeze(_) | Op::ExpandDims(_) => op::reshape::prepare(node),
            Op::ResizeBilinear(op) => op::resize_bilinear::prepare(op, node, machine),
            Op::ResizeNearestNeighbor(op) => op::resize_nearest_neighbor::prepare(op, node),
            Op::Slice(_) => op::slice::prepare(node),
            Op::Softmax(op) => op::softmax::prepare(op, node, machine),
            Op::SpaceDepth(op) => op::space_depth::prepare(op, node),
            Op::Split(op) => op::split::prepare(op, node),
            Op::StridedSlice(op) => op::strided_slice::prepare(op, node),
            Op::Sub(op) => op::sub::prepare(op, node, machine),
            Op::Svdf(op) => op::svdf::prepare(op, node, machine),
            Op::Tanh(_) => op::tanh::prepare(node, machine),
            Op::Transpose(_) => op::transpose::prepare(node),
            Op::TransposeConv(op) => op::transpose_conv::prepare(op, node, machine),
            Op::Unpack(op) => op::unpack::prepare(op, node),
            op => Err(Reject::unsupported(format!("no fast kernel for {}", op.name())).into()),
        }
    }

    fn prepare_together(&self, chain: &[NodeContext<'_>]) -> Option<Together> {
        let banded = |node: &NodeContext<'_>, border| banded(node, border, self.machine);
        bands::prepare(chain, banded, self.fusion, self.machine)
    }

    fn run_within(&self, invocation: &mut (dyn FnMut() + Send)) {
        match &self.pool {
            Some(pool) => pool.install(invocation),
            None => invocation(),
        }
    }
}

/// The kernel of a node that the library takes and whose images have a border, if it computes band by band.
fn banded(node: &NodeContext<'_>, border: Border, machine: Machine) -> Option<Box<dyn Banded>> {
    let banded = match node.op() {
        Op::Conv2d(op) => op::conv_2d::banded(op, node, border, machine),
        Op::DepthwiseConv2d(op) => op::depthwise_conv_2d::banded(op, node, border, machine),
        _ => return None,
    };
    banded.ok().flatten()
}

/// Checks that no input is stored sparsely but where adding the zeros is the op.
fn expect_dense_tensors(node: &NodeContext<'_>) -> Result<(), Reject> {
    if matches!(node.op(), Op::Densify(_)) {
        return Ok(());
    }
    let inputs = (0..node.input_count()).filter_map(|index| node.input(index));
    match inputs.into_iter().find(|tensor| tensor.sparsity.is_some()) {
        Some(tensor) => Err(Reject::unsupported(format!(
            "no fast kernel for {:?}, which is stored sparsely",
            tensor.name
        ))),
        None => Ok(()),
    }
}
