//! Which weights of a matrix become zero.

/// A mark for each of `scores`, true for the `count` least. Of equal ones the first go.
pub(super) fn least(scores: &[f32], count: usize) -> Vec<bool> {
    let mut places: Vec<usize> = (0..scores.len()).collect();
    let mut mask = vec![false; scores.len()];
    if count == 0 {
        return mask;
    }
    let count = count.min(scores.len());
    if count < places.len() {
        places.select_nth_unstable_by(count, |&one, &other| {
            scores[one].total_cmp(&scores[other]).then(one.cmp(&other))
        });
    }
    for &place in &places[..count] {
        mask[place] = true;
    }
    mask
}

/// A mark for each of `scores`, true for the least `removed` of each `group` beside one another.
pub(super) fn least_of_each(scores: &[f32], group: usize, removed: usize) -> Vec<bool> {
    let groups = scores.chunks(group.max(1));
    groups.flat_map(|scores| least(scores, removed)).collect()
}

/// A mark for each of `scores`, row-major in rows of `columns`, true for whole blocks: those of the least mean, as long as no more than
/// `count` are marked. At the edges blocks may be smaller.
pub(super) fn least_blocks(
    scores: &[f32],
    columns: usize,
    [height, width]: [usize; 2],
    count: usize,
) -> Vec<bool> {
    let rows = scores.len() / columns.max(1);
    let across = columns.div_ceil(width);
    let places = |block: usize| {
        let (top, left) = (block / across * height, block % across * width);
        let rows = top..(top + height).min(rows);
        rows.flat_map(move |row| {
            let columns_of_block = left..(left + width).min(columns);
            columns_of_block.map(move |column| row * columns + column)
        })
    };
    let mut blocks: Vec<(f32, usize)> = (0..rows.div_ceil(height) * across)
        .map(|block| {
            let sum: f32 = places(block).map(|place| scores[place]).sum();
            (sum / places(block).count().max(1) as f32, block)
        })
        .collect();
    blocks.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    let mut mask = vec![false; scores.len()];
    let mut left = count;
    for (_, block) in blocks {
        let size = places(block).count();
        if size > left {
            break;
        }
        left -= size;
        places(block).for_each(|place| mask[place] = true);
    }
    mask
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_that_stays_is_less_than_what_goes(
            scores in prop::collection::vec(0.0..1.0_f32, 0..60), count in 0_usize..70,
        ) {
            let mask = least(&scores, count);
            let of = |gone: bool| std::iter::zip(&scores, &mask).filter(move |(_, mark)| **mark == gone);
            prop_assert_eq!(of(true).count(), count.min(scores.len()));
            let most_gone = of(true).map(|(score, _)| *score).fold(0.0, f32::max);
            prop_assert!(of(false).all(|(score, _)| *score >= most_gone));
        }

        #[test]
        fn each_group_loses_as_many(scores in prop::collection::vec(0.0..1.0_f32, 32..=32)) {
            let mask = least_of_each(&scores, 4, 2);
            let groups = mask.chunks(4).map(|group| group.iter().filter(|mark| **mark).count());
            prop_assert!(groups.into_iter().all(|count| count == 2));
        }
    }

    #[test]
    fn blocks_go_as_a_whole() {
        // Two rows of four, in blocks of 2×2 whose means are 1 and 2.
        let scores = [1.0, 1.0, 9.0, -5.0, 1.0, 1.0, 2.0, 2.0];
        let [gone, stays] = [true, false];
        let first = [gone, gone, stays, stays, gone, gone, stays, stays];
        assert_eq!(least_blocks(&scores, 4, [2, 2], 4), first);
        assert_eq!(least_blocks(&scores, 4, [2, 2], 7), first);
        assert_eq!(least_blocks(&scores, 4, [2, 2], 3), [stays; 8]);
        // The last block of each row has one column.
        assert_eq!(
            least_blocks(&[3.0, 3.0, 1.0], 3, [1, 2], 1),
            [stays, stays, gone]
        );
    }
}
