//! What the processor can do at most, measured on it.

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::hint::black_box;
use std::time::{Duration, Instant};

use rayon::ThreadPool;

use crate::instruction_set::InstructionSet;
use crate::machine::Machine;

/// How long a measurement goes on at least.
const LEAST: Duration = Duration::from_millis(3);
/// Measurements of a rate, of which the best counts.
const ATTEMPTS: usize = 20;
/// Rounds of products between two looks at the clock.
const ROUNDS: usize = 10_000;
/// Bytes of each of the two buffers that a thread copies between: more than caches hold.
const COPIED_BYTES: usize = 64 << 20;

/// The rates that kernels cannot surpass on the threads and instructions of a delegate. A product and its sum are two operations.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rates {
    /// Bytes a second that are read and written, both counted, where they are only copied.
    pub copied_bytes: f64,
    /// Products of 32-bit floats a second that are summed up.
    pub float_multiply_adds: f64,
    /// Products of 8-bit integers a second that are summed up.
    pub byte_multiply_adds: f64,
    /// Products of 16-bit integers a second that are summed up.
    pub word_multiply_adds: f64,
}

/// Sums up products of registers for so many rounds; gives how many products.
type Products = fn(rounds: usize) -> usize;

/// Kernels that do nothing but sum up products.
struct Kernels {
    floats: Products,
    bytes: Products,
    words: Products,
}

impl Kernels {
    fn of(set: InstructionSet) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(kernels) = x86::kernels(set) {
            return kernels;
        }
        let _ = set;
        portable::KERNELS
    }
}

impl Rates {
    /// Measures the rates of `machine`, whose threads are those of `pool`.
    pub(crate) fn measure(machine: Machine, pool: Option<&ThreadPool>) -> Self {
        let kernels = Kernels::of(machine.set);
        let products = |kernel: Products| best(pool, &|| || kernel(ROUNDS));
        Rates {
            copied_bytes: best(pool, &|| {
                let source = vec![1_u8; COPIED_BYTES];
                let mut target = vec![0_u8; COPIED_BYTES];
                move || {
                    target.copy_from_slice(black_box(&source));
                    black_box(&mut target);
                    2 * COPIED_BYTES
                }
            }),
            float_multiply_adds: products(kernels.floats),
            byte_multiply_adds: products(kernels.bytes),
            word_multiply_adds: products(kernels.words),
        }
    }
}

/// The best sum of the rates of all threads, each of which does what `make` gives it over and over.
fn best<Work: FnMut() -> usize>(
    pool: Option<&ThreadPool>,
    make: &(impl Fn() -> Work + Sync),
) -> f64 {
    let attempts = || {
        let mut work = make();
        work();
        std::array::from_fn::<f64, ATTEMPTS, _>(|_| rate(&mut work))
    };
    let threads = match pool {
        Some(pool) => pool.broadcast(|_| attempts()),
        None => vec![attempts()],
    };
    (0..ATTEMPTS)
        .map(|attempt| threads.iter().map(|rates| rates[attempt]).sum())
        .fold(0.0, f64::max)
}

/// How much is done in a second.
fn rate(work: &mut impl FnMut() -> usize) -> f64 {
    let started = Instant::now();
    let mut done = 0;
    loop {
        done += work();
        let elapsed = started.elapsed();
        if elapsed >= LEAST {
            return done as f64 / elapsed.as_secs_f64();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kernels, Rates};
    use crate::instruction_set::InstructionSet;
    use crate::machine::Machine;
    use crate::threads::Threads;

    #[test]
    fn kernels_say_how_many_products_they_sum_up() {
        for set in InstructionSet::ALL
            .into_iter()
            .filter(|set| set.is_available())
        {
            let Kernels {
                floats,
                bytes,
                words,
            } = Kernels::of(set);
            for kernel in [floats, bytes, words] {
                assert_eq!(kernel(6), 2 * kernel(3));
                assert!(kernel(1) > 0);
            }
        }
    }

    #[test]
    fn rates_are_positive() {
        let machine = Machine {
            set: InstructionSet::detect(),
            threads: Threads(1),
        };
        let rates = Rates::measure(machine, None);
        for rate in [
            rates.copied_bytes,
            rates.float_multiply_adds,
            rates.byte_multiply_adds,
            rates.word_multiply_adds,
        ] {
            assert!(rate.is_finite() && rate > 0.0);
        }
    }
}
