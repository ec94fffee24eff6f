//! Clusters of numbers, each number with a weight.

use super::start::Start;

/// Numbers beyond which neighbours are taken together.
const MOST: usize = 4096;

/// Rounds of Lloyd's algorithm at most.
const ROUNDS: usize = 200;

/// The centroids of `count` clusters at most, ascending, which have a small sum of weight · (number − centroid)². Fewer come where there
/// are fewer numbers.
pub(super) fn centroids(numbers: &[(f32, f32)], count: usize, start: Start) -> Vec<f32> {
    let points = Points::new(numbers);
    if points.count() <= count {
        return points.values.iter().map(|&value| value as f32).collect();
    }
    let bounds = match start {
        Start::Optimal => points.optimal(count),
        Start::Density => points.lloyd(points.by_density(count)),
        Start::Linear => points.lloyd(points.linear(count)),
        Start::KMeansPlusPlus => points.lloyd(points.plus_plus(count)),
    };
    let clusters = bounds.windows(2).filter(|ends| ends[0] < ends[1]);
    let mut centroids: Vec<f32> = clusters
        .map(|ends| points.mean(ends[0], ends[1]) as f32)
        .collect();
    centroids.dedup();
    centroids
}

/// The place of the centroid nearest to a number.
pub(super) fn nearest(centroids: &[f32], number: f32) -> usize {
    let above = centroids.partition_point(|centroid| *centroid < number);
    match above {
        0 => 0,
        above if above == centroids.len() => above - 1,
        above => above - usize::from(number - centroids[above - 1] <= centroids[above] - number),
    }
}

/// Ascending numbers, with sums from the first up to each.
struct Points {
    values: Vec<f64>,
    /// Of weights, of weight · number and of weight · number².
    sums: [Vec<f64>; 3],
}

impl Points {
    fn new(numbers: &[(f32, f32)]) -> Self {
        let mut numbers = numbers.to_vec();
        numbers.sort_by(|one, other| one.0.total_cmp(&other.0));
        let together = numbers
            .chunk_by(|one, other| one.0 == other.0)
            .count()
            .div_ceil(MOST);
        let mut points = Points {
            values: Vec::new(),
            sums: [vec![0.0], vec![0.0], vec![0.0]],
        };
        let mut distinct = numbers.chunk_by(|one, other| one.0 == other.0).peekable();
        while distinct.peek().is_some() {
            let mut sums = [0.0; 3];
            for &(number, weight) in distinct.by_ref().take(together).flatten() {
                let number = f64::from(number);
                // What has no weight has its place all the same.
                let weight = f64::from(weight).max(f64::MIN_POSITIVE);
                sums[0] += weight;
                sums[1] += weight * number;
                sums[2] += weight * number * number;
            }
            points.values.push(sums[1] / sums[0]);
            for (all, sum) in std::iter::zip(&mut points.sums, sums) {
                all.push(all.last().copied().unwrap_or(0.0) + sum);
            }
        }
        points
    }

    fn count(&self) -> usize {
        self.values.len()
    }

    fn sum(&self, which: usize, from: usize, to: usize) -> f64 {
        self.sums[which][to] - self.sums[which][from]
    }

    fn mean(&self, from: usize, to: usize) -> f64 {
        let weight = self.sum(0, from, to);
        let mean = self.sum(1, from, to) / weight;
        // Rounding may lose what weighs all but nothing beside the others.
        match mean.is_finite() {
            true => mean.clamp(self.values[from], self.values[to - 1]),
            false => self.values[from],
        }
    }

    /// The cost of one cluster of the points from `from` to before `to`.
    fn cost(&self, from: usize, to: usize) -> f64 {
        let moment = self.sum(1, from, to);
        let cost = self.sum(2, from, to) - moment * moment / self.sum(0, from, to);
        if cost.is_finite() { cost.max(0.0) } else { 0.0 }
    }

    /// Where the clusters of least cost begin, and the end of the last: dynamic programming, in which the best last cluster begins no
    /// earlier the more points there are (Wang and Song 2011, Grønlund and others 2017).
    fn optimal(&self, count: usize) -> Vec<usize> {
        let all = self.count();
        let mut costs: Vec<f64> = (0..=all).map(|to| self.cost_from_start(to)).collect();
        let mut begins: Vec<Vec<u32>> = vec![vec![0; all + 1]];
        for clusters in 1..count {
            let mut next = vec![f64::INFINITY; all + 1];
            let mut begin = vec![0; all + 1];
            // Ranges of ends, with the ranges that their last cluster may begin in.
            let mut open = vec![(clusters + 1, all, clusters, all)];
            while let Some((low, high, first, last)) = open.pop() {
                if low > high {
                    continue;
                }
                let middle = (low + high) / 2;
                let mut best = (f64::INFINITY, first);
                let before = costs.iter().enumerate().take(middle.min(last + 1));
                for (from, cost) in before.skip(first) {
                    let cost = cost + self.cost(from, middle);
                    if cost < best.0 {
                        best = (cost, from);
                    }
                }
                next[middle] = best.0;
                begin[middle] = best.1 as u32;
                if middle > low {
                    open.push((low, middle - 1, first, best.1));
                }
                open.push((middle + 1, high, best.1, last));
            }
            costs = next;
            begins.push(begin);
        }
        let mut bounds = vec![all];
        let mut end = all;
        for begin in begins.iter().rev() {
            end = begin[end] as usize;
            bounds.push(end);
        }
        bounds.reverse();
        bounds
    }

