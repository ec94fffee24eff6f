//! HASHTABLE_LOOKUP: rows of a table by their keys.
//!
//! As LiteRT's `kernels/hashtable_lookup.cc`: the keys are halved until the one that is looked up is found, so that of
//! keys in no order some are not.

use demilite_core::{DataType, NodeContext, OpError, Value, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::movement::elements::element_bytes_of;

/// Where a key is among others. Keys are compared by their difference, which wraps.
pub fn place(keys: &[i32], key: i32) -> Option<usize> {
    let (mut first, mut end) = (0, keys.len());
    while first < end {
        let middle = (first + end) / 2;
        match key.wrapping_sub(keys[middle]) {
            0 => return Some(middle),
            ..0 => end = middle,
            1.. => first = middle + 1,
        }
    }
    None
}

pub(crate) fn prepare(_: &op::HashtableLookup, node: &NodeContext<'_>) -> Prepared {
    let dtype = node.required(2)?.dtype;
    let types = [
        node.required(0)?.dtype,
        node.required(1)?.dtype,
        node.output(0).dtype,
        node.output(1).dtype,
    ];
    let is_list = dtype != DataType::String || node.shape(2)?.rank() == 1;
    let is_moved = dtype == DataType::String || element_bytes_of(dtype).is_some();
    let expected = [DataType::Int32, DataType::Int32, dtype, DataType::UInt8];
    if types != expected || !is_list || !is_moved {
        return Err(Unprepared::types(node));
    }
    Ok(Box::new(|io: &mut KernelIo<'_>| {
        let (lookups, keys) = (io.input::<i32>(0)?, io.input::<i32>(1)?);
        let table = io.view(2)?;
        let places = lookups.iter().map(|&key| place(keys, key));
        let places: Vec<Option<usize>> = places.collect();
        let [found, hits] = &mut io.outputs[..] else {
            return Err(OpError::rule("it has two outputs"));
        };
        for (hit, place) in hits.as_mut_slice::<u8>()?.iter_mut().zip(&places) {
            *hit = u8::from(place.is_some());
        }
        if let Ok(strings) = table.strings() {
            let rows = places
                .iter()
                .map(|place| place.and_then(|place| strings.get(place)));
            let rows =
                Value::from_strings(found.shape().clone(), rows.map(Option::unwrap_or_default))?;
            found.assign(rows.view())?;
            return Ok(());
        }
        let row_bytes = table.bytes().len() / keys.len().max(1);
        if row_bytes == 0 {
            return Ok(());
        }
        let rows = found.bytes_mut().chunks_exact_mut(row_bytes);
        for (row, place) in rows.zip(&places) {
            match place {
                Some(place) => {
                    row.copy_from_slice(&table.bytes()[place * row_bytes..][..row_bytes])
                }
                None => row.fill(0),
            }
        }
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_by_halves() {
        assert_eq!(
            [1, 4, 9].map(|key| place(&[1, 4, 9], key)),
            [Some(0), Some(1), Some(2)]
        );
        assert_eq!([0, 5, 10].map(|key| place(&[1, 4, 9], key)), [None; 3]);
        assert_eq!(place(&[9, 4, 1], 9), None);
        assert_eq!(place(&[i32::MIN, i32::MAX], i32::MIN), None);
        assert_eq!(place(&[], 1), None);
    }
}
