//! What cases are drawn with.

use demilite_core::{DataType, Quantization};

use crate::case::Draft;
use crate::random::Random;

/// Extents of 1, primes, and few others.
const EXTENTS: [usize; 12] = [1, 1, 2, 2, 3, 3, 4, 5, 7, 11, 13, 17];

/// The most elements of a tensor.
const MAX_ELEMENTS: usize = 2000;

/// The numbers of a kind and a seed, from which all of a case follows.
pub(crate) struct Draw {
    seed: u64,
    random: Random,
}

impl Draw {
    pub(crate) fn new(kind: &str, seed: u64) -> Self {
        let random = Random::of(&format!("{kind} {seed}"));
        Draw { seed, random }
    }

    /// A case of this op and type, with floats and wide integers between ±8. The words say what
    /// else its name picks cases out by.
    pub(crate) fn draft(&self, op: &str, dtype: DataType, words: &str) -> Draft {
        let separator = if words.is_empty() { "" } else { "/" };
        let name = format!("{op}/{dtype}{separator}{words}/seed_{}", self.seed);
        Draft::new(name).within(8.0)
    }

    /// An integer from `low` to `high`, both among them.
    pub(crate) fn integer(&mut self, low: usize, high: usize) -> usize {
        self.random.integer(low as i64, high as i64) as usize
    }

    /// A signed integer from `low` to `high`, both among them.
    pub(crate) fn signed(&mut self, low: i32, high: i32) -> i32 {
        self.random.integer(low.into(), high.into()) as i32
    }

    /// A real from `low` up to, but not with, `high`.
    pub(crate) fn real(&mut self, low: f32, high: f32) -> f32 {
        self.random.real(low, high)
    }

    /// One of several.
    pub(crate) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.integer(0, of.len() - 1)].clone()
    }

    /// One in `count` times yes.
    pub(crate) fn one_in(&mut self, count: u64) -> bool {
        self.random.one_in(count)
    }

    /// A shape of a rank between these, both among them.
    pub(crate) fn shape(&mut self, least: usize, most: usize) -> Vec<usize> {
        let rank = self.integer(least, most);
        self.shape_of_rank(rank)
    }

    /// A shape of a rank.
    pub(crate) fn shape_of_rank(&mut self, rank: usize) -> Vec<usize> {
        let mut shape: Vec<usize> = (0..rank).map(|_| self.one(&EXTENTS)).collect();
        while shape.iter().product::<usize>() > MAX_ELEMENTS {
            let axis = self.integer(0, rank - 1);
            shape[axis] = shape[axis].div_ceil(2);
        }
        // Rows that fill vectors and more, now and then.
        if rank > 0 && self.one_in(12) {
            shape = vec![1; rank];
            shape[rank - 1] = self.one(&[31, 67, 257, 1009]);
        }
        shape
    }

    /// Two shapes that broadcast together, of at most this rank.
    pub(crate) fn broadcast(&mut self, most: usize) -> [Vec<usize>; 2] {
        let whole = self.shape(0, most);
        if self.one_in(3) {
            return [whole.clone(), whole];
        }
        let mut part = |is_whole: bool| {
            let dropped = if is_whole {
                0
            } else {
                self.integer(0, whole.len())
            };
            let mut part = whole[dropped..].to_vec();
            for extent in &mut part {
                if self.one_in(3) {
                    *extent = 1;
                }
            }
            part
        };
        let parts = [part(true), part(false)];
        match self.one_in(2) {
            true => parts,
            false => {
                let [first, second] = parts;
                [second, first]
            }
        }
    }

    /// An axis of a rank, counted from either end.
    pub(crate) fn axis(&mut self, rank: usize) -> i32 {
        let rank = rank as i32;
        self.signed(-rank, rank - 1)
    }

    /// The quantization of an activation, with scales over four powers of ten and zero points that
    /// are often the ends of their range; none for types that have none.
    pub(crate) fn quantization(&mut self, dtype: DataType) -> Option<Quantization> {
        let scale = 10_f32.powf(self.real(-3.0, 1.0));
        self.quantization_at(dtype, scale)
    }

    /// A quantization whose scale lies within a factor of 4 of another's.
    pub(crate) fn near(
        &mut self,
        dtype: DataType,
        other: &Option<Quantization>,
    ) -> Option<Quantization> {
        let scale = other.as_ref().map_or(1.0, |other| other.scale[0]);
        let scale = scale * 4_f32.powf(self.real(-1.0, 1.0));
        self.quantization_at(dtype, scale)
    }

    fn quantization_at(&mut self, dtype: DataType, scale: f32) -> Option<Quantization> {
        let zero_point = match dtype {
            DataType::Int8 | DataType::UInt8 => {
                let (low, high) = dtype.quantized_range()?;
                match self.integer(0, 5) {
                    0 => low,
                    1 => high,
                    _ => self.signed(low, high),
                }
            }
            DataType::Int16 => 0,
            _ => return None,
        };
        Some(Quantization::per_tensor(scale, zero_point))
    }
}
