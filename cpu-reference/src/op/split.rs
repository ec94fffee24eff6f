//! SPLIT and SPLIT_V: a tensor cut into pieces along an axis.

use demilite_core::op::{self, split::Cut};
use demilite_core::{NodeContext, Shape};
use demilite_executor::Prepared;

use crate::movement::elements::{Places, Take, element_bytes};

/// The places of each piece's elements in an input of shape `shape`.
pub fn places(shape: &Shape, cut: &Cut, element_bytes: usize) -> Vec<Places> {
    let strides = shape.strides();
    let mut start = 0;
    let piece = |&length: &usize| {
        let before = start;
        start += length;
        let mut extents = shape.to_vec();
        extents[cut.axis] = length;
        Places::new(&extents, element_bytes, |axis, index| {
            let skipped = if axis == cut.axis { before } else { 0 };
            (skipped + index) * strides[axis]
        })
    };
    cut.lengths.iter().map(piece).collect()
}

pub(crate) fn prepare(op: &op::Split, node: &NodeContext<'_>) -> Prepared {
    let input = op.tensor_input();
    let bytes = element_bytes(node, [input])?;
    let places = places(node.shape(input)?, &op.cut(node)?, bytes);
    Ok(Box::new(Take { input, places }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_follow_one_another() {
        let cut = Cut {
            axis: 1,
            lengths: vec![1, 0, 2],
        };
        let pieces = places(&Shape::from([2, 3]), &cut, 1);
        let mut first = [0; 2];
        let mut last = [0; 4];
        pieces[0].take(&[1, 2, 3, 4, 5, 6], &mut first);
        pieces[1].take(&[1, 2, 3, 4, 5, 6], &mut []);
        pieces[2].take(&[1, 2, 3, 4, 5, 6], &mut last);
        assert_eq!((first, last), ([1, 4], [2, 3, 5, 6]));
    }
}
