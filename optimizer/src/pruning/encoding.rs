//! Weights that are stored without their zeros.

use demilite_core::op::Densify;
use demilite_core::{
    Constant, GraphError, ModelParts, Node, Op, SparseDimension, Sparsity, Tensor, TensorId,
};

use super::structure::Structure;
use crate::soundness::reals;

/// Stores weights without their zeros where that is smaller; whether it is. FULLY_CONNECTED reads them as they are, and for other ops
/// a DENSIFY puts the zeros back when the model is loaded.
pub(super) fn encode(
    parts: &mut ModelParts,
    graph: usize,
    tensor: TensorId,
    structure: Structure,
) -> Result<bool, GraphError> {
    let dense = parts.graphs[graph].tensor(tensor).clone();
    let Some(sparse) = sparse(&dense, structure) else {
        return Ok(false);
    };
    parts.edit(graph, |editor| {
        let readers = editor.consumers(tensor);
        let reads_as_it_is = readers
            .iter()
            .all(|&reader| matches!(editor.node(reader).op, Op::FullyConnected(_)));
        if reads_as_it_is || readers.is_empty() {
            *editor.tensor_mut(tensor) = sparse;
            return;
        }
        let stored = editor.add_tensor(Tensor {
            name: format!("{}_sparse", dense.name),
            ..sparse
        });
        let computed = editor.tensor_mut(tensor);
        computed.constant = None;
        let densify = Node::new(Op::Densify(Densify), [Some(stored)], [tensor]);
        editor.insert_before(readers[0], densify);
    })?;
    Ok(true)
}

/// A constant without its zeros; `None` where it is no smaller so.
fn sparse(dense: &Tensor, structure: Structure) -> Option<Tensor> {
    let weights = reals(dense)?;
    let columns = *dense.shape.last()?;
    let block = match structure {
        Structure::Blocks { height: 1, width } if columns.is_multiple_of(width) => width,
        _ => 1,
    };
    let sparsity = Sparsity::compressed_rows(&dense.shape, block, |place| weights[place] == 0.0)?;
    let positions = sparsity.dense_positions(&dense.shape).ok()?;
    let stored = positions
        .iter()
        .flat_map(|&place| weights[place].to_le_bytes());
    let stored: Vec<u8> = stored.collect();
    let is_smaller = stored.len() + index_bytes(&sparsity) < size_of_val(weights);
    is_smaller.then(|| Tensor {
        constant: Some(Constant::copied(&stored)),
        sparsity: Some(sparsity),
        ..dense.clone()
    })
}

/// Bytes of the lists of indices, in the narrowest integers that hold each.
fn index_bytes(sparsity: &Sparsity) -> usize {
    let bytes = |list: &[usize]| {
        let greatest = list.iter().copied().max().unwrap_or(0);
        list.len()
            * (if greatest <= 255 {
                1
            } else if greatest <= 65_535 {
                2
            } else {
                4
            })
    };
    let levels = sparsity.dimensions.iter().map(|level| match level {
        SparseDimension::Dense { .. } => 0,
        SparseDimension::SparseCsr { segments, indices } => bytes(segments) + bytes(indices),
    });
    levels.sum()
}
