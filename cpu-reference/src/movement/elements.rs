//! Moves of elements: most ops of layout take each element of their output from one place of an
//! input, or put each element of an input into one place of their output, whatever the elements are.
//!
//! The place is a sum: each dimension's index adds its own offset. That covers permutations, strides
//! of either sign, repetition (offsets that return), mirrors and blocks.

use demilite_core::{DataType, NodeContext, OpError, Reject, Shape, Tensor};
use demilite_executor::{Kernel, KernelIo, Unprepared};

use crate::movement::strings::{PLACE_BYTES, moves_strings};

/// Places within one tensor of the elements of another, dense one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// For each dimension of the dense tensor, the bytes that each index adds.
    axes: Vec<Vec<usize>>,
    /// Bytes that follow one another in both tensors.
    run: usize,
}

impl Places {
    /// The places of the elements of a dense tensor of shape `extents`, where index `index` of
    /// dimension `axis` adds `offset(axis, index)` elements.
    pub fn new(
        extents: &[usize],
        element_bytes: usize,
        offset: impl Fn(usize, usize) -> usize,
    ) -> Self {
        // A tensor without elements may have extents too large to write down.
        if extents.contains(&0) {
            let axes = vec![Vec::new()];
            return Places { axes, run: 1 };
        }
        let mut axes: Vec<Vec<usize>> = extents
            .iter()
            .enumerate()
            .map(|(axis, &extent)| (0..extent).map(|index| offset(axis, index)).collect())
            .collect();
        let mut run = 1;
        let is_run = |offsets: &Vec<usize>, run: usize| {
            let mut indexed = offsets.iter().enumerate();
            indexed.all(|(index, &offset)| offset == index * run)
        };
        while let Some(innermost) = axes.pop_if(|offsets| is_run(offsets, run)) {
            run *= innermost.len();
        }
        for offset in axes.iter_mut().flatten() {
            *offset *= element_bytes;
        }
        run *= element_bytes;
        Places { axes, run }
    }

    /// The places that a tensor of shape `from` has within one of shape `to` that it broadcasts to.
    pub fn broadcast(from: &Shape, to: &Shape, element_bytes: usize) -> Self {
        let from = Shape::new(from.extended(to.rank()));
        let strides = from.strides();
        Places::new(to, element_bytes, |axis, index| match from[axis] {
            1 => 0,
            _ => index * strides[axis],
        })
    }

    /// Takes each element of the dense `output` from its place in `input`.
    pub fn take(&self, input: &[u8], output: &mut [u8]) {
        visit(&self.axes, (0, 0), output.len(), &mut |dense, place| {
            output[dense..][..self.run].copy_from_slice(&input[place..][..self.run]);
        });
    }

    /// Puts each element of the dense `input` into its place in `output`.
    pub fn put(&self, input: &[u8], output: &mut [u8]) {
        visit(&self.axes, (0, 0), input.len(), &mut |dense, place| {
            output[place..][..self.run].copy_from_slice(&input[dense..][..self.run]);
        });
    }
}

/// Calls `function` with the dense position and the place of each run of a dense tensor of `bytes`
/// bytes, or of the part of it that lies at `(dense, place)`.
fn visit(
    axes: &[Vec<usize>],
    (dense, place): (usize, usize),
    bytes: usize,
    function: &mut impl FnMut(usize, usize),
) {
    let Some((offsets, inner)) = axes.split_first() else {
        return function(dense, place);
    };
    let step = bytes.checked_div(offsets.len()).unwrap_or(0);
    for (index, &offset) in offsets.iter().enumerate() {
        visit(
            inner,
            (dense + index * step, place + offset),
            step,
            function,
        );
    }
}

/// A kernel that takes each output from places of one input.
pub(crate) struct Take {
    /// Which input.
    pub(crate) input: usize,
    /// The places of each output's elements.
    pub(crate) places: Vec<Places>,
}

impl Kernel for Take {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let input = io.view(self.input)?.bytes();
        for (places, output) in self.places.iter().zip(io.outputs.iter_mut()) {
            places.take(input, output.bytes_mut());
        }
        Ok(())
    }
}

