//! BATCH_MATMUL.

use demilite_core::op::BatchMatmul;
use demilite_core::{DataType, Op, Quantization};

use crate::case::{Case, Draft, extents};
use crate::float_bound::Rounding;

/// Outer dimensions of the left and the right matrices; rows, terms and columns.
type Extents = (&'static [usize], &'static [usize], (usize, usize, usize));

const PRODUCTS: &[Extents] = &[
    (&[], &[], (1, 1, 1)),
    (&[], &[], (5, 7, 17)),
    (&[3], &[3], (2, 13, 3)),
    (&[2, 3], &[3], (5, 2, 7)),
    (&[1], &[5, 1], (3, 5, 2)),
    (&[2, 1, 3], &[2, 5, 1], (1, 11, 16)),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [DataType::Float32, DataType::Int8, DataType::Int16] {
        for &(left, right, (rows, terms, columns)) in PRODUCTS {
            for (adj_x, adj_y) in [(false, false), (false, true), (true, false), (true, true)] {
                let shape = |outer: &[usize], is_adjoint, rows, columns| {
                    let inner = if is_adjoint {
                        [columns, rows]
                    } else {
                        [rows, columns]
                    };
                    [outer, &inner].concat()
                };
                let left = shape(left, adj_x, rows, terms);
                let right = shape(right, adj_y, terms, columns);
                let adjoint = |is_adjoint| if is_adjoint { "_adjoint" } else { "" };
                let name = format!(
                    "batch_matmul/{dtype}/{}{}/{}{}",
                    extents(&left),
                    adjoint(adj_x),
                    extents(&right),
                    adjoint(adj_y),
                );
                let mut draft = Draft::new(name);
                let left = draft.input(dtype, &left);
                let right = draft.input(dtype, &right);
                let deviation = match dtype {
                    DataType::Int16 => 19_000.0_f32.powi(2) / 12_000.0,
                    _ => 90.0_f32.powi(2) / 70.0,
                };
                let scale = draft.scale_of(left) * draft.scale_of(right) * deviation;
                let scale = scale * (terms as f32).sqrt();
                let quantization = draft.quantization(dtype).map(|drawn| Quantization {
                    scale: vec![scale],
                    ..drawn
                });
                let op = Op::BatchMatmul(BatchMatmul {
                    adj_x,
                    adj_y,
                    asymmetric_quantize_inputs: false,
                });
                let rounding = Rounding::Products { terms };
                cases.push(draft.finish(op, &[left, right], dtype, quantization, rounding));
            }
        }
    }
    cases
}
