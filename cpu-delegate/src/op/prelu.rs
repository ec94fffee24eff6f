//! PRELU.

use demilite_core::quantization::PreluScale;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::factor::Factor;
use crate::elementwise::integer::Integer;
use crate::elementwise::{broadcast, common_type};
use crate::machine::Machine;

fn quantized<T: Integer>(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let scale = PreluScale::new(
        per_tensor(node.required(0)?)?,
        per_tensor(node.required(1)?)?,
        per_tensor(node.output(0))?,
    );
    let [above, below] = [scale.above, scale.below].map(Factor::new);
    broadcast::kernel(
        node,
        machine,
        #[inline(always)]
        move |value: T, slope: T| {
            let value = value.widen() - scale.zero_points[0];
            let product = value * (slope.widen() - scale.zero_points[1]);
            let (above, below) = (above.apply(value), below.apply(product));
            let scaled = if value >= 0 { above } else { below };
            T::saturate(scaled.saturating_add(scale.output_zero_point))
        },
    )
}

pub(crate) fn prepare(_: &op::Prelu, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    match common_type(node, 2)? {
        DataType::Float32 => broadcast::kernel(
            node,
            machine,
            #[inline(always)]
            |value: f32, slope: f32| if value >= 0.0 { value } else { value * slope },
        ),
        DataType::Int8 => quantized::<i8>(node, machine),
        DataType::UInt8 => quantized::<u8>(node, machine),
        _ => Err(Unprepared::types(node)),
    }
}