impl Take {
    /// A kernel that takes the only output from the first input.
    pub(crate) fn boxed(places: Places) -> Box<dyn Kernel> {
        Box::new(Take {
            input: 0,
            places: vec![places],
        })
    }
}

/// Bytes of an element of some inputs and of every output, which all have one type; of strings, where the op
/// moves them, those of the number that stands for one.
pub(crate) fn element_bytes(
    node: &NodeContext<'_>,
    inputs: impl IntoIterator<Item = usize>,
) -> Result<usize, Unprepared> {
    let dtype = node.output(0).dtype;
    let outputs = 0..node.node().outputs.len();
    let mut is_one_type = outputs
        .into_iter()
        .all(|index| node.output(index).dtype == dtype);
    for index in inputs {
        is_one_type &= node.required(index)?.dtype == dtype;
    }
    let strings = moves_strings(node).then_some(PLACE_BYTES);
    strings
        .or_else(|| element_bytes_of(dtype))
        .filter(|_| is_one_type)
        .ok_or_else(|| Unprepared::types(node))
}

/// Bytes of an element of a type whose elements take whole ones.
pub(crate) fn element_bytes_of(dtype: DataType) -> Option<usize> {
    let bits = dtype.bits().filter(|bits| bits.is_multiple_of(8))?;
    Some(bits / 8)
}

/// Checks that an input and every output share their scale and zero point, where their type is one of
/// quantized activations; wider integers stand for themselves, whatever the file adds.
pub(crate) fn expect_same_quantization(
    node: &NodeContext<'_>,
    input: usize,
) -> Result<(), Unprepared> {
    if !matches!(
        node.output(0).dtype,
        DataType::Int8 | DataType::UInt8 | DataType::Int16
    ) {
        return Ok(());
    }
    let parameters = |tensor: &Tensor| {
        let quantization = tensor.quantization.as_ref();
        quantization.and_then(|quantization| quantization.as_per_tensor())
    };
    let expected = parameters(node.required(input)?);
    let mut outputs = 0..node.node().outputs.len();
    if outputs.all(|index| parameters(node.output(index)) == expected) {
        return Ok(());
    }
    Err(Reject::invalid(format!(
        "its input {input} needs the scale and zero point of its output"
    ))
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_change_places() {
        let places = Places::new(&[3, 2], 1, |axis, index| index * [1, 3][axis]);
        let mut output = [0; 6];
        places.take(&[1, 2, 3, 4, 5, 6], &mut output);
        assert_eq!(output, [1, 4, 2, 5, 3, 6]);
        let mut back = [0; 6];
        places.put(&output, &mut back);
        assert_eq!(back, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn what_follows_one_another_is_one_run() {
        let strides = [6, 3, 1];
        let dense = Places::new(&[2, 2, 3], 4, |axis, index| index * strides[axis]);
        assert_eq!((dense.axes.len(), dense.run), (0, 48));
        let rows = Places::new(&[2, 1, 3], 4, |axis, index| index * strides[axis]);
        assert_eq!((rows.axes, rows.run), (vec![vec![0, 24]], 12));
    }

    #[test]
    fn elements_of_any_size_stay_whole() {
        let places = Places::new(&[2], 2, |_, index| 1 - index);
        let mut output = [0; 4];
        places.take(&[1, 2, 3, 4], &mut output);
        assert_eq!(output, [3, 4, 1, 2]);
    }

    #[test]
    fn tensors_without_elements_have_no_places() {
        let places = Places::new(&[usize::MAX, 0], 8, |_, index| index);
        places.take(&[], &mut []);
        let scalar = Places::new(&[], 4, |_, _| 0);
        let mut output = [0; 4];
        scalar.take(&[1, 2, 3, 4], &mut output);
        assert_eq!(output, [1, 2, 3, 4]);
    }

    #[test]
    fn extents_of_one_stretch() {
        let places = Places::broadcast(&Shape::from([2, 1]), &Shape::from([2, 2, 3]), 1);
        let mut output = [0; 12];
        places.take(&[7, 8], &mut output);
        assert_eq!(output, [7, 7, 7, 8, 8, 8, 7, 7, 7, 8, 8, 8]);
    }
}
