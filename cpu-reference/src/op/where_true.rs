//! WHERE: the coordinates of the elements that are not zero.

use demilite_core::op::where_true::truths;
use demilite_core::{NodeContext, Shape, op};
use demilite_executor::{KernelIo, Prepared};

/// The coordinates, one after the other, of the true elements of a tensor of shape `shape`.
pub fn coordinates(truths: &[bool], shape: &Shape) -> Vec<i64> {
    let strides = shape.strides();
    let places = truths.iter().enumerate().filter(|&(_, &truth)| truth);
    let coordinates = places.flat_map(|(place, _)| {
        let dimensions = std::iter::zip(&strides, shape.iter());
        dimensions.map(move |(&stride, &extent)| (place / stride % extent) as i64)
    });
    coordinates.collect()
}

pub(crate) fn prepare(_: &op::Where, node: &NodeContext<'_>) -> Prepared {
    let shape = node.shape(0)?.clone();
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let coordinates = coordinates(&truths(io.view(0)?)?, &shape);
        io.output()?.copy_from_slice(&coordinates);
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_in_the_order_of_the_elements() {
        let truths = [false, true, true, false, false, true];
        assert_eq!(
            coordinates(&truths, &Shape::from([2, 3])),
            [0, 1, 0, 2, 1, 2]
        );
    }
}
