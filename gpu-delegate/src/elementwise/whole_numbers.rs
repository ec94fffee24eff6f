//! Integers of other types as 32-bit ones.

use demilite_shaders::table::{self, LengthParams, RequantizeParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use crate::lowering::{LowerError, Lowering};
use crate::node::check::word;
use crate::program::{Dispatch, Storage, line};

/// Adds a dispatch that gives the integers of a tensor less `zero_point` as 32-bit ones.
pub(crate) fn whole_numbers(
    input: Storage,
    length: usize,
    zero_point: i32,
    lowering: &mut Lowering<'_>,
) -> Result<Storage, LowerError> {
    let output = lowering.intermediate(length, Element::I32)?;
    let params = RequantizeParams {
        length: word(length)?,
        input_zero_point: zero_point,
        // One.
        multiplier: 1 << 30,
        exponent: 1,
        output_zero_point: 0,
        smallest: i32::MIN,
        largest: i32::MAX,
    };
    lowering.dispatch(Dispatch {
        kernel: &table::REQUANTIZE,
        rows: Rows::Aligned,
        constants: Vec::new(),
        params: params.bytes(),
        output,
        operands: vec![(Role::Weight, input)],
        workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
    });
    Ok(output)
}

/// Adds a dispatch that gives `count` 64-bit integers as near as 32 bits hold them.
pub(crate) fn narrowed(
    source: Storage,
    count: usize,
    lowering: &mut Lowering<'_>,
) -> Result<Storage, LowerError> {
    let output = lowering.intermediate(count, Element::I32)?;
    let params = LengthParams {
        length: word(count)?,
    };
    lowering.dispatch(Dispatch {
        kernel: &table::NARROW_INDICES,
        rows: Rows::Aligned,
        constants: vec![("quads", 0)],
        params: params.bytes(),
        output,
        operands: vec![(Role::Weight, source)],
        workgroups: line(count.div_ceil(QUAD_ELEMENTS), 64),
    });
    Ok(output)
}
