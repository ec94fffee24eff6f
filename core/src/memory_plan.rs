//! Which tensors share memory: those whose lifetimes do not meet.

/// From when to when a tensor is needed, and how large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// The step that writes it.
    pub first: usize,
    /// The last step that reads it.
    pub last: usize,
    /// Its size.
    pub bytes: u64,
}

impl Lifetime {
    fn is_needed(&self, step: usize) -> bool {
        (self.first..=self.last).contains(&step)
    }

    fn meets(&self, other: &Lifetime) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// The buffers, and the one that each tensor lies in.
#[derive(Debug, PartialEq, Eq)]
pub struct BufferPlan {
    /// The size of each buffer.
    pub buffers: Vec<u64>,
    /// For each tensor the index of its buffer.
    pub assignment: Vec<usize>,
}

/// Lays tensors in as few bytes as a greedy choice finds: the largest first, each in the first buffer that is free as long as
/// it is needed. A buffer holds one tensor at a time, from its start.
pub fn buffers(tensors: &[Lifetime]) -> BufferPlan {
    let mut buffers = Vec::new();
    let mut tenants: Vec<Vec<usize>> = Vec::new();
    let mut assignment = vec![0; tensors.len()];
    for tensor in largest_first(tensors) {
        let free = |tenants: &Vec<usize>| {
            tenants
                .iter()
                .all(|&other| !tensors[tensor].meets(&tensors[other]))
        };
        let buffer = tenants.iter().position(free).unwrap_or_else(|| {
            buffers.push(tensors[tensor].bytes);
            tenants.push(Vec::new());
            tenants.len() - 1
        });
        tenants[buffer].push(tensor);
        assignment[tensor] = buffer;
    }
    BufferPlan {
        buffers,
        assignment,
    }
}

/// One piece of memory, and where in it each tensor lies.
#[derive(Debug, PartialEq, Eq)]
pub struct ArenaPlan {
    /// The size of the memory.
    pub bytes: u64,
    /// For each tensor where it starts.
    pub offsets: Vec<u64>,
}

/// Lays tensors in one arena, in as few bytes as a greedy choice finds in the best of three orders: the largest first, or those of
/// the step that needs most first, of which either the largest or the one that is needed for longest comes first. Each lies in the
/// first gap between those that are needed at the same time, from a multiple of `alignment` on, which is not 0. Tensors without
/// bytes lie at 0.
///
/// `None` where the sizes add up to more than 64 bits hold.
pub fn arena(tensors: &[Lifetime], alignment: u64) -> Option<ArenaPlan> {
    let by_size = largest_first(tensors);
    let mut by_life = by_size.clone();
    by_life.sort_by_key(|&tensor| {
        std::cmp::Reverse(tensors[tensor].last.saturating_sub(tensors[tensor].first))
    });
    let busiest = busiest_steps(tensors);
    let orders = [
        by_size.clone(),
        by_busiest_step(by_size, &busiest),
        by_busiest_step(by_life, &busiest),
    ];
    let plans = orders
        .iter()
        .map(|order| in_order(tensors, order, alignment));
    let plans: Option<Vec<ArenaPlan>> = plans.collect();
    plans?.into_iter().min_by_key(|plan| plan.bytes)
}

/// Lays tensors in one arena one after the other.
fn in_order(tensors: &[Lifetime], order: &[usize], alignment: u64) -> Option<ArenaPlan> {
    let mut plan = ArenaPlan {
        bytes: 0,
        offsets: vec![0; tensors.len()],
    };
    // Those that have their place, in the order of their places.
    let mut placed: Vec<usize> = Vec::new();
    for &tensor in order {
        let lifetime = tensors[tensor];
        if lifetime.bytes == 0 {
            continue;
        }
        let mut offset: u64 = 0;
        for &other in placed
            .iter()
            .filter(|&&other| lifetime.meets(&tensors[other]))
        {
            if offset.checked_add(lifetime.bytes)? <= plan.offsets[other] {
                break;
            }
            let end = plan.offsets[other] + tensors[other].bytes;
            offset = offset.max(end.checked_next_multiple_of(alignment)?);
        }
        plan.offsets[tensor] = offset;
        plan.bytes = plan.bytes.max(offset.checked_add(lifetime.bytes)?);
        let place = placed.partition_point(|&other| plan.offsets[other] <= offset);
        placed.insert(place, tensor);
    }
    Some(plan)
}

/// For each tensor the place of the busiest step of its life among all steps, those that need most first.
fn busiest_steps(tensors: &[Lifetime]) -> Vec<Option<usize>> {
    // More is needed than at the step before only where a tensor is written.
    let needs = |step: usize| {
        let needed = tensors.iter().filter(|each| each.is_needed(step));
        needed.fold(0, |sum: u64, each| sum.saturating_add(each.bytes))
    };
    let mut firsts: Vec<usize> = tensors.iter().map(|tensor| tensor.first).collect();
    firsts.sort_unstable();
    firsts.dedup();
    firsts.sort_by_cached_key(|&step| std::cmp::Reverse(needs(step)));
    let place = |tensor: &Lifetime| firsts.iter().position(|&step| tensor.is_needed(step));
    tensors.iter().map(place).collect()
}

/// Tensors of one busiest step stay in their order.
fn by_busiest_step(mut order: Vec<usize>, busiest: &[Option<usize>]) -> Vec<usize> {
    order.sort_by_key(|&tensor| busiest[tensor]);
    order
}

/// The tensors by size, those of one size in their order.
fn largest_first(tensors: &[Lifetime]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..tensors.len()).collect();
    order.sort_by_key(|&tensor| std::cmp::Reverse(tensors[tensor].bytes));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifetime(first: usize, last: usize, bytes: u64) -> Lifetime {
        Lifetime { first, last, bytes }
    }

