//! Ops on strings.

use demilite_core::DataType;
use demilite_core::Op;
use demilite_core::op::comparison::ComparisonKind;
use demilite_core::op::{Gather, GatherNd, Slice, Tile};

use super::draw::Draw;
use crate::case::Case;
use crate::cases::MOVED;
use crate::cases::hashtable::{TYPES, lookup};
use crate::cases::hashtable_lookup;
use crate::cases::string_moves::{Move, comparison};

pub(crate) fn hashtable(draw: &mut Draw) -> Case {
    let [keys, values] = draw.one(&TYPES);
    let shape = draw.shape(1, 3);
    let entries = draw.integer(1, 13);
    let words = format!("{keys}_to_{values}");
    let draft = draw.draft("hashtable", DataType::String, &words);
    lookup(draft, [keys, values], entries, &shape)
}

pub(crate) fn hashtable_lookup(draw: &mut Draw) -> Case {
    let types = MOVED.into_iter().chain([DataType::String]);
    let dtype = draw.one(&types.collect::<Vec<DataType>>());
    let row = match dtype {
        DataType::String => Vec::new(),
        _ => draw.shape(0, 2),
    };
    let sizes = [draw.integer(1, 13), draw.integer(1, 13)];
    let draft = draw.draft("hashtable_lookup", dtype, "");
    hashtable_lookup::finish(draft, dtype, sizes, &row)
}

pub(super) fn string_moves(draw: &mut Draw) -> Case {
    let draft = |draw: &Draw, words: &str| draw.draft("string_moves", DataType::String, words);
    let shape = draw.shape(1, 4);
    let choice = draw.integer(0, 4);
    if choice == 4 {
        // LiteRT's Python takes no empty string for a scalar.
        let mut shapes = draw.broadcast(4);
        for shape in shapes.iter_mut().filter(|shape| shape.is_empty()) {
            shape.push(1);
        }
        let [left, right] = shapes;
        let kind = draw.one(&[ComparisonKind::Equal, ComparisonKind::NotEqual]);
        return comparison(draft(draw, "comparison"), kind, (&left, &right));
    }
    let (file, op, others) = match choice {
        0 => {
            let axis = draw.integer(0, shape.len() - 1);
            let count = draw.integer(1, 7);
            let places = (0..count).map(|_| draw.integer(0, shape[axis] - 1) as i32);
            let places: Vec<i32> = places.collect();
            // LiteRT gathers strings from lists alone.
            let shape = vec![shape[axis]];
            let op = Op::Gather(Gather {
                axis: 0,
                batch_dims: 0,
            });
            let each = Move {
                file: "gather",
                op,
                shape,
                others: vec![(vec![count], places)],
            };
            return each.finish(draft(draw, "gather"));
        }
        1 => {
            let named = draw.integer(1, shape.len());
            let count = draw.integer(1, 5);
            let mut places = Vec::new();
            for _ in 0..count {
                for &extent in &shape[..named] {
                    places.push(draw.integer(0, extent - 1) as i32);
                }
            }
            (
                "gather_nd",
                Op::GatherNd(GatherNd),
                vec![(vec![count, named], places)],
            )
        }
        2 => {
            let starts = shape.iter().map(|&extent| draw.integer(0, extent - 1));
            let starts: Vec<usize> = starts.collect();
            let sizes = std::iter::zip(&shape, &starts);
            let sizes: Vec<i32> = sizes
                .map(|(extent, start)| draw.integer(1, extent - start) as i32)
                .collect();
            let starts = starts.iter().map(|&start| start as i32).collect();
            let rank = vec![shape.len()];
            (
                "slice",
                Op::Slice(Slice),
                vec![(rank.clone(), starts), (rank, sizes)],
            )
        }
        _ => {
            let times: Vec<i32> = shape.iter().map(|_| draw.integer(1, 3) as i32).collect();
            ("tile", Op::Tile(Tile), vec![(vec![shape.len()], times)])
        }
    };
    let each = Move {
        file,
        op,
        shape,
        others,
    };
    each.finish(draft(draw, file))
}
