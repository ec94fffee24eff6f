//! Which tensors share a buffer: those whose lifetimes do not meet.

/// From when to when a tensor is needed, and how large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    /// The step that writes it.
    pub(crate) first: usize,
    /// The last step that reads it.
    pub(crate) last: usize,
    /// Its size.
    pub(crate) bytes: u64,
}

impl Lifetime {
    fn meets(&self, other: &Lifetime) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// The buffers, and the one that each tensor lies in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MemoryPlan {
    /// The size of each buffer.
    pub(crate) buffers: Vec<u64>,
    /// For each tensor the index of its buffer.
    pub(crate) assignment: Vec<usize>,
}

/// Lays tensors in as few bytes as a greedy choice finds: the largest first, each in the first buffer that is free as long as
/// it is needed. A buffer holds one tensor at a time, from its start.
pub(crate) fn plan(tensors: &[Lifetime]) -> MemoryPlan {
    let mut order: Vec<usize> = (0..tensors.len()).collect();
    order.sort_by_key(|&tensor| std::cmp::Reverse(tensors[tensor].bytes));

    let mut buffers = Vec::new();
    let mut tenants: Vec<Vec<usize>> = Vec::new();
    let mut assignment = vec![0; tensors.len()];
    for tensor in order {
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
    MemoryPlan {
        buffers,
        assignment,
    }
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
        let plan = plan(&chain);
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
        let plan = plan(&tensors);
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
            plan(&[]),
            MemoryPlan {
                buffers: vec![],
                assignment: vec![]
            }
        );
    }
}
