//! How large the terms of sums are: the same op on the sizes of its operands.

use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::relu::ReluKind;
use demilite_core::op::{Activation, Add, ElementwiseBinary, Relu};
use demilite_core::{Constant, DataType, Graph, Op, Tensor, Value, View};
use half::f16;

use crate::float_bound::Rounding;
use crate::truth::operands;

/// The graph that gives Σ|aᵢ·bᵢ| where `graph` gives Σaᵢ·bᵢ, for inputs of [`sizes`]: constants have their sizes, differences are
/// sums, and activations and bounded functions, none of which spreads numbers further apart, are left out.
pub(crate) fn magnitudes(graph: &Graph) -> Result<Graph, String> {
    let mut parts = graph.clone().into_parts();
    let is_float = |id: &demilite_core::TensorId| {
        matches!(
            graph.tensor(*id).dtype,
            DataType::Float32 | DataType::Float16
        )
    };
    for node in &mut parts.nodes {
        if node.outputs.iter().any(is_float) {
            let read = node.inputs.iter().flatten();
            for &id in read {
                take_size(&mut parts.tensors[id.0])?;
            }
            node.op = unbounded(&node.op);
        }
    }
    Graph::new(parts).map_err(|error| format!("the sizes of its terms: {error}"))
}

/// The sizes of all floats.
pub(crate) fn sizes(inputs: &[Value]) -> Vec<Value> {
    let mut sizes = inputs.to_vec();
    for value in &mut sizes {
        if let Ok(elements) = value.as_mut_slice::<f32>() {
            elements
                .iter_mut()
                .for_each(|number| *number = number.abs());
        }
        if let Ok(elements) = value.as_mut_slice::<f16>() {
            elements
                .iter_mut()
                .for_each(|number| *number = f16::from_bits(number.to_bits() & 0x7fff));
        }
    }
    sizes
}

/// Makes the elements of a constant that stands for reals their sizes.
fn take_size(tensor: &mut Tensor) -> Result<(), String> {
    let Some(constant) = &tensor.constant else {
        return Ok(());
    };
    for scale in tensor
        .quantization
        .iter_mut()
        .flat_map(|quantization| &mut quantization.scale)
    {
        *scale = scale.abs();
    }
    let mut bytes = constant.bytes().to_vec();
    let is_quantized = tensor.quantization.is_some();
    let sign_of_nibble = |byte: u8, width: u32| {
        let mask = (1_u8 << width) - 1;
        let sign = 1 << (width - 1);
        let places = (0..8 / width).map(|place| {
            let number = byte >> (place * width) & mask;
            let size = match number & sign {
                0 => number,
                _ => (number.wrapping_neg() & mask).min(sign - 1),
            };
            size << (place * width)
        });
        places.fold(0, |byte, size| byte | size)
    };
    match tensor.dtype {
        DataType::Float32 => bytes.chunks_mut(4).for_each(|number| number[3] &= 0x7f),
        DataType::Float16 => bytes.chunks_mut(2).for_each(|number| number[1] &= 0x7f),
        // Beneath floats, legacy weights of uint8 have the bits of int8.
        DataType::Int8 | DataType::UInt8 if is_quantized => {
            for byte in &mut bytes {
                *byte = byte.cast_signed().unsigned_abs().min(127);
            }
        }
        DataType::Int4 => bytes
            .iter_mut()
            .for_each(|byte| *byte = sign_of_nibble(*byte, 4)),
        DataType::Int2 => bytes
            .iter_mut()
            .for_each(|byte| *byte = sign_of_nibble(*byte, 2)),
        _ => return Ok(()),
    }
    tensor.constant = Some(Constant::copied(&bytes));
    Ok(())
}

