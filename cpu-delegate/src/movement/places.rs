//! Places within one tensor of the elements of another, dense one. Each is a sum, to which the index of each dimension adds: that
//! covers permutations, strides of either sign, mirrors and blocks.

use std::iter::zip;

use demilite_core::{OpError, Shape};
use demilite_executor::{Kernel, KernelIo};

/// Places of elements, those that follow one another in both tensors together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    /// For each dimension of the dense tensor, outermost first, the bytes that each index adds.
    axes: Vec<Vec<usize>>,
    /// Bytes before the first of the places.
    start: usize,
    /// Bytes that follow one another in both tensors.
    run: usize,
}

/// Rows of fewer runs are joined with others.
const ROW: usize = 1024;

/// Calls `$move::<N>` where a run has `N` bytes, one of these, and `$otherwise` where it has any other number.
macro_rules! by_size {
    ($run:expr, [$($bytes:literal),+], $move:ident $arguments:tt, $otherwise:expr) => {
        match $run {
            $($bytes => $move::<$bytes> $arguments,)+
            _ => $otherwise,
        }
    };
}

impl Places {
    /// The places of the elements of a dense tensor of shape `extents`, where index `index` of dimension `axis` adds
    /// `offset(axis, index)` elements.
    pub(crate) fn new(
        extents: &[usize],
        element_bytes: usize,
        offset: impl Fn(usize, usize) -> usize,
    ) -> Self {
        // A tensor without elements may have extents too large to write down.
        if extents.contains(&0) {
            return Places {
                axes: vec![Vec::new()],
                start: 0,
                run: 1,
            };
        }
        let mut axes: Vec<Vec<usize>> = Vec::new();
        let mut start = 0;
        for (axis, &extent) in extents.iter().enumerate() {
            let offsets = (0..extent).map(|index| offset(axis, index) * element_bytes);
            let mut offsets: Vec<usize> = offsets.collect();
            let least = offsets.iter().copied().min().unwrap_or(0);
            offsets.iter_mut().for_each(|offset| *offset -= least);
            start += least;
            axes.push(offsets);
        }
        let mut run = element_bytes;
        let follows = |offsets: &Vec<usize>, run: usize| {
            let mut offsets = offsets.iter().enumerate();
            offsets.all(|(index, &offset)| offset == index * run)
        };
        while let Some(innermost) = axes.pop_if(|offsets| follows(offsets, run)) {
            run *= innermost.len();
        }
        while let [.., outer, inner] = &axes[..]
            && outer.len() * inner.len() <= ROW
        {
            let rows = outer.iter();
            let joined = rows.flat_map(|row| inner.iter().map(move |offset| row + offset));
            let joined = joined.collect();
            axes.truncate(axes.len() - 2);
            axes.push(joined);
        }
        Places { axes, start, run }
    }

    /// Takes each element of the dense `output` from its place in `input`.
    pub(crate) fn take(&self, input: &[u8], output: &mut [u8]) {
        self.each_row(output.len(), &mut |dense, length, place, offsets| {
            let (input, output) = (&input[place..], &mut output[dense..][..length]);
            by_size!(
                self.run,
                [1, 2, 4, 8, 12, 16, 24, 32, 64],
                take_row(input, output, offsets),
                for (output, &offset) in zip(output.chunks_exact_mut(self.run), offsets) {
                    output.copy_from_slice(&input[offset..][..self.run]);
                }
            );
        });
    }

    /// Puts each element of the dense `input` into its place in `output`.
    pub(crate) fn put(&self, input: &[u8], output: &mut [u8]) {
        self.each_row(input.len(), &mut |dense, length, place, offsets| {
            let (input, output) = (&input[dense..][..length], &mut output[place..]);
            by_size!(
                self.run,
                [1, 2, 4, 8, 12, 16, 24, 32, 64],
                put_row(input, output, offsets),
                for (input, &offset) in zip(input.chunks_exact(self.run), offsets) {
                    output[offset..][..self.run].copy_from_slice(input);
                }
            );
        });
    }

