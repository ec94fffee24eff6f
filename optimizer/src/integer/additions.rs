//! Sums of two tensors, whose output may not be much finer than its inputs.

use demilite_core::{DataType, Graph, Op, TensorId};

use super::node::{IntegerForm, Nodes};
use super::parameters::of_constant;
use super::scales::Scales;
use crate::soundness::reals;

/// Bits that LiteRT's kernels shift operands up by before they add them.
fn shift(activations: DataType) -> i32 {
    match activations {
        DataType::Int16 => 15,
        _ => 20,
    }
}

/// Changes the scales of sums where no kernel takes them: an output of `s` wants inputs below `s · 2^(shift − 1)`. An input that showed
/// nothing but zeros takes the output's; otherwise the output's becomes coarser.
pub(crate) fn make_room(graph: &Graph, nodes: &Nodes, scales: &mut Scales) {
    // An output made coarser may be the input of a sum before it only through a group, so that this ends.
    let mut changed = true;
    while std::mem::take(&mut changed) {
        for (&id, &IntegerForm { activations, .. }) in &nodes.integer {
            let node = graph.node(id);
            if !matches!(node.op, Op::Add(_) | Op::Sub(_)) {
                continue;
            }
            let output = node.outputs[0];
            let Some(scale) = scales
                .produced(output, activations)
                .map(|own| own.scale_of(0))
            else {
                continue;
            };
            let least = |input: f32| 2.0 * input * (-shift(activations) as f32).exp2();
            for &input in node.inputs.iter().flatten() {
                let own = input_scale(graph, input, activations, scales);
                if own.is_none_or(|own| scale > least(own)) {
                    continue;
                }
                changed |= match scales.is_arbitrary(input, activations) {
                    true => scales.rescale(input, scale, activations),
                    false => scales.rescale(output, least(own.unwrap_or(0.0)) * 1.01, activations),
                };
            }
        }
    }
}

fn input_scale(graph: &Graph, id: TensorId, activations: DataType, scales: &Scales) -> Option<f32> {
    let parameters = match reals(graph.tensor(id)) {
        Some(reals) => of_constant(reals, activations),
        None => scales.produced(id, activations)?.clone(),
    };
    Some(parameters.scale_of(0))
}
