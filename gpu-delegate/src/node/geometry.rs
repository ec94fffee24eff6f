//! Dimensions, merged where a kernel can walk over them in one.

use demilite_core::{Reject, Shape};
use demilite_shaders::QUAD_ELEMENTS;

use super::check::word;

/// Rows of a params struct's dimensions, from `dims` (outermost first) to innermost first; `MOST` of them at most.
pub(crate) fn rows<const MOST: usize>(
    dims: Vec<[usize; 4]>,
) -> Result<([[u32; 4]; MOST], u32), Reject> {
    if dims.len() > MOST {
        return Err(Reject::unsupported(format!(
            "{} dimensions that do not merge, and the maximum is {MOST}",
            dims.len()
        )));
    }
    let mut rows = [[1, 0, 0, 0]; MOST];
    for (row, dim) in rows.iter_mut().zip(dims.iter().rev()) {
        for (element, &size) in row.iter_mut().zip(dim) {
            *element = word(size)?;
        }
    }
    Ok((rows, word(dims.len())?))
}

/// Merges neighbours of `dims` (outermost first) with `merge`, which gets the outer and the inner one.
pub(crate) fn merged<T: Copy>(
    dims: impl IntoIterator<Item = T>,
    merge: impl Fn(T, T) -> Option<T>,
) -> Vec<T> {
    let mut result: Vec<T> = Vec::new();
    for dim in dims {
        match result.last_mut() {
            Some(outer) => match merge(*outer, dim) {
                Some(both) => *outer = both,
                None => result.push(dim),
            },
            None => result.push(dim),
        }
    }
    result
}

/// Extent, and the steps of up to three operands that broadcast, of each dimension of `output`, outermost first, merged.
pub(crate) fn broadcast_dims(operands: &[&Shape], output: &Shape) -> Vec<[usize; 4]> {
    let rank = output.rank();
    // A single element has its place whatever the ranks are.
    let steps = |shape: &&Shape| match shape.elements() {
        1 => vec![0; rank],
        _ => broadcast_steps(&shape.extended(rank), output),
    };
    let steps: Vec<Vec<usize>> = operands.iter().map(steps).collect();
    let dims = (0..rank).filter(|&dim| output[dim] != 1).map(|dim| {
        let step = |operand: usize| steps.get(operand).map_or(0, |steps| steps[dim]);
        [output[dim], step(0), step(1), step(2)]
    });
    merged(dims, |outer, inner| {
        let merges = (1..4).all(|operand| outer[operand] == inner[operand] * inner[0]);
        merges.then_some([outer[0] * inner[0], inner[1], inner[2], inner[3]])
    })
}

/// Whether dispatches over `dims` take four elements at a time, and whether they read four of each operand.
pub(crate) fn broadcast_quads(dims: &[[usize; 4]]) -> (bool, [bool; 3]) {
    let [extent, steps @ ..] = dims.last().copied().unwrap_or([1; 4]);
    let quads = dims.len() <= 1 || extent.is_multiple_of(QUAD_ELEMENTS);
    (quads, steps.map(|step| quads && step == 1))
}

/// The steps of a tensor of shape `shape` broadcast to `output`, both of the same rank: 0 where it repeats.
pub(crate) fn broadcast_steps(shape: &[usize], output: &[usize]) -> Vec<usize> {
    let mut step = 1;
    let mut steps = vec![0; shape.len()];
    for dim in (0..shape.len()).rev() {
        if shape[dim] == output[dim] {
            steps[dim] = step;
        }
        step *= shape[dim];
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_shapes_merge_to_one_dimension() {
        let shape = Shape::from([2, 3, 5, 7]);
        assert_eq!(broadcast_dims(&[&shape, &shape], &shape), [[210, 1, 1, 0]]);
    }

    #[test]
    fn a_channel_vector_keeps_two_dimensions() {
        let (output, vector) = (Shape::from([2, 3, 5, 7]), Shape::from([7]));
        assert_eq!(
            broadcast_dims(&[&output, &vector], &output),
            [[30, 7, 0, 0], [7, 1, 1, 0]]
        );
    }

    #[test]
    fn scalars_have_no_steps() {
        let (output, scalar) = (Shape::from([3, 5]), Shape::from([1, 1]));
        assert_eq!(
            broadcast_dims(&[&scalar, &output], &output),
            [[15, 0, 1, 0]]
        );
    }
}
