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

use crate::device::context::GpuContext;
use crate::elementwise::step::Step;
use crate::lowering::{LowerError, Lowering};
use crate::node::check;
use crate::product::zero_padding::ZeroPadding;

/// An op on the GPU.
trait GpuOp {
    /// What the dispatches of a node need to know.
    type Plan;

    /// Checks a node, and works out its plan.
    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<Self::Plan, Reject>;

    /// Adds the node's dispatches.
    fn lower(
        &self,
        plan: Self::Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError>;

    /// Folds the padding that a PAD node puts around input 0 into the dispatches; returns whether they can.
    fn fold(&self, _plan: &mut Self::Plan, _padding: ZeroPadding) -> bool {
        false
    }

    /// What a node does to floats, where each element of its output depends on one element of each input.
    fn step(&self, _node: &NodeContext<'_>) -> Option<Step> {
        None
    }

    /// Whether the node is one of floats whose last dispatch can do such steps too before it writes.
    fn takes_steps(&self, _plan: &Self::Plan) -> bool {
        false
    }
}

macro_rules! dispatch {
    ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
        /// Whether the delegate takes a node, and if not, why.
        pub(crate) fn supports(node: &NodeContext<'_>, context: &GpuContext) -> Result<(), Reject> {
            check::dense(node)?;
            match node.op() {
                $(Op::$variant(op) => op.plan(node, context).map(drop),)+
                Op::Custom(op) => op.plan(node, context).map(drop),
                Op::Unsupported(_) => Err(Reject::unsupported("there is no GPU kernel for this op")),
            }
        }

        /// Whether `padding` around input 0 folds into the dispatches of a node.
        pub(crate) fn folds(node: &NodeContext<'_>, padding: ZeroPadding, context: &GpuContext) -> bool {
            match node.op() {
                $(Op::$variant(op) => op.plan(node, context).is_ok_and(|mut plan| op.fold(&mut plan, padding)),)+
                Op::Unsupported(_) | Op::Custom(_) => false,
            }
        }

        /// What a node does to floats, where each element of its output depends on one element of each input.
        pub(crate) fn step(node: &NodeContext<'_>) -> Option<Step> {
            match node.op() {
                $(Op::$variant(op) => op.step(node),)+
                Op::Unsupported(_) | Op::Custom(_) => None,
            }
        }

        /// Whether a node is one of floats whose last dispatch can do steps of others too before it writes.
        pub(crate) fn takes_steps(node: &NodeContext<'_>, context: &GpuContext) -> bool {
            match node.op() {
                $(Op::$variant(op) => op.plan(node, context).is_ok_and(|plan| op.takes_steps(&plan)),)+
                Op::Unsupported(_) | Op::Custom(_) => false,
            }
        }

        /// Adds a node's dispatches, which take `padding` around input 0 on themselves.
        pub(crate) fn lower(
            node: &NodeContext<'_>,
            padding: Option<ZeroPadding>,
            lowering: &mut Lowering<'_>,
        ) -> Result<(), LowerError> {
            match node.op() {
                $(Op::$variant(op) => {
                    let mut plan = op.plan(node, lowering.context())?;
                    if padding.is_some_and(|padding| !op.fold(&mut plan, padding)) {
                        return Err(Reject::unsupported("input 0 has padding that does not fold").into());
                    }
                    op.lower(plan, node, lowering)
                })+
                Op::Custom(op) => op.lower(op.plan(node, lowering.context())?, node, lowering),
                Op::Unsupported(_) => Err(Reject::unsupported("there is no GPU kernel for this op").into()),
            }
        }
    };
}

for_each_op!(dispatch);
