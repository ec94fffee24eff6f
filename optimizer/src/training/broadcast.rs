//! Tensors of which each element comes from one of each operand, which may be smaller.

use demilite_core::{NodeContext, OpError, Shape};

/// Where the elements of two operands go.
#[derive(Debug, Clone)]
pub(super) struct Broadcast {
    /// For each operand the element that each of the output comes from; `None` where it is the same.
    places: [Option<Vec<usize>>; 2],
}

impl Broadcast {
    /// That of the first two inputs of a node.
    pub(super) fn of(node: &NodeContext<'_>) -> Result<Self, OpError> {
        let [left, right] = [node.shape(0)?, node.shape(1)?];
        let output = left.broadcast(right)?;
        let places = |operand: &Shape| (*operand != output).then(|| places(operand, &output));
        Ok(Broadcast {
            places: [places(left), places(right)],
        })
    }

    /// Calls `visit` with the places in both operands of each element of the output, in order.
    pub(super) fn for_each(&self, elements: usize, mut visit: impl FnMut(usize, usize, usize)) {
        let place = |operand: usize, element: usize| match &self.places[operand] {
            Some(places) => places[element],
            None => element,
        };
        for element in 0..elements {
            visit(element, place(0, element), place(1, element));
        }
    }

    /// Writes a function of both operands.
    pub(super) fn forward(
        &self,
        inputs: &[&[f32]],
        output: &mut [f32],
        function: impl Fn(f32, f32) -> f32,
    ) {
        self.for_each(output.len(), |element, left, right| {
            output[element] = function(inputs[0][left], inputs[1][right]);
        });
    }

    /// Adds to the elements of an operand the gradient of what they became, times what `slope` says of both operands.
    pub(super) fn backward(
        &self,
        index: usize,
        (inputs, gradient): (&[&[f32]], &[f32]),
        sums: &mut [f32],
        slope: impl Fn(f32, f32) -> f32,
    ) {
        self.for_each(gradient.len(), |element, left, right| {
            let slope = slope(inputs[0][left], inputs[1][right]);
            sums[[left, right][index]] += gradient[element] * slope;
        });
    }
}

/// For each element of the output that of a smaller operand.
fn places(operand: &Shape, output: &Shape) -> Vec<usize> {
    let extents = operand.extended(output.rank());
    let mut steps = vec![0; extents.len()];
    let mut step = 1;
    for (axis, extent) in extents.iter().enumerate().rev() {
        if *extent > 1 {
            steps[axis] = step;
        }
        step *= extent;
    }
    let mut places = vec![0];
    for (&extent, step) in std::iter::zip(output.iter(), steps) {
        let rows = places.iter();
        places = rows
            .flat_map(|place| (0..extent).map(move |index| place + index * step))
            .collect();
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_operands_are_met_again() {
        let places = |operand: &[usize], output: &[usize]| {
            super::places(&Shape::new(operand), &Shape::new(output))
        };
        assert_eq!(places(&[3], &[2, 3]), [0, 1, 2, 0, 1, 2]);
        assert_eq!(places(&[2, 1], &[2, 3]), [0, 0, 0, 1, 1, 1]);
        assert_eq!(places(&[], &[1, 2]), [0, 0]);
        assert_eq!(places(&[2, 1, 2], &[2, 2, 2]), [0, 1, 0, 1, 2, 3, 2, 3]);
    }
}
