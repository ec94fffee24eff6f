//! The ops that the delegate knows: which nodes it takes, and their dispatches. One op is one file, with the stem that it has in
//! core; what several ops do alike lies in the folders beside this one.

#[macro_use]
mod absent;
mod custom;

use demilite_core::{NodeContext, Op, Reject, TensorId, for_each_op};

pub(crate) use pad::zero_padding;

use crate::device::Device;
use crate::elementwise::step::Step;
use crate::elementwise::sum::QuantizedSum;
use crate::lowering::{LowerError, Lowering};
use crate::node::check;
use crate::node::effect::Effect;
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

    /// What it does to the range of floats, where `is_bounded` says which tensors lie within a few units. Floats of an op that
    /// does not say keep 32 bits.
    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::SENSITIVE
    }

    /// Whether the node is one of floats whose last dispatch can do such steps too before it writes.
    fn takes_steps(&self, _plan: &Self::Plan) -> bool {
        false
    }

    /// What a node does, where it adds two tensors of quantized integers, neither of which repeats.
    fn sum(&self, _plan: &Self::Plan) -> Option<QuantizedSum> {
        None
    }

    /// Whether the node is one of quantized integers whose last dispatch can do such a sum too before it writes.
    fn takes_sum(&self, _plan: &Self::Plan) -> bool {
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

    /// What the node does, where it adds two tensors of quantized integers, neither of which repeats.
    fn sum(&self) -> Option<QuantizedSum>;

    /// Whether the node is one of quantized integers whose last dispatch can do such a sum too before it writes.
    fn takes_sum(&self) -> bool;

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

    fn sum(&self) -> Option<QuantizedSum> {
        self.op.sum(&self.plan)
    }

    fn takes_sum(&self) -> bool {
        self.op.takes_sum(&self.plan)
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

        /// What a node does to the range of floats, where `is_bounded` says which tensors lie within a few units.
        pub(crate) fn effect(node: &NodeContext<'_>, is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
            match node.op() {
                $(Op::$variant(op) => op.effect(node, is_bounded),)+
                Op::Custom(op) => op.effect(node, is_bounded),
                Op::Unsupported(_) => Effect::SENSITIVE,
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

macro_rules! declare_modules {
    ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
        $(mod $file;)+
    };
}

for_each_op!(declare_modules);
