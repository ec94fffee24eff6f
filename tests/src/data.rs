//! What the tensors of cases are filled with.

use demilite_core::{DataType, Op, Shape, Value};
use half::f16;

use crate::random::Random;
use crate::special::Specials;
use crate::under_test::specials;

/// What one invocation of a case is fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Numbers all over the domain, its ends more often than chance has them.
    Anywhere,
    /// As before, with floats that are few: whole multiples of a power of two, so that sums of them and of their products have
    /// one right result in any order.
    OnGrid,
    /// As before, and a few floats that are not usual numbers: NaN, infinities, −0, the least and the largest ones.
    Special,
}

impl Content {
    /// That of an invocation.
    pub(crate) fn of_run(run: u64) -> Self {
        match run % 3 {
            0 => Content::Anywhere,
            1 => Content::OnGrid,
            _ => Content::Special,
        }
    }
}

/// What data is drawn from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Domain {
    /// Where floats and integers of 32 and 64 bits begin.
    pub(crate) low: f32,
    /// Where they end.
    pub(crate) high: f32,
    /// Where narrower integers begin, unless their type begins later; they end with it.
    pub(crate) min_narrow: i32,
}

/// Steps of the grid between 0 and the end of the domain.
const GRID_STEPS: f32 = 64.0;

impl Domain {
    pub(crate) fn between(low: f32, high: f32) -> Self {
        Domain {
            low,
            high,
            min_narrow: i32::MIN,
        }
    }

    fn integers(&self, dtype: DataType) -> (i64, i64) {
        match dtype.quantized_range() {
            Some((low, high)) if dtype != DataType::Int32 => {
                (low.max(self.min_narrow).into(), high.into())
            }
            _ => (self.low as i64, self.high as i64),
        }
    }

    /// The power of two that floats on the grid are multiples of.
    fn step(&self) -> f32 {
        let largest = self.low.abs().max(self.high.abs());
        match largest > 0.0 {
            true => (largest / GRID_STEPS).log2().ceil().exp2(),
            false => 1.0,
        }
    }

    /// The number of the grid next to a real, within the domain.
    fn on_grid(&self, real: f32) -> f32 {
        let step = self.step();
        let (first, last) = ((self.low / step).ceil(), (self.high / step).floor());
        match first <= last {
            true => (real / step).round().clamp(first, last) * step,
            false => real,
        }
    }
}

/// Elements of a type.
pub(crate) fn drawn(
    random: &mut Random,
    dtype: DataType,
    shape: &Shape,
    domain: &Domain,
    content: Content,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let reals = [
        domain.low,
        domain.high,
        0.0_f32.clamp(domain.low, domain.high),
    ];
    let (low, high) = domain.integers(dtype);
    match dtype {
        DataType::Int4 | DataType::UInt4 => return packed::<4>(random, shape.elements()),
        DataType::Int2 => return packed::<2>(random, shape.elements()),
        DataType::String => return strings(random, shape),
        _ => {}
    }
    for _ in 0..shape.elements() {
        let is_edge = random.one_in(16);
        let real = match is_edge {
            true => reals[random.integer(0, 2) as usize],
            false => random.real(domain.low, domain.high),
        };
        let real = match content {
            Content::OnGrid => domain.on_grid(real),
            Content::Anywhere | Content::Special => real,
        };
        let integer = match is_edge {
            true => [low, high][random.integer(0, 1) as usize],
            false => random.integer(low, high),
        };
        match dtype {
            DataType::Float32 => bytes.extend(real.to_le_bytes()),
            DataType::Float16 => bytes.extend(f16::from_f32(real).to_le_bytes()),
            DataType::Bool => bytes.push(u8::from(random.one_in(2))),
            _ => {
                let width = dtype.bits().map_or(0, |bits| bits / 8);
                bytes.extend(&integer.to_le_bytes()[..width]);
            }
        }
    }
    bytes
}

/// The most elements of a tensor that are not usual numbers.
const MAX_SPECIALS: usize = 9;

/// Puts numbers that are special to an op in places of a tensor of floats.
pub(crate) fn scatter_specials(random: &mut Random, dtype: DataType, bytes: &mut [u8], op: &Op) {
    let numbers = match specials(op) {
        Specials::None => return,
        Specials::Of(numbers) => numbers,
    };
    let width = match dtype {
        DataType::Float32 => 4,
        DataType::Float16 => 2,
        _ => return,
    };
    let elements = bytes.len() / width;
    // A scalar has one, and no tensor is full of them: most places show that nothing spreads.
    let count = elements.div_ceil(8).min(MAX_SPECIALS);
    let first = random.bits() as usize;
    for index in 0..count.min(elements) {
        let place = random.integer(0, elements as i64 - 1) as usize;
        let number = numbers[(first.wrapping_add(index)) % numbers.len()];
        let element = &mut bytes[place * width..][..width];
        match dtype {
            DataType::Float16 => {
                element.copy_from_slice(&f16::from_f32(number).to_le_bytes());
            }
            _ => element.copy_from_slice(&number.to_le_bytes()),
        }
    }
}

/// Strings of few letters, so that some are the same, and some are empty.
fn strings(random: &mut Random, shape: &Shape) -> Vec<u8> {
    const LETTERS: [&str; 4] = ["a", "b", "é", "\0z"];
    let strings = (0..shape.elements()).map(|_| {
        let length = random.integer(0, 3);
        let letters = (0..length).map(|_| LETTERS[random.integer(0, 3) as usize]);
        letters.collect::<String>()
    });
    let strings: Vec<String> = strings.collect();
    let value = Value::from_strings(shape.clone(), strings);
    value.expect("as many as the shape has").bytes().to_vec()
}

/// Symmetric weights of so many bits, several in a byte, the low bits first.
fn packed<const BITS: usize>(random: &mut Random, elements: usize) -> Vec<u8> {
    let most = (1 << (BITS - 1)) - 1;
    let mask = (1 << BITS) - 1;
    let drawn: Vec<u8> = (0..elements)
        .map(|_| random.integer(-most, most) as u8 & mask)
        .collect();
    let of_bytes = drawn.chunks(8 / BITS);
    of_bytes
        .map(|weights| {
            let places = weights.iter().enumerate();
            places.fold(0, |byte, (place, weight)| byte | weight << (BITS * place))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_coarse_and_within_its_domain() {
        for (low, high) in [(-1.0, 1.0), (-8.0, 8.0), (0.01, 20.0), (1.0, 20.0)] {
            let domain = Domain::between(low, high);
            let mut random = Random::new(7);
            for _ in 0..1000 {
                let number = domain.on_grid(random.real(low, high));
                assert!((low..=high).contains(&number), "{number}");
                assert_eq!(f16::from_f32(number).to_f32(), number);
                assert_eq!(number / domain.step() % 1.0, 0.0);
            }
        }
    }
}