    #[test]
    fn a_chain_needs_two_buffers() {
        let chain: Vec<_> = (0..10).map(|i| lifetime(i, i + 1, 100)).collect();
        let plan = buffers(&chain);
        assert_eq!(plan.buffers, [100, 100]);
        assert!(plan.assignment.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn a_tensor_read_late_keeps_its_buffer() {
        let tensors = [
            lifetime(0, 3, 10),
            lifetime(1, 2, 40),
            lifetime(2, 3, 20),
            lifetime(3, 4, 30),
        ];
        let plan = buffers(&tensors);
        for (i, a) in tensors.iter().enumerate() {
            assert!(plan.buffers[plan.assignment[i]] >= a.bytes);
            for (j, b) in tensors.iter().enumerate().skip(i + 1) {
                assert!(
                    plan.assignment[i] != plan.assignment[j] || !a.meets(b),
                    "{i} and {j}"
                );
            }
        }
        assert_eq!(plan.buffers.iter().sum::<u64>(), 70);
    }

    #[test]
    fn nothing_needs_nothing() {
        assert_eq!(
            buffers(&[]),
            BufferPlan {
                buffers: vec![],
                assignment: vec![]
            }
        );
    }

    #[test]
    fn tensors_in_an_arena_do_not_overlap_while_they_are_needed() {
        let mut state = 1_u64;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
            (state >> 33) % below
        };
        for count in [1, 2, 5, 30] {
            let tensors: Vec<Lifetime> = (0..count)
                .map(|_| {
                    let first = draw(20) as usize;
                    lifetime(first, first + draw(5) as usize, draw(1000))
                })
                .collect();
            let plan = arena(&tensors, 64).unwrap();
            for (i, a) in tensors.iter().enumerate() {
                let place = plan.offsets[i]..plan.offsets[i] + a.bytes;
                assert!(place.start.is_multiple_of(64) && place.end <= plan.bytes);
                for (j, b) in tensors.iter().enumerate().skip(i + 1) {
                    let other = plan.offsets[j]..plan.offsets[j] + b.bytes;
                    let apart = place.end <= other.start || other.end <= place.start;
                    assert!(
                        apart || !a.meets(b) || a.bytes == 0 || b.bytes == 0,
                        "{i} and {j}"
                    );
                }
            }
        }
    }

    #[test]
    fn an_arena_is_as_large_as_the_step_that_needs_most() {
        let tensors = [
            lifetime(0, 1, 64),
            lifetime(1, 2, 128),
            lifetime(2, 3, 192),
            lifetime(3, 4, 64),
            // In the gap that the first one leaves.
            lifetime(2, 4, 64),
        ];
        let plan = arena(&tensors, 64).unwrap();
        assert_eq!(plan.bytes, 128 + 192 + 64);
        assert_eq!(plan.offsets[2], 0);
    }

    #[test]
    fn what_the_busiest_step_needs_lies_side_by_side() {
        // The first one is large, but needed where little else is.
        let tensors = [
            lifetime(0, 0, 112),
            lifetime(0, 1, 64),
            lifetime(1, 2, 64),
            lifetime(2, 3, 128),
        ];
        assert_eq!(
            in_order(&tensors, &largest_first(&tensors), 1)
                .unwrap()
                .bytes,
            240
        );
        assert_eq!(arena(&tensors, 1).unwrap().bytes, 192);
    }

    #[test]
    fn sizes_that_no_memory_has_are_refused() {
        let tensors = [lifetime(0, 1, u64::MAX), lifetime(0, 1, 64)];
        assert_eq!(arena(&tensors, 64), None);
    }
}
