//! Plain loops that the compiler makes vectors of, once for each set of instructions.

use crate::instruction_set::InstructionSet;
#[cfg(target_arch = "x86_64")]
use crate::instruction_set::Vectors;
use crate::machine::Machine;
use crate::target::Target;

/// Elements that a thread is worth waking for.
pub(crate) const GRAIN: usize = 1 << 14;

/// Runs a loop with the vector instructions of `set`.
#[inline(always)]
pub(crate) fn dispatch(set: InstructionSet, body: impl FnOnce()) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma,f16c")]
        fn avx2(body: impl FnOnce()) {
            body();
        }
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")]
        fn avx512(body: impl FnOnce()) {
            body();
        }
        // SAFETY: the instructions were found when the delegate was made.
        unsafe {
            match set.vectors() {
                Vectors::None => body(),
                Vectors::Bits256 => avx2(body),
                Vectors::Bits512 => avx512(body),
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = set;
        body();
    }
}

/// Writes what `apply` makes of each element.
pub(crate) fn map<T: Copy + Sync, O: Send>(
    machine: Machine,
    input: &[T],
    output: &mut [O],
    apply: impl Fn(T) -> O + Sync + Copy,
) {
    assert_eq!(input.len(), output.len(), "one output for each element");
    let target = Target {
        first: output.as_mut_ptr(),
        stride: 1,
    };
    machine.threads.split(input.len(), GRAIN, |range| {
        // SAFETY: there is an output for each element; ranges do not meet.
        let output =
            unsafe { std::slice::from_raw_parts_mut(target.first().add(range.start), range.len()) };
        let input = &input[range];
        dispatch(
            machine.set,
            #[inline(always)]
            || {
                for (output, &input) in output.iter_mut().zip(input) {
                    *output = apply(input);
                }
            },
        );
    });
}
