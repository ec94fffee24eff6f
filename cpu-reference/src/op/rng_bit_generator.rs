//! STABLEHLO_RNG_BIT_GENERATOR: blocks of Philox or Threefry, for a counter that goes up by one each.
//!
//! As LiteRT's `kernels/rng_bit_generator.cc`: the key is the first element of the state, and the counter the
//! second and the third, or with two elements the second and the first. The lower 64 bits of it are counted.

use demilite_core::op::RngBitGenerator;
use demilite_core::op::rng_bit_generator::RngAlgorithm;
use demilite_core::random::{philox_4x32, threefry_2x32};
use demilite_core::{DataType, NodeContext, OpError};
use demilite_executor::{KernelIo, Prepared, Unprepared};

fn halves(word: u64) -> [u32; 2] {
    [word as u32, (word >> 32) as u32]
}

/// Fills `output` with the blocks that `block` gives for the counter, and counts them.
fn fill<const WORDS: usize>(
    counter: &mut u64,
    output: &mut [u8],
    block: impl Fn([u32; 2]) -> [u32; WORDS],
) {
    for output in output.chunks_mut(4 * WORDS) {
        let bytes: Vec<u8> = block(halves(*counter))
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        output.copy_from_slice(&bytes[..output.len()]);
        *counter = counter.wrapping_add(1);
    }
}

pub(crate) fn prepare(op: &RngBitGenerator, node: &NodeContext<'_>) -> Prepared {
    use DataType::{Int32, Int64, UInt32, UInt64};
    let states = [node.required(0)?.dtype, node.output(0).dtype];
    let is_known =
        states == [UInt64; 2] && matches!(node.output(1).dtype, Int32 | Int64 | UInt32 | UInt64);
    if !is_known {
        return Err(Unprepared::types(node));
    }
    let algorithm = op.algorithm;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let state: &[u64] = io.input(0)?;
        let [after, bits] = &mut io.outputs[..] else {
            return Err(OpError::rule("it has two outputs"));
        };
        let (key, mut counter) = (halves(state[0]), state[1]);
        match algorithm {
            RngAlgorithm::Threefry => fill(&mut counter, bits.bytes_mut(), |counter| {
                threefry_2x32(key, counter)
            }),
            RngAlgorithm::Default | RngAlgorithm::Philox => {
                let upper = halves(state.get(2).copied().unwrap_or(state[0]));
                fill(&mut counter, bits.bytes_mut(), |lower| {
                    philox_4x32(key, [lower[0], lower[1], upper[0], upper[1]])
                });
            }
        }
        let after: &mut [u64] = after.as_mut_slice()?;
        after.copy_from_slice(state);
        after[1] = counter;
        Ok(())
    }))
}
