//! Products in plain Rust, of which the compiler makes what vectors the target always has.

use std::array::from_fn;
use std::hint::black_box;

use super::Kernels;

pub(super) const KERNELS: Kernels = Kernels {
    floats,
    bytes,
    words,
};

/// Sums that are under way at once.
const SUMS: usize = 64;

fn floats(rounds: usize) -> usize {
    let factors: [f32; SUMS] = black_box([1.0; SUMS]);
    let mut sums = [0.0_f32; SUMS];
    for _ in 0..rounds {
        for (sum, factor) in std::iter::zip(&mut sums, factors) {
            *sum = *sum * factor + factor;
        }
    }
    black_box(sums);
    rounds * SUMS
}

fn bytes(rounds: usize) -> usize {
    integers(rounds, black_box(from_fn(|index| index as i8)))
}

fn words(rounds: usize) -> usize {
    integers(rounds, black_box(from_fn(|index| index as i16)))
}

fn integers<Element: Copy + Into<i32>>(rounds: usize, factors: [Element; SUMS]) -> usize {
    let mut sums = [0_i32; SUMS];
    for _ in 0..rounds {
        let factor = black_box(factors[0]).into();
        for (sum, other) in std::iter::zip(&mut sums, factors) {
            *sum = sum.wrapping_add(factor * other.into());
        }
    }
    black_box(sums);
    rounds * SUMS
}
