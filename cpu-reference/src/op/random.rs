//! RANDOM_UNIFORM, RANDOM_STANDARD_NORMAL, MULTINOMIAL: numbers that are drawn, from seeds.
//!
//! As LiteRT's `kernels/random_ops.cc`: each node has a Philox sequence of its own, which goes on from one
//! invocation to the next. Where both seeds are 0, the seeds of a session are drawn from the randomness that
//! the system gives the standard library's hash maps.

use std::f64::consts::PI;
use std::hash::{BuildHasher, RandomState};

use demilite_core::op::Random;
use demilite_core::op::random::RandomKind;
use demilite_core::random::Philox;
use demilite_core::{DataType, Element, NodeContext, OpError, Reject};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared};

/// The number from 0 up to 1 that the lower 23 of these bits make.
pub fn uniform_f32(bits: u32) -> f32 {
    f32::from_bits(127 << 23 | bits & 0x7f_ffff) - 1.0
}

/// The number from 0 up to 1 that the lower 20 of the first and all of the second bits make.
pub fn uniform_f64(upper: u32, lower: u32) -> f64 {
    let mantissa = u64::from(upper & 0xf_ffff) << 32 | u64::from(lower);
    f64::from_bits(1023 << 52 | mantissa) - 1.0
}

/// Two numbers of mean 0 and variance 1, by the method of Box and Muller.
pub fn standard_normal(bits: [u32; 2]) -> [f32; 2] {
    // Keeps the logarithm finite.
    let radius = uniform_f32(bits[0]).max(1e-7);
    let angle = (2.0 * PI * f64::from(uniform_f32(bits[1]))) as f32;
    let radius = (-2.0 * radius.ln()).sqrt();
    [angle.sin() * radius, angle.cos() * radius]
}

/// Draws `draws` classes for each row of `classes` logarithms of probabilities. Those that are not finite are
/// never drawn.
pub fn draw_classes(
    generator: &mut Philox,
    logits: &[f32],
    classes: usize,
    draws: usize,
    mut give: impl FnMut(usize),
) {
    let rows = logits.chunks_exact(classes);
    // More than is drawn here, as many as TensorFlow leaves out.
    let blocks = draws.div_ceil(4).wrapping_mul(4 * 2 * 256);
    let mut blocks_here = generator.clone();
    generator.skip(rows.len().wrapping_mul(blocks) as u64);
    let mut bits = [0; 4];
    let mut is_half_used = false;
    for row in rows {
        let finite = |value: &&f32| value.is_finite();
        let largest = row.iter().filter(finite).copied().fold(f32::MIN, f32::max);
        let mut sum = 0.0;
        let sums: Vec<f64> = row
            .iter()
            .map(|value| {
                if value.is_finite() {
                    sum += (f64::from(*value) - f64::from(largest)).exp();
                }
                sum
            })
            .collect();
        for _ in 0..draws {
            if !is_half_used {
                bits = blocks_here.block();
            }
            let [upper, lower] = match is_half_used {
                false => [bits[0], bits[1]],
                true => [bits[2], bits[3]],
            };
            is_half_used = !is_half_used;
            let place = uniform_f64(upper, lower) * sum;
            give(sums.partition_point(|&sum| sum <= place));
        }
    }
}

struct Drawn {
    op: Random,
    /// Classes of a row, and how many of them are drawn.
    classes: [usize; 2],
}

/// The sequence of two seeds, or of others where both are 0.
fn generator(op: &Random) -> Philox {
    // LiteRT keeps 32 bits of each, with their sign.
    let [seed, seed2] = [op.seed, op.seed2].map(|seed| i64::from(seed as i32).cast_unsigned());
    if (seed, seed2) == (0, 0) {
        let [seed, seed2] = [0, 1].map(|half: u8| RandomState::new().hash_one(half));
        return Philox::new(seed, seed2);
    }
    Philox::new(seed, seed2)
}

impl Drawn {
    fn classes<T: Element>(
        &self,
        generator: &mut Philox,
        io: &mut KernelIo<'_>,
        class: impl Fn(usize) -> T,
    ) -> Result<(), OpError> {
        let logits = io.input::<f32>(0)?;
        let mut output = io.output::<T>()?.iter_mut();
        let [classes, draws] = self.classes;
        draw_classes(generator, logits, classes, draws, |index| {
            if let Some(output) = output.next() {
                *output = class(index);
            }
        });
        Ok(())
    }
}

impl Kernel for Drawn {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let mut sequence = io
            .state
            .take_generator(io.node)
            .unwrap_or_else(|| generator(&self.op));
        let result = match (self.op.kind, io.outputs[0].dtype()) {
            (RandomKind::Multinomial, DataType::Int32) => {
                self.classes(&mut sequence, io, |index| index as i32)
            }
            (RandomKind::Multinomial, _) => self.classes(&mut sequence, io, |index| index as i64),
            (RandomKind::RandomStandardNormal, _) => {
                for output in io.output::<f32>()?.chunks_mut(4) {
                    let [a, b, c, d] = sequence.block();
                    let drawn = [standard_normal([a, b]), standard_normal([c, d])].concat();
                    output.copy_from_slice(&drawn[..output.len()]);
                }
                Ok(())
            }
            (RandomKind::RandomUniform, _) => {
                for output in io.output::<f32>()?.chunks_mut(4) {
                    let drawn = sequence.block().map(uniform_f32);
                    output.copy_from_slice(&drawn[..output.len()]);
                }
                Ok(())
            }
        };
        io.state.put_generator(io.node, sequence);
        result
    }
}

pub(crate) fn prepare(op: &Random, node: &NodeContext<'_>) -> Prepared {
    let output = node.output(0).dtype;
    let mut classes = [0; 2];
    match op.kind {
        RandomKind::Multinomial => {
            let is_known = node.required(0)?.dtype == DataType::Float32
                && matches!(output, DataType::Int32 | DataType::Int64);
            if !is_known {
                return Err(Unprepared::types(node));
            }
            let &[_, of_row] = &node.shape(0)?[..] else {
                return Err(Reject::invalid("its logarithms are not a matrix").into());
            };
            let draws = node.output_shape(0).and_then(|shape| shape.last().copied());
            classes = [of_row, draws.ok_or(OpError::Unknown { index: 1 })?];
            if of_row == 0 {
                return Err(Reject::invalid("it draws from no classes").into());
            }
        }
        RandomKind::RandomStandardNormal | RandomKind::RandomUniform => {
            if output != DataType::Float32 {
                return Err(Unprepared::types(node));
            }
        }
    }
    Ok(Box::new(Drawn { op: *op, classes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_become_numbers_from_0_up_to_1() {
        assert_eq!(uniform_f32(0), 0.0);
        assert_eq!(uniform_f32(1 << 22), 0.5);
        assert_eq!(uniform_f32(u32::MAX), 1.0 - f32::EPSILON);
        assert_eq!(uniform_f64(1 << 19, 0), 0.5);
        assert_eq!(uniform_f64(u32::MAX, u32::MAX), 1.0 - f64::EPSILON);
    }

    #[test]
    fn classes_without_a_finite_logarithm_are_never_drawn() {
        let logits = [f32::NEG_INFINITY, 0.0, f32::NAN, 3.0, f32::INFINITY];
        let mut drawn = [0; 6];
        draw_classes(&mut Philox::new(1, 2), &logits, 5, 1000, |class| {
            drawn[class] += 1
        });
        assert_eq!([drawn[0], drawn[2], drawn[4], drawn[5]], [0; 4]);
        // e³ to 1.
        assert!((910..990).contains(&drawn[3]), "{drawn:?}");
    }
}
