//! Ops outside the schema, by their names.

mod convolution_2d_transpose_bias;

use demilite_core::op::CustomOp;
use demilite_core::{NodeContext, Reject};
use demilite_executor::Prepared;

use crate::machine::Machine;

pub(crate) fn prepare(op: &CustomOp, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    match op.name.as_str() {
        "Convolution2DTransposeBias" => {
            convolution_2d_transpose_bias::prepare(&op.options, node, machine)
        }
        name => Err(Reject::unsupported(format!("no fast kernel for {name}")).into()),
    }
}
