//! Weights that are taken out of a row, while the others make up for them.
//!
//! Where the cost of a change e of the weights is eᵀHe, taking out the weight p costs w²/(H⁻¹)pp, and the others make up for it best by
//! −w/(H⁻¹)pp · (H⁻¹)p (LeCun, Denker and Solla 1990; Hassibi and Stork 1993). The inverse of what is left of H lacks the row and column of
//! p, which is one step of a Cholesky decomposition of H⁻¹: each row of weights chooses pivots of its own, and all share H⁻¹.

use crate::vector::add_scaled;

/// Which weights of a row go.
#[derive(Debug, Clone, Copy)]
pub(super) enum Removal {
    /// As many as this, those of the least cost.
    Least(usize),
    /// Of each group beside one another as many as `removed`, those of the least cost.
    LeastOfEach { group: usize, removed: usize },
    /// Those that are marked.
    Marked,
}

/// Takes weights out of a row. Those that `zeros` marks go first, and count.
pub(super) fn remove(
    row: &mut [f32],
    inverse: &[f32],
    [zeros, marks]: [&[bool]; 2],
    removal: Removal,
) {
    let mut surgeon = Surgeon::new(row, inverse);
    let marked = |marks: &[bool]| -> Vec<usize> {
        let marks = marks.iter().enumerate();
        marks
            .filter_map(|(place, mark)| mark.then_some(place))
            .collect()
    };
    for place in marked(zeros) {
        surgeon.take_out(place);
    }
    match removal {
        Removal::Least(count) => {
            let all = 0..surgeon.row.len();
            while surgeon.removed_in(all.clone()) < count && surgeon.take_least(all.clone()) {}
        }
        Removal::LeastOfEach { group, removed } => {
            let extent = surgeon.row.len();
            let groups = || {
                (0..extent)
                    .step_by(group)
                    .map(|at| at..(at + group).min(extent))
            };
            // The next to go is the one of the least cost in any group that has too many yet.
            loop {
                let open = groups().filter(|group| surgeon.removed_in(group.clone()) < removed);
                if !surgeon.take_least(open.flatten().collect::<Vec<_>>()) {
                    break;
                }
            }
        }
        Removal::Marked => {
            for place in marked(marks) {
                surgeon.take_out(place);
            }
        }
    }
}

struct Surgeon<'a> {
    row: &'a mut [f32],
    inverse: &'a [f32],
    /// The diagonal of what is left of the inverse.
    diagonal: Vec<f32>,
    removed: Vec<bool>,
    /// The columns of the Cholesky factor so far, one after the other.
    factor: Vec<f32>,
}

impl<'a> Surgeon<'a> {
    fn new(row: &'a mut [f32], inverse: &'a [f32]) -> Self {
        let extent = row.len();
        Surgeon {
            diagonal: (0..extent)
                .map(|place| inverse[place * extent + place])
                .collect(),
            removed: vec![false; extent],
            factor: Vec::new(),
            row,
            inverse,
        }
    }

    fn removed_in(&self, places: std::ops::Range<usize>) -> usize {
        self.removed[places]
            .iter()
            .filter(|removed| **removed)
            .count()
    }

    /// Takes out the weight of the least cost; whether there was one.
    fn take_least(&mut self, places: impl IntoIterator<Item = usize>) -> bool {
        let left = places.into_iter().filter(|&place| !self.removed[place]);
        let cost = |place: usize| self.row[place] * self.row[place] / self.diagonal[place];
        let least = left.min_by(|&one, &other| cost(one).total_cmp(&cost(other)));
        if let Some(place) = least {
            self.take_out(place);
        }
        least.is_some()
    }

    fn take_out(&mut self, place: usize) {
        if std::mem::replace(&mut self.removed[place], true) {
            return;
        }
        let extent = self.row.len();
        let pivot = self.diagonal[place];
        let weight = self.row[place];
        let mut column = self.inverse[place * extent..][..extent].to_vec();
        for known in self.factor.chunks_exact(extent) {
            add_scaled(&mut column, -known[place], known);
        }
        add_scaled(self.row, -weight / pivot, &column);
        let root = pivot.sqrt();
        for (value, left) in std::iter::zip(&mut column, &mut self.diagonal) {
            *value /= root;
            // Rounding may take what is all but determined by the others below zero.
            *left = (*left - *value * *value).max(f32::MIN_POSITIVE);
        }
        self.factor.extend(column);
        for (weight, _) in std::iter::zip(&mut *self.row, &self.removed).filter(|(_, gone)| **gone)
        {
            *weight = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The inverse of [[2, 1], [1, 2]].
    const INVERSE: [f32; 4] = [2.0 / 3.0, -1.0 / 3.0, -1.0 / 3.0, 2.0 / 3.0];

    #[test]
    fn what_stays_makes_up_for_what_goes() {
        let mut row = [1.0, 3.0];
        remove(&mut row, &INVERSE, [&[false; 2]; 2], Removal::Least(1));
        // Half of the lost weight, as the covariance is half of the variance.
        assert_eq!(row[0], 0.0);
        assert!((row[1] - 3.5).abs() < 1e-6, "{row:?}");
    }

    #[test]
    fn zeros_stay_zeros_and_count() {
        let mut row = [0.0, 3.0];
        remove(
            &mut row,
            &INVERSE,
            [&[true, false], &[false; 2]],
            Removal::Least(1),
        );
        assert_eq!(row, [0.0, 3.0]);
        remove(
            &mut row,
            &INVERSE,
            [&[true, false], &[false, true]],
            Removal::Marked,
        );
        assert_eq!(row, [0.0, 0.0]);
    }

    proptest! {
        /// Where two inputs vary together and the third alone, weights that are taken out in any order leave the same.
        #[test]
        fn the_order_does_not_matter(weights in prop::array::uniform3(-1.0..1.0_f32)) {
            let inverse = [2.0 / 3.0, -1.0 / 3.0, 0.1, -1.0 / 3.0, 2.0 / 3.0, 0.0, 0.1, 0.0, 0.5];
            let mut at_once = weights;
            remove(&mut at_once, &inverse, [&[false; 3], &[true, true, false]], Removal::Marked);
            let mut reversed = weights;
            let mut surgeon = Surgeon::new(&mut reversed, &inverse);
            surgeon.take_out(1);
            surgeon.take_out(0);
            for (one, other) in std::iter::zip(at_once, reversed) {
                prop_assert!((one - other).abs() < 1e-5);
            }
        }

        #[test]
        fn each_group_keeps_its_share(weights in prop::collection::vec(-1.0..1.0_f32, 8..=8)) {
            let mut inverse = vec![0.01; 64];
            (0..8).for_each(|place| inverse[place * 9] = 1.0);
            let mut row = weights;
            remove(&mut row, &inverse, [&[false; 8]; 2], Removal::LeastOfEach { group: 4, removed: 2 });
            for group in row.chunks(4) {
                prop_assert_eq!(group.iter().filter(|weight| **weight == 0.0).count(), 2);
            }
        }
    }
}
