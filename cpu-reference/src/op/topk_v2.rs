//! TOPK_V2: the largest elements of each row, and where they are.

use std::cmp::Ordering;

use demilite_core::{DataType, Element, NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared, Unprepared, output_shape};

/// The places of the `k` largest elements of a row, the largest first; of equal ones, the first.
///
/// Floats that are NaN come behind all others.
pub fn largest<T: PartialOrd>(row: &[T], k: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..row.len()).collect();
    let is_nan = |value: &T| value.partial_cmp(value).is_none();
    // The sort is stable, so that equal elements stay in order.
    places.sort_by(|&a, &b| {
        let (a, b) = (&row[a], &row[b]);
        b.partial_cmp(a)
            .unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
            .then(Ordering::Equal)
    });
    places.truncate(k);
    places
}

fn typed<T: Element + PartialOrd>(row: usize, k: usize) -> Prepared {
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        if row == 0 || k == 0 {
            return Ok(());
        }
        let input = io.input::<T>(0)?;
        let rows = input.chunks_exact(row).map(|values| largest(values, k));
        let places: Vec<Vec<usize>> = rows.collect();
        let [values, indices] = &mut io.outputs[..] else {
            return Err(OpError::rule("it has no output for indices"));
        };
        let outputs = values.as_mut_slice::<T>()?.chunks_exact_mut(k);
        for ((output, row), places) in outputs.zip(input.chunks_exact(row)).zip(&places) {
            for (output, &place) in output.iter_mut().zip(places) {
                *output = row[place];
            }
        }
        let places = places.iter().flatten();
        match indices.dtype() {
            DataType::Int16 => {
                let indices = indices.as_mut_slice::<i16>()?;
                indices
                    .iter_mut()
                    .zip(places)
                    .for_each(|(index, &place)| *index = place as i16);
            }
            _ => {
                let indices = indices.as_mut_slice::<i32>()?;
                indices
                    .iter_mut()
                    .zip(places)
                    .for_each(|(index, &place)| *index = place as i32);
            }
        }
        Ok(())
    }))
}

pub(crate) fn prepare(_: &op::TopkV2, node: &NodeContext<'_>) -> Prepared {
    let dtype = node.output(0).dtype;
    if node.required(0)?.dtype != dtype {
        return Err(Unprepared::types(node));
    }
    let row = node.shape(0)?.last().copied().unwrap_or(1);
    let k = output_shape(node, 0)?.last().copied().unwrap_or(1);
    match dtype {
        DataType::Float32 => typed::<f32>(row, k),
        DataType::Int8 => typed::<i8>(row, k),
        DataType::UInt8 => typed::<u8>(row, k),
        DataType::Int16 => typed::<i16>(row, k),
        DataType::Int32 => typed::<i32>(row, k),
        DataType::Int64 => typed::<i64>(row, k),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_elements_stay_in_order() {
        assert_eq!(largest(&[3, 7, 3, 7, 1], 3), [1, 3, 0]);
        assert_eq!(largest(&[0.0, -0.0, 1.0], 3), [2, 0, 1]);
    }

    #[test]
    fn nan_comes_last() {
        assert_eq!(largest(&[f32::NAN, -1.0, f32::NAN, 2.0], 4), [3, 1, 0, 2]);
    }
}
