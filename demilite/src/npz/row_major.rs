//! The elements of an array with the innermost dimension fastest, whatever the order in the file.

use std::io::{self, Read};

use demilite_core::Shape;
use npyz::{NpyFile, Order};

/// The shape that a header states.
pub(super) fn shape<R: Read>(array: &NpyFile<R>) -> io::Result<Shape> {
    let extents = array.shape().iter().map(|&extent| usize::try_from(extent));
    let extents: Vec<usize> = extents
        .collect::<Result<_, _>>()
        .map_err(|error| invalid(error.to_string()))?;
    Ok(Shape::new(extents))
}

/// In which order the elements of an array are.
pub(super) fn order<R: Read>(array: &NpyFile<R>) -> Order {
    array.order()
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// What `convert` makes of the elements. Memory grows with what the file delivers, not with what its header promises.
pub(super) fn row_major<T, R, E>(
    array: NpyFile<R>,
    convert: impl Fn(T) -> E,
) -> io::Result<(Shape, Vec<E>)>
where
    T: npyz::Deserialize,
    R: Read,
    E: Clone,
{
    let shape = shape(&array)?;
    let Some(count) = shape.checked_elements() else {
        return Err(invalid(format!(
            "shape {shape} is larger than can be addressed"
        )));
    };
    let order = array.order();
    let reader = array
        .data::<T>()
        .map_err(|error| invalid(error.to_string()))?;
    let mut elements: Vec<E> = Vec::new();
    for element in reader.take(count) {
        if elements.len() == elements.capacity() {
            let more = elements.len().max(64).min(count);
            let reserved = elements.try_reserve(more);
            reserved.map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        }
        elements.push(convert(element?));
    }
    if elements.len() != count {
        let found = elements.len();
        return Err(invalid(format!(
            "{found} elements where shape {shape} has {count}"
        )));
    }
    let elements = reordered(&shape, order, elements);
    Ok((shape, elements))
}

/// Elements with the innermost dimension fastest, of which there are as many as the shape has.
pub(super) fn reordered<E: Clone>(shape: &Shape, order: Order, elements: Vec<E>) -> Vec<E> {
    if order == Order::C || shape.rank() < 2 {
        return elements;
    }
    let reversed: Shape = shape.iter().rev().copied().collect();
    let file_strides: Vec<usize> = reversed.strides().into_iter().rev().collect();
    let strides = shape.strides();
    let place = |index: usize| {
        let axes = strides.iter().zip(shape.iter()).zip(&file_strides);
        axes.map(|((stride, extent), file_stride)| index / stride % extent * file_stride)
            .sum::<usize>()
    };
    let count = elements.len();
    (0..count)
        .map(|index| elements[place(index)].clone())
        .collect()
}
