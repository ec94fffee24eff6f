//! BATCH_MATMUL.

use demilite_core::op::BatchMatmul;
use demilite_core::{DataType, Op, Quantization};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{OF_SUMS, Specials};
use crate::under_test::UnderTest;

/// The types of the left, right and output matrices.
pub(crate) type Types = [DataType; 3];

/// The most dimensions of batches that LiteRT multiplies rightly.
pub(crate) fn max_batch_dimensions([left, right, _]: Types) -> usize {
    match (left, right) {
        (DataType::Float32, DataType::Int8) => 1,
        _ => 3,
    }
}

/// Types that there are kernels for.
pub(crate) const TYPES: &[Types] = {
    use DataType::{Float32, Int8, Int16, Int32};
    &[
        [Float32, Float32, Float32],
        [Float32, Int8, Float32],
        [Int8, Int8, Int8],
        [Int8, Int8, Int32],
        [Int16, Int16, Int16],
        [Int16, Int8, Int16],
    ]
};

/// Batches of the left and right matrices, and their rows, depth and columns.
type Row = (&'static [usize], &'static [usize], [usize; 3]);

const ROWS: &[Row] = &[
    (&[], &[], [1, 1, 1]),
    (&[], &[], [5, 7, 3]),
    (&[], &[], [3, 5, 5]),
    (&[2], &[2], [3, 17, 5]),
    (&[2, 3], &[2, 3], [5, 2, 7]),
    (&[2, 3], &[3], [1, 13, 4]),
    (&[1, 3], &[2, 1], [4, 5, 1]),
];

/// Matrices of batches, lying as they are or adjoint.
pub(crate) struct Matrices<'a> {
    pub(crate) batches: [&'a [usize]; 2],
    pub(crate) rows: usize,
    pub(crate) depth: usize,
    pub(crate) columns: usize,
    pub(crate) adjoint: [bool; 2],
}

impl Matrices<'_> {
    fn shapes(&self) -> [Vec<usize>; 2] {
        let inner = [[self.rows, self.depth], [self.depth, self.columns]];
        [0, 1].map(|side| {
            let [a, b] = inner[side];
            let inner = if self.adjoint[side] { [b, a] } else { [a, b] };
            [self.batches[side], &inner].concat()
        })
    }

    /// What a name says of them.
    fn name(&self) -> String {
        let [left, right] = self.shapes();
        let [adj_x, adj_y] = self.adjoint;
        let [left, right] = [extents(&left), extents(&right)];
        format!("{left}/{right}/adjoint_{adj_x}_{adj_y}")
    }

    /// Ends a case of the op.
    pub(crate) fn finish(&self, mut draft: Draft, [left, right, output]: Types) -> Case {
        let shapes = self.shapes();
        let is_dynamic_range = left == DataType::Float32 && right == DataType::Int8;
        let first = draft.input(left, &shapes[0]);
        let second = if right == DataType::Int8 && left != DataType::Int8 {
            let scale = draft.scale(0.005, 0.02);
            draft.weights(right, &shapes[1], Quantization::per_tensor(scale, 0))
        } else {
            draft.input(right, &shapes[1])
        };
        // Uniform integers of 8 and 16 bits, from 0 on, have these standard deviations.
        let deviation = |dtype| match dtype {
            DataType::Int16 => 19_000.0,
            _ => 90.0,
        };
        let sum = deviation(left) * deviation(right) * (self.depth as f32).sqrt();
        let scale = draft.scale_of(first) * draft.scale_of(second) * sum / deviation(output);
        let quantization = match output {
            DataType::Float32 => None,
            DataType::Int32 => {
                let scale = draft.scale_of(first) * draft.scale_of(second);
                Some(Quantization::per_tensor(scale, 0))
            }
            DataType::Int8 => Some(Quantization::per_tensor(scale, 5)),
            _ => Some(Quantization::per_tensor(scale, 0)),
        };
        let op = Op::BatchMatmul(BatchMatmul {
            adj_x: self.adjoint[0],
            adj_y: self.adjoint[1],
            asymmetric_quantize_inputs: is_dynamic_range && self.rows.is_multiple_of(2),
        });
        let rounding = Rounding::Products { terms: self.depth };
        draft.finish(op, &[first, second], output, quantization, rounding)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &types in TYPES {
        let most = max_batch_dimensions(types);
        let rows = ROWS
            .iter()
            .filter(|(left, right, _)| left.len().max(right.len()) <= most);
        for (left, right, [rows, depth, columns]) in rows {
            for adjoint in [[false, false], [false, true], [true, false], [true, true]] {
                let matrices = Matrices {
                    batches: [left, right],
                    rows: *rows,
                    depth: *depth,
                    columns: *columns,
                    adjoint,
                };
                let [first, second, output] = types;
                let name = matrices.name();
                let name = format!("batch_matmul/{first}/{second}/{output}/{name}");
                cases.push(matrices.finish(Draft::new(name), types));
            }
        }
    }
    cases
}

impl UnderTest for BatchMatmul {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::weighed::batch_matmul);

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