/// The op without what bounds its results.
fn unbounded(op: &Op) -> Op {
    let mut op = op.clone();
    let activation = match &mut op {
        Op::Add(op) => Some(&mut op.activation),
        Op::Conv2d(op) => Some(&mut op.activation),
        Op::Conv3d(op) => Some(&mut op.activation),
        Op::DepthwiseConv2d(op) => Some(&mut op.activation),
        Op::FullyConnected(op) => Some(&mut op.activation),
        Op::Mul(op) => Some(&mut op.activation),
        Op::Pool2d(op) => Some(&mut op.activation),
        Op::TransposeConv(op) => Some(&mut op.activation),
        _ => None,
    };
    if let Some(activation) = activation {
        *activation = Activation::None;
    }
    // Of sizes, which are never negative.
    let identity = Op::Relu(Relu {
        kind: ReluKind::Relu,
    });
    match op {
        Op::Sub(_) => Op::Add(Add {
            activation: Activation::None,
            pot_scale_int16: false,
        }),
        // Of two numbers, one.
        Op::ElementwiseBinary(op) if op.kind == BinaryKind::Minimum => {
            Op::ElementwiseBinary(ElementwiseBinary {
                kind: BinaryKind::Maximum,
            })
        }
        Op::ElementwiseUnary(op) if matches!(op.kind, UnaryKind::Abs | UnaryKind::Neg) => identity,
        Op::HardSwish(_) | Op::Logistic(_) | Op::Relu(_) | Op::Softmax(_) | Op::Tanh(_) => identity,
        op => op,
    }
}

/// The power of two that every term of the sums is a whole multiple of; 0 if there is none to speak of.
pub(crate) fn grid(graph: &Graph, inputs: &[Value], rounding: Rounding) -> f64 {
    let views = operands(graph).into_iter().map(|id| {
        let fed = graph.inputs().iter().position(|&input| input == id);
        match fed {
            Some(index) => Some(inputs[index].view()),
            None => graph.tensor(id).constant_view(),
        }
    });
    // Integers that say how to compute are not terms.
    let grids: Option<Vec<Option<f64>>> = views.map(|view| view.map(grid_of)).collect();
    let Some(grids) = grids else { return 0.0 };
    let grids: Vec<f64> = grids.into_iter().flatten().collect();
    let least = |grids: &[f64]| grids.iter().copied().fold(f64::INFINITY, f64::min);
    match (rounding, &grids[..]) {
        (Rounding::Products { .. }, [first, second, others @ ..]) => {
            (first * second).min(least(others))
        }
        _ => least(&grids),
    }
}

/// The same for the floats of a tensor; none for integers, which say how to compute.
fn grid_of(view: View<'_>) -> Option<f64> {
    let multiple = |number: f64| {
        if number == 0.0 {
            return f64::INFINITY;
        }
        if !number.is_finite() {
            return 0.0;
        }
        let bits = number.to_bits();
        let exponent = ((bits >> 52) & 0x7ff) as i32 - 1075;
        let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
        f64::from(exponent + mantissa.trailing_zeros() as i32).exp2()
    };
    let least = |numbers: &mut dyn Iterator<Item = f64>| numbers.fold(f64::INFINITY, f64::min);
    if let Ok(numbers) = view.as_slice::<f32>() {
        return Some(least(&mut numbers.iter().map(|&n| multiple(n.into()))));
    }
    if let Ok(numbers) = view.as_slice::<f16>() {
        return Some(least(&mut numbers.iter().map(|&n| multiple(n.into()))));
    }
    // What stands for reals by a scale has no grid.
    match view.dtype() {
        DataType::Int32 | DataType::Int64 => None,
        _ => Some(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_the_largest_power_of_two_that_divides_all() {
        let value = |numbers: &[f32]| Value::from_slice([numbers.len()], numbers).expect("floats");
        let grid = |numbers: &[f32]| grid_of(value(numbers).view());
        assert_eq!(grid(&[0.5, -0.75, 2.0, 0.0]), Some(0.25));
        assert_eq!(grid(&[3.0, f32::NAN]), Some(0.0));
        assert_eq!(grid(&[6.0]), Some(2.0));
    }
}
