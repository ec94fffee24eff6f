//! PRELU.

use demilite_core::quantization::PreluScale;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, Element, NodeContext, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::elementwise::broadcast::broadcast_binary;
use crate::quantized::element::QuantizedElement;

/// `x` from 0 up, `alpha · x` below.
pub fn prelu_f32(x: f32, alpha: f32) -> f32 {
    if x >= 0.0 { x } else { x * alpha }
}

fn kernel<T: Element, A: Element>(
    node: &NodeContext<'_>,
    function: impl Fn(T, A) -> T + Send + Sync + 'static,
) -> Prepared {
    let (input, slopes) = (node.shape(0)?.clone(), node.shape(1)?.clone());
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        broadcast_binary(
            (io.input::<T>(0)?, &input),
            (io.input::<A>(1)?, &slopes),
            (io.output::<T>()?, &input),
            &function,
        );
        Ok(())
    }))
}

fn quantized<T: QuantizedElement, A: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    let scale = PreluScale::new(
        per_tensor(node.required(0)?)?,
        per_tensor(node.required(1)?)?,
        per_tensor(node.output(0))?,
    );
    kernel(node, move |x: T, slope: A| {
        T::saturate(scale.apply(x.to_i32(), slope.to_i32()))
    })
}

pub(crate) fn prepare(_: &op::Prelu, node: &NodeContext<'_>) -> Prepared {
    use DataType::{Float32, Int8, Int16, UInt8};
    let (input, output) = (node.required(0)?, node.output(0));
    match [input.dtype, node.required(1)?.dtype, output.dtype] {
        [Float32, Float32, Float32] => kernel(node, prelu_f32),
        [Int8, Int8, Int8] => quantized::<i8, i8>(node),
        [UInt8, UInt8, UInt8] => quantized::<u8, u8>(node),
        [Int16, Int8, Int16] => quantized::<i16, i8>(node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        assert_eq!(prelu_f32(-4.0, 0.5), -2.0);
        assert_eq!(prelu_f32(4.0, 0.5), 4.0);
    }

    #[test]
    fn slopes_are_quantized() {
        let scale = PreluScale::new((0.5, 2), (0.25, 1), (0.25, -1));
        assert_eq!(scale.apply(5, 100), 5);
        // (−8 · 0.5) · (2 · 0.25) = −2.
        assert_eq!(scale.apply(-6, 3), -9);
    }
}
