//! Functions of single quantized integers and of single floats of 16 bits, as tables of their values.

use demilite_core::quantization::layer;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::{self, LengthParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};
use half::f16;

use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Moved, word};
use crate::program::{Dispatch, Storage, line};

/// The values of a function for all numbers of a type, in the order of their bits.
pub(crate) struct Lookup {
    element: Element,
    values: Vec<u8>,
    length: usize,
}

impl Lookup {
    /// The table of `function` for a node whose one input and output hold `element`; what it gives saturates.
    pub(crate) fn new(
        node: &NodeContext<'_>,
        element: Element,
        device: &Device,
        function: impl Fn(i32) -> i32,
    ) -> Result<Self, Reject> {
        let shape = check::data(node, 0, check::Numbers::Quantized(element), device)?;
        check::output(node, device)?;
        let range = layer::range(node.output(0))?;
        Ok(Lookup {
            element,
            values: values(element, range, function),
            length: shape.elements(),
        })
    }

    /// The table of `function` for a node whose one input and output are float16.
    pub(crate) fn of_halves(
        node: &NodeContext<'_>,
        device: &Device,
        function: impl Fn(f16) -> f16,
    ) -> Result<Self, Reject> {
        let shape = check::data(node, 0, check::Numbers::Half, device)?;
        check::output(node, device)?;
        let value = |bits| function(f16::from_bits(bits)).to_le_bytes();
        Ok(Lookup {
            element: Element::I16,
            values: (0..=u16::MAX).flat_map(value).collect(),
            length: shape.elements(),
        })
    }

    /// How many elements are looked up.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Adds the dispatch from input 0 to the output.
    pub(crate) fn lower(
        &self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let input = lowering.moved_input(node, 0, Moved::Bits(self.element, 1))?;
        let output = lowering.output_of(node, self.length, self.element)?;
        dispatch(
            self.element,
            &self.values,
            self.length,
            input,
            output,
            lowering,
        )
    }
}

/// The values of `function` for the integers of `element`, in the order of their bits, held within `range`.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the integers are of the element's type"
)]
pub(crate) fn values(
    element: Element,
    range: (i32, i32),
    function: impl Fn(i32) -> i32,
) -> Vec<u8> {
    let value = |input: i32| function(input).clamp(range.0, range.1);
    match element {
        Element::I8 => (0..=u8::MAX)
            .map(|bits| value(i32::from(bits as i8)) as u8)
            .collect(),
        Element::U8 => (0..=u8::MAX)
            .map(|bits| value(i32::from(bits)) as u8)
            .collect(),
        _ => (0..=u16::MAX)
            .flat_map(|bits| (value(i32::from(bits as i16)) as u16).to_le_bytes())
            .collect(),
    }
}

/// Adds a dispatch that looks each of `length` elements up.
pub(crate) fn dispatch(
    element: Element,
    values: &[u8],
    length: usize,
    input: Storage,
    output: Storage,
    lowering: &mut Lowering<'_>,
) -> Result<(), LowerError> {
    let entries = values.len() / element.bytes();
    let table = lowering.table("a table of values", values, entries, element, 0)?;
    let params = LengthParams {
        length: word(length)?,
    };
    lowering.dispatch(Dispatch {
        kernel: match element {
            Element::I16 => &table::LOOKUP_16,
            _ => &table::LOOKUP_8,
        },
        rows: Rows::Aligned,
        constants: Vec::new(),
        params: params.bytes(),
        output,
        operands: vec![(Role::Input, input), (Role::Weight, table)],
        workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
    });
    Ok(())
}
