//! What elementwise ops of two inputs share.

use demilite_core::op::Activation;
use demilite_core::{DataType, Op, Quantization};

use super::{ACTIVATIONS, activation_name};
use crate::case::{Case, Draft, extents};
use crate::float_bound::Rounding;

/// Shapes of two inputs that broadcast together.
pub(super) const SHAPES: &[(&[usize], &[usize])] = &[
    (&[], &[]),
    (&[1], &[1]),
    (&[7], &[7]),
    (&[13], &[]),
    (&[2, 3], &[2, 3]),
    (&[5, 7], &[7]),
    (&[5, 7], &[5, 1]),
    (&[3, 1, 7], &[1, 5, 1]),
    (&[2, 3, 5, 7], &[2, 3, 5, 7]),
    (&[2, 3, 5, 7], &[7]),
    (&[2, 3, 5, 7], &[1, 1, 1, 7]),
    (&[1, 3, 1, 7], &[2, 1, 5, 1]),
    (&[1, 1, 5, 3], &[2, 3, 5, 3]),
    (&[1, 11, 13, 17], &[1, 11, 13, 17]),
];

/// Cases of an op over types, shapes and activations.
pub(super) fn cases(file: &str, rounding: Rounding, op: impl Fn(Activation) -> Op) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |dtype: DataType, shapes: (&[usize], &[usize]), activation| {
        let (left, right) = shapes;
        let name = activation_name(activation);
        let name = format!("{file}/{dtype}/{}/{}/{name}", extents(left), extents(right));
        let mut draft = Draft::new(name).within(8.0);
        let inputs = [draft.input(dtype, left), draft.input(dtype, right)];
        let output = draft.quantization(dtype);
        cases.push(draft.finish(op(activation), &inputs, dtype, output, rounding));
    };
    for dtype in ACTIVATIONS {
        for shapes in SHAPES {
            add(dtype, *shapes, Activation::None);
        }
        for activation in [Activation::Relu, Activation::Relu6, Activation::ReluN1To1] {
            add(dtype, (&[3, 5, 7], &[3, 5, 7]), activation);
        }
    }
    for dtype in [DataType::Int32, DataType::Int64] {
        add(dtype, (&[5, 7], &[5, 7]), Activation::None);
        add(dtype, (&[3, 1, 7], &[5, 1]), Activation::Relu6);
    }
    cases
}

/// Cases of an op of 16-bit integers whose scales are powers of two, as its option says: one operand has the output's, the other one
/// less.
pub(super) fn of_powers_of_two(file: &str, op: impl Fn(Activation) -> Op) -> Vec<Case> {
    let mut cases = Vec::new();
    let same = SHAPES.iter().filter(|(left, right)| left == right);
    for (index, (shape, _)) in same.enumerate() {
        for exponents in [[-8, -11], [-13, -9], [-10, -10]] {
            let activation = [Activation::None, Activation::Relu6][index % 2];
            let shape_name = extents(shape);
            let kind = activation_name(activation);
            let scales = exponents.map(|exponent| 2_f32.powi(exponent));
            let [first, second] = exponents;
            let name = format!(
                "{file}/int16/{shape_name}/{shape_name}/{kind}/powers_of_two_{first}_{second}"
            );
            let mut draft = Draft::new(name);
            let quantization = |scale| Some(Quantization::per_tensor(scale, 0));
            let inputs =
                scales.map(|scale| draft.input_with(DataType::Int16, shape, quantization(scale)));
            let output = quantization(scales[0].max(scales[1]));
            let rounding = Rounding::Function;
            cases.push(draft.finish(op(activation), &inputs, DataType::Int16, output, rounding));
        }
    }
    cases
}

/// Cases of an op of integers without a scale, which stand for themselves.
pub(super) fn unscaled(
    file: &str,
    rows: &[(DataType, &[Activation])],
    op: impl Fn(Activation) -> Op,
) -> Vec<Case> {
    let mut cases = Vec::new();
    for &(dtype, activations) in rows {
        for &activation in activations {
            for (left, right) in &SHAPES[3..9] {
                let (left_name, right_name) = (extents(left), extents(right));
                let activation_name = activation_name(activation);
                let name =
                    format!("{file}/{dtype}/{left_name}/{right_name}/{activation_name}/unscaled");
                let mut draft = Draft::new(name).within(100_000.0);
                let inputs = [left, right].map(|shape| draft.input_with(dtype, shape, None));
                let rounding = Rounding::Function;
                cases.push(draft.finish(op(activation), &inputs, dtype, None, rounding));
            }
        }
    }
    cases
}
