//! UNIQUE: the elements of a vector without repetitions.

use demilite_core::op::unique::Distinct;
use demilite_core::{DataType, NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::movement::elements::element_bytes_of;

pub(crate) fn prepare(_: &op::Unique, node: &NodeContext<'_>) -> Prepared {
    let dtype = node.output(0).dtype;
    let bytes = match element_bytes_of(dtype) {
        Some(bytes) if node.required(0)?.dtype == dtype => bytes,
        _ => return Err(Unprepared::types(node)),
    };
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let input = io.view(0)?;
        let distinct = Distinct::of(input)?;
        let [values, places] = &mut io.outputs[..] else {
            return Err(OpError::rule("it has no output for places"));
        };
        let values = values.bytes_mut().chunks_exact_mut(bytes);
        for (value, &first) in values.zip(&distinct.first) {
            value.copy_from_slice(&input.bytes()[first * bytes..][..bytes]);
        }
        let found = distinct.places.iter();
        match places.dtype() {
            DataType::Int64 => {
                let places = places.as_mut_slice::<i64>()?;
                places
                    .iter_mut()
                    .zip(found)
                    .for_each(|(place, &found)| *place = found as i64);
            }
            _ => {
                let places = places.as_mut_slice::<i32>()?;
                places
                    .iter_mut()
                    .zip(found)
                    .for_each(|(place, &found)| *place = found as i32);
            }
        }
        Ok(())
    }))
}