    /// Calls `function` with each row of a dense tensor of `bytes` bytes: its position, its length, the place that the offsets of its
    /// runs begin at, and these offsets.
    fn each_row(&self, bytes: usize, function: &mut impl FnMut(usize, usize, usize, &[usize])) {
        match self.axes.split_last() {
            Some((row, outer)) => visit(outer, row, (0, self.start), bytes, function),
            None => function(0, bytes, self.start, &[0]),
        }
    }
}

fn visit(
    outer: &[Vec<usize>],
    row: &[usize],
    (dense, place): (usize, usize),
    bytes: usize,
    function: &mut impl FnMut(usize, usize, usize, &[usize]),
) {
    let Some((offsets, inner)) = outer.split_first() else {
        return function(dense, bytes, place, row);
    };
    let step = bytes.checked_div(offsets.len()).unwrap_or(0);
    for (index, &offset) in offsets.iter().enumerate() {
        let start = (dense + index * step, place + offset);
        visit(inner, row, start, step, function);
    }
}

fn take_row<const N: usize>(input: &[u8], output: &mut [u8], offsets: &[usize]) {
    let (output, _) = output.as_chunks_mut::<N>();
    for (output, &offset) in zip(output, offsets) {
        output.copy_from_slice(&input[offset..][..N]);
    }
}

fn put_row<const N: usize>(input: &[u8], output: &mut [u8], offsets: &[usize]) {
    let (input, _) = input.as_chunks::<N>();
    for (input, &offset) in zip(input, offsets) {
        output[offset..][..N].copy_from_slice(input);
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
        for (places, output) in zip(&self.places, io.outputs.iter_mut()) {
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

/// A kernel that puts each input into places of the only output.
pub(crate) struct Put {
    /// The places of each input's elements.
    pub(crate) places: Vec<Places>,
}

impl Kernel for Put {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        for (index, places) in self.places.iter().enumerate() {
            let input = io.view(index)?.bytes();
            places.put(input, io.outputs[0].bytes_mut());
        }
        Ok(())
    }
}

/// For each index along `axis` of a tensor of shape `shape`, the places of the elements there.
pub(crate) fn layers(shape: &Shape, axis: usize, element_bytes: usize) -> Vec<Places> {
    let lengths = vec![1; shape[axis]];
    pieces(shape, axis, &lengths, element_bytes)
}

/// The places of the pieces of a tensor of shape `shape` that follow one another along `axis`.
pub(crate) fn pieces(
    shape: &Shape,
    axis: usize,
    lengths: &[usize],
    element_bytes: usize,
) -> Vec<Places> {
    let strides = shape.strides();
    let mut start = 0;
    let piece = |&length: &usize| {
        let before = start;
        start += length;
        let mut extents = shape.to_vec();
        extents[axis] = length;
        Places::new(&extents, element_bytes, |dimension, index| {
            let skipped = if dimension == axis { before } else { 0 };
            (skipped + index) * strides[dimension]
        })
    };
    lengths.iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn elements_come_from_their_places_and_go_back(
            extents in prop::collection::vec(1..6_usize, 0..4),
            element_bytes in prop_oneof![Just(1_usize), Just(2), Just(4), Just(8), Just(3)],
            is_reversed in any::<bool>(),
        ) {
            let shape = Shape::new(extents.clone());
            let mut strides = shape.strides().to_vec();
            let mut turned = extents.clone();
            if is_reversed {
                strides.reverse();
                turned.reverse();
            }
            let places = Places::new(&turned, element_bytes, |axis, index| index * strides[axis]);
            let count = shape.elements();
            let input: Vec<u8> = (0..count * element_bytes).map(|index| index as u8).collect();
            let mut output = vec![0; input.len()];
            places.take(&input, &mut output);
            for (dense, element) in output.chunks_exact(element_bytes).enumerate() {
                let (mut rest, mut place) = (dense, 0);
                for (&extent, &stride) in turned.iter().zip(&strides).rev() {
                    place += rest % extent * stride;
                    rest /= extent;
                }
                prop_assert_eq!(element, &input[place * element_bytes..][..element_bytes]);
            }
            let mut back = vec![0; input.len()];
            places.put(&output, &mut back);
            prop_assert_eq!(back, input);
        }
    }

    #[test]
    fn tensors_without_elements_have_no_places() {
        Places::new(&[usize::MAX, 0], 8, |_, index| index).take(&[], &mut []);
    }
}
