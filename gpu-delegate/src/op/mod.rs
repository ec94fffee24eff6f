//! The ops that the delegate knows: which nodes it takes, and their dispatches. One op is one file, with the stem that it has in
//! core; what several ops do alike lies in the folders beside this one.

mod absent;
mod add;
mod add_n;
mod arg_min_max;
mod assign_variable;
mod batch_matmul;
mod broadcast_to;
mod bucketize;
mod cast;
mod comparison;
mod concatenation;
mod conv_2d;
mod cumsum;
mod custom;
mod densify;
mod depthwise_conv_2d;
mod dequantize;
mod dilate;
mod div;
mod dynamic_update_slice;
mod elementwise_binary;
mod elementwise_unary;
mod embedding_lookup;
mod expand_dims;
mod fill;
mod fully_connected;
mod gather;
mod gather_nd;
mod gelu;
mod hard_swish;
mod l2_normalization;
mod leaky_relu;
mod local_response_normalization;
mod log_softmax;
mod logistic;
mod matrix_diag;
mod mean;
mod mirror_pad;
mod mul;
mod one_hot;
mod pack;
mod pad;
mod pool_2d;
mod prelu;
mod quantize;
mod read_variable;
mod reduction;
mod relu;
mod reshape;
mod resize_bilinear;
mod resize_nearest_neighbor;
mod reverse_sequence;
mod reverse_v2;
mod scatter_nd;
mod segment_sum;
mod select;
mod slice;
mod softmax;
mod space_batch;
mod space_depth;
mod sparse_to_dense;
mod split;
mod squeeze;
mod strided_slice;
mod sub;
mod tanh;
mod tile;
mod topk_v2;
mod transpose;
mod transpose_conv;
mod unpack;
mod unsorted_segment;
mod var_handle;
mod zeros_like;

use demilite_core::{NodeContext, Op, Reject, for_each_op};

pub(crate) use pad::zero_padding;

use crate::device::Device;
use crate::elementwise::step::Step;
use crate::lowering::{LowerError, Lowering};
use crate::node::check;
use crate::product::zero_padding::ZeroPadding;

/// An op on the GPU.
trait GpuOp {
    /// What the dispatches of a node need to know.
    type Plan;

    /// Checks a node, and works out its plan.
    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Self::Plan, Reject>;

    /// Adds the node's dispatches.
    fn lower(
        &self,
        plan: Self::Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError>;

    /// Whether the padding that a PAD node puts around input 0 folds into the dispatches.
    fn folds(&self, _plan: &Self::Plan) -> bool {
        false
    }

    /// Folds that padding into the dispatches, which can take it.
    fn fold(&self, _plan: &mut Self::Plan, _padding: ZeroPadding) {}

    /// What a node does to floats, where each element of its output depends on one element of each input.
    fn step(&self, _node: &NodeContext<'_>) -> Option<Step> {
        None
    }

    /// Whether the node is one of floats whose last dispatch can do such steps too before it writes.
    fn takes_steps(&self, _plan: &Self::Plan) -> bool {
        false
    }
}

/// A node's plan, whatever its op.
pub(crate) trait Plan {
    /// Whether the padding that a PAD node puts around input 0 folds into the dispatches.
    fn folds(&self) -> bool;

    /// Folds that padding into the dispatches, which can take it.
    fn fold(&mut self, padding: ZeroPadding);

    /// Whether the node is one of floats whose last dispatch can do steps of others too before it writes.
    fn takes_steps(&self) -> bool;

    /// Adds the node's dispatches.
    fn lower(
        self: Box<Self>,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError>;
}

/// The plan of a node of this op.
struct Planned<'a, O: GpuOp> {
    op: &'a O,
    plan: O::Plan,
}

impl<'a, O: GpuOp> Planned<'a, O> {
    fn new(op: &'a O, node: &NodeContext<'_>, device: &Device) -> Result<Box<Self>, Reject> {
        let plan = op.plan(node, device)?;
        Ok(Box::new(Planned { op, plan }))
    }
}

impl<O: GpuOp> Plan for Planned<'_, O> {
    fn folds(&self) -> bool {
        self.op.folds(&self.plan)
    }

    fn fold(&mut self, padding: ZeroPadding) {
        self.op.fold(&mut self.plan, padding);
    }

    fn takes_steps(&self) -> bool {
        self.op.takes_steps(&self.plan)
    }

    fn lower(
        self: Box<Self>,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        self.op.lower(self.plan, node, lowering)
    }
}

macro_rules! dispatch {
    ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
        /// Checks a node, and works out its plan; or says why the delegate does not take it.
        pub(crate) fn plan<'a>(
            node: &NodeContext<'a>,
            device: &Device,
        ) -> Result<Box<dyn Plan + 'a>, Reject> {
            check::dense(node)?;
            match node.op() {
                $(Op::$variant(op) => Ok(Planned::new(op, node, device)?),)+
                Op::Custom(op) => Ok(Planned::new(op, node, device)?),
                Op::Unsupported(_) => Err(Reject::unsupported("there is no GPU kernel for this op")),
            }
        }

        /// What a node does to floats, where each element of its output depends on one element of each input.
        pub(crate) fn step(node: &NodeContext<'_>) -> Option<Step> {
            match node.op() {
                $(Op::$variant(op) => op.step(node),)+
                Op::Unsupported(_) | Op::Custom(_) => None,
            }
        }
    };
}

for_each_op!(dispatch);
