//! From LiteRT's node to demilite's.

use std::ffi::c_int;

use demilite::op::CustomOp;
use demilite::{Node, Op, Tensor, TensorId};

use super::attributes;
use crate::host::HostNode;

/// The node, where each of its tensors has a form in demilite.
///
/// # Errors
/// Why the node stays with LiteRT.
pub(super) fn node(
    host: &HostNode<'_>,
    tensors: &[Result<Tensor, String>],
) -> Result<Node, String> {
    let op = match &host.custom {
        Some((name, options)) => Op::Custom(CustomOp {
            name: name.clone(),
            options: options.clone(),
        }),
        None => attributes::op(host.options)?,
    };
    let optional = |indices: &[c_int]| {
        let ids = indices.iter().map(|&index| id(index, tensors));
        ids.collect::<Result<Vec<Option<TensorId>>, String>>()
    };
    let outputs = optional(&host.outputs)?;
    let outputs: Option<Vec<TensorId>> = outputs.into_iter().collect();
    Ok(Node {
        op,
        inputs: optional(&host.inputs)?,
        outputs: outputs.ok_or("one of its outputs is absent")?,
        intermediates: optional(&host.intermediates)?,
        version: host.version,
        debug_metadata_index: None,
    })
}

/// The id of a tensor, which is its index in LiteRT; none for −1.
fn id(index: c_int, tensors: &[Result<Tensor, String>]) -> Result<Option<TensorId>, String> {
    let Ok(index) = usize::try_from(index) else {
        return Ok(None);
    };
    match tensors.get(index) {
        Some(Ok(_)) => Ok(Some(TensorId(index))),
        Some(Err(reason)) => Err(format!("tensor {index}: {reason}")),
        None => Err(format!(
            "it names tensor {index}, and there are {}",
            tensors.len()
        )),
    }
}