    fn cost_from_start(&self, to: usize) -> f64 {
        if to == 0 { 0.0 } else { self.cost(0, to) }
    }

    /// Centroids that each have as much weight.
    fn by_density(&self, count: usize) -> Vec<f64> {
        let all = self.sums[0][self.count()];
        let centroid = |cluster: usize| {
            let wanted = all * (cluster as f64 + 0.5) / count as f64;
            let above = self.sums[0].partition_point(|sum| *sum < wanted);
            self.values[above.clamp(1, self.count()) - 1]
        };
        (0..count).map(centroid).collect()
    }

    /// Centroids as far from one another.
    fn linear(&self, count: usize) -> Vec<f64> {
        let (least, greatest) = (self.values[0], self.values[self.count() - 1]);
        let step = (greatest - least) / (count.max(2) - 1) as f64;
        (0..count)
            .map(|cluster| least + step * cluster as f64)
            .collect()
    }

    /// Centroids drawn one after the other, each the likelier the further it is from those before (Arthur and Vassilvitskii 2007). The
    /// draws are the same each time.
    fn plus_plus(&self, count: usize) -> Vec<f64> {
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut draw = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut distances = vec![f64::INFINITY; self.count()];
        let mut centroids = Vec::new();
        while centroids.len() < count {
            let weight = |place: usize| {
                let distance: f64 = if centroids.is_empty() {
                    1.0
                } else {
                    distances[place]
                };
                distance * self.sum(0, place, place + 1)
            };
            let all: f64 = (0..self.count()).map(weight).sum();
            let mut left = draw() * all;
            let drawn = (0..self.count()).find(|&place| {
                left -= weight(place);
                left < 0.0
            });
            let value = self.values[drawn.unwrap_or(self.count() - 1)];
            for (distance, other) in std::iter::zip(&mut distances, &self.values) {
                *distance = distance.min((other - value) * (other - value));
            }
            centroids.push(value);
        }
        centroids.sort_by(f64::total_cmp);
        centroids
    }

    /// Where the clusters begin that Lloyd's algorithm comes to from these ascending centroids, and the end of the last.
    fn lloyd(&self, mut centroids: Vec<f64>) -> Vec<usize> {
        let bounds_of = |centroids: &[f64]| -> Vec<usize> {
            let between = centroids.windows(2).map(|pair| {
                let middle = f64::midpoint(pair[0], pair[1]);
                self.values.partition_point(|value| *value < middle)
            });
            std::iter::once(0)
                .chain(between)
                .chain([self.count()])
                .collect()
        };
        let mut bounds = bounds_of(&centroids);
        for _ in 0..ROUNDS {
            for (centroid, ends) in std::iter::zip(&mut centroids, bounds.windows(2)) {
                if ends[0] < ends[1] {
                    *centroid = self.mean(ends[0], ends[1]);
                }
            }
            let next = bounds_of(&centroids);
            if next == bounds {
                break;
            }
            bounds = next;
        }
        bounds
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cost(numbers: &[(f32, f32)], centroids: &[f32]) -> f64 {
        let costs = numbers.iter().map(|&(number, weight)| {
            let distance = f64::from(number - centroids[nearest(centroids, number)]);
            f64::from(weight) * distance * distance
        });
        costs.sum()
    }

    #[test]
    fn clusters_apart_are_found() {
        let numbers = [-1.0, -1.1, 2.0, 2.1, 5.0, 5.2].map(|number| (number, 1.0));
        for &start in Start::ALL {
            let found = centroids(&numbers, 3, start);
            let expected = [-1.05, 2.05, 5.1];
            let pairs = std::iter::zip(&found, expected);
            assert!(
                pairs
                    .into_iter()
                    .all(|(one, other)| (one - other).abs() < 1e-6),
                "{start}: {found:?}"
            );
        }
    }

    #[test]
    fn fewer_numbers_than_clusters_stay() {
        let numbers = [(2.0, 1.0), (1.0, 3.0), (2.0, 0.0)];
        assert_eq!(centroids(&numbers, 4, Start::Optimal), [1.0, 2.0]);
        assert!(centroids(&[], 4, Start::Linear).is_empty());
    }

    #[test]
    fn a_number_counts_by_its_weight() {
        let numbers = [(0.0, 3.0), (1.0, 1.0), (9.0, 1.0)];
        assert_eq!(centroids(&numbers, 2, Start::Optimal), [0.25, 9.0]);
    }

    proptest! {
        /// No way to divide a few numbers is better than the one that is said to be best.
        #[test]
        fn the_optimum_is_one(
            numbers in prop::collection::vec((-1.0..1.0_f32, 0.1..1.0_f32), 4..9), count in 1_usize..4,
        ) {
            let best = cost(&numbers, &centroids(&numbers, count, Start::Optimal));
            let points = Points::new(&numbers);
            let all = points.count();
            // All bounds of up to three clusters.
            for first in 1..=all {
                for second in first..=all {
                    let bounds = match count {
                        1 => vec![0, all],
                        2 => vec![0, first, all],
                        _ => vec![0, first, second, all],
                    };
                    let clusters = bounds.windows(2).filter(|ends| ends[0] < ends[1]);
                    let other: f64 = clusters.map(|ends| points.cost(ends[0], ends[1])).sum();
                    prop_assert!(best <= other + 1e-5, "{best} {other}");
                }
            }
            for &start in Start::ALL {
                let found = centroids(&numbers, count, start);
                prop_assert!(found.len() <= count && found.is_sorted());
                prop_assert!(best <= cost(&numbers, &found) + 1e-5);
            }
        }
    }
}
