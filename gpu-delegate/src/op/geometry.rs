//! Dimensions, merged where a kernel can walk over them in one.

use demilite_core::Reject;

/// Rows of a params struct's dimensions, from `dims` (outermost first) to innermost first; `MOST` of them at most.
pub(super) fn rows<const MOST: usize>(
    dims: Vec<[usize; 4]>,
) -> Result<([[u32; 4]; MOST], u32), Reject> {
    if dims.len() > MOST {
        return Err(Reject::unsupported(format!(
            "{} dimensions that do not merge, and {MOST} are the most",
            dims.len()
        )));
    }
    let mut rows = [[1, 0, 0, 0]; MOST];
    for (row, dim) in rows.iter_mut().zip(dims.iter().rev()) {
        *row = dim.map(|value| value as u32);
    }
    Ok((rows, dims.len() as u32))
}

/// Merges neighbours of `dims` (outermost first) with `merge`, which gets the outer and the inner one.
pub(super) fn merged<T: Copy>(
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

/// The steps of a tensor of shape `shape` broadcast to `output`, both of the same rank: 0 where it repeats.
pub(super) fn broadcast_steps(shape: &[usize], output: &[usize]) -> Vec<usize> {
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
