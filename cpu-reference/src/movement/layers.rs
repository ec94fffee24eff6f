//! The layers of a tensor along an axis, which PACK fills and UNPACK reads.

use demilite_core::Shape;

use crate::movement::elements::Places;

/// For each index along `axis` of a tensor of shape `shape`, the places of the elements there.
pub fn places(shape: &Shape, axis: usize, element_bytes: usize) -> Vec<Places> {
    let strides = shape.strides();
    let mut extents = shape.to_vec();
    let count = std::mem::replace(&mut extents[axis], 1);
    let at = |place| {
        Places::new(&extents, element_bytes, |dimension, index| {
            let skipped = if dimension == axis { place } else { 0 };
            (skipped + index) * strides[dimension]
        })
    };
    (0..count).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_alternate_along_an_inner_axis() {
        let mut output = [0; 6];
        for (places, input) in places(&Shape::from([3, 2]), 1, 1)
            .iter()
            .zip([[1, 2, 3], [4, 5, 6]])
        {
            places.put(&input, &mut output);
        }
        assert_eq!(output, [1, 4, 2, 5, 3, 6]);
    }
}
