//! Strings: ops that move them, and those that tell whether two are the same.

use demilite_core::op::comparison::ComparisonKind;
use demilite_core::op::{
    Comparison, ExpandDims, Fill, Gather, GatherNd, Reshape, Slice, Squeeze, StridedSlice, Tile,
};
use demilite_core::{DataType, Op, TensorId};

use super::binary;
use crate::case::{Case, Draft, extents};
use crate::float_bound::Rounding;

/// A node that moves strings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Move {
    /// The stem of the op's files.
    pub(crate) file: &'static str,
    pub(crate) op: Op,
    /// The shape of the strings.
    pub(crate) shape: Vec<usize>,
    /// What comes with them: shapes and elements of constants.
    pub(crate) others: Vec<(Vec<usize>, Vec<i32>)>,
}

impl Move {
    pub(crate) fn finish(self, mut draft: Draft) -> Case {
        let strings = draft.input(DataType::String, &self.shape);
        let others = self.others.iter();
        let others: Vec<TensorId> = others
            .map(|(shape, elements)| draft.indices(shape, elements))
            .collect();
        let inputs: Vec<TensorId> = match self.op {
            // The shape comes first.
            Op::Fill(_) => others.into_iter().chain([strings]).collect(),
            _ => [strings].into_iter().chain(others).collect(),
        };
        draft.finish(self.op, &inputs, DataType::String, None, Rounding::Moves)
    }
}

/// A constant list.
fn list(elements: &[i32]) -> (Vec<usize>, Vec<i32>) {
    (vec![elements.len()], elements.to_vec())
}

fn moves() -> Vec<Move> {
    let shape = |extents: &[usize]| extents.to_vec();
    let gather = |axis, batch_dims| Op::Gather(Gather { axis, batch_dims });
    let of = |file, op, extents: &[usize], others| Move {
        file,
        op,
        shape: shape(extents),
        others,
    };
    let reshape = |to: &[i32]| {
        Op::Reshape(Reshape {
            new_shape: Some(to.to_vec()),
        })
    };
    let squeeze = Op::Squeeze(Squeeze {
        squeeze_dims: vec![1],
    });
    let strided = Op::StridedSlice(StridedSlice {
        begin_mask: 0,
        end_mask: 1,
        ellipsis_mask: 0,
        new_axis_mask: 0,
        shrink_axis_mask: 0,
        offset: false,
    });
    vec![
        of(
            "expand_dims",
            Op::ExpandDims(ExpandDims),
            &[2, 3],
            vec![list(&[1])],
        ),
        of("fill", Op::Fill(Fill), &[], vec![list(&[2, 3])]),
        of("gather", gather(0, 0), &[5], vec![list(&[4, 0, 4])]),
        of("gather", gather(0, 0), &[3], vec![(vec![], vec![1])]),
        of(
            "gather_nd",
            Op::GatherNd(GatherNd),
            &[2, 3],
            vec![(vec![2, 2], vec![1, 2, 0, 1])],
        ),
        of(
            "gather_nd",
            Op::GatherNd(GatherNd),
            &[2, 3],
            vec![(vec![1, 1], vec![1])],
        ),
        of("reshape", reshape(&[3, -1]), &[2, 3], vec![list(&[3, -1])]),
        of(
            "slice",
            Op::Slice(Slice),
            &[3, 5],
            vec![list(&[1, 2]), list(&[2, -1])],
        ),
        of("squeeze", squeeze, &[2, 1, 3], Vec::new()),
        of(
            "strided_slice",
            strided,
            &[3, 5],
            vec![list(&[2, 4]), list(&[0, 0]), list(&[-1, -2])],
        ),
        of("tile", Op::Tile(Tile), &[2, 3], vec![list(&[1, 2])]),
        of("tile", Op::Tile(Tile), &[2, 1, 3], vec![list(&[2, 3, 1])]),
    ]
}

/// A case of a comparison of strings.
pub(crate) fn comparison(
    mut draft: Draft,
    kind: ComparisonKind,
    (left, right): (&[usize], &[usize]),
) -> Case {
    let inputs = [left, right].map(|shape| draft.input(DataType::String, shape));
    let op = Op::Comparison(Comparison { kind });
    draft.finish(op, &inputs, DataType::Bool, None, Rounding::Moves)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for each in moves() {
        let others = each.others.iter().map(|(shape, elements)| {
            let words: Vec<String> = elements.iter().map(i32::to_string).collect();
            format!("{}:{}", extents(shape), words.join("_"))
        });
        let others: Vec<String> = others.collect();
        let (file, shape) = (each.file, extents(&each.shape));
        let name = format!("{file}/string/{shape}/{}", others.join("/"));
        cases.push(each.finish(Draft::new(name)));
    }
    for (kind, word) in [
        (ComparisonKind::Equal, "equal"),
        (ComparisonKind::NotEqual, "not_equal"),
    ] {
        // LiteRT's Python takes no empty string for a scalar.
        let shapes = binary::SHAPES.iter();
        for &(left, right) in shapes.filter(|(left, right)| !left.is_empty() && !right.is_empty()) {
            let words = [left, right].map(extents);
            let name = format!("comparison/string/{}/{word}", words.join("/"));
            cases.push(comparison(Draft::new(name), kind, (left, right)));
        }
    }
    cases
}
