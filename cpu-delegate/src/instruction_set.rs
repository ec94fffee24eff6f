//! Which vector instructions kernels may use.

use std::fmt;

#[cfg(target_arch = "x86_64")]
use crate::amx;

/// A set of vector instructions that kernels are written for. Later ones are preferred to earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstructionSet {
    /// Plain Rust, on any processor.
    Portable,
    /// AVX2 with FMA and F16C: vectors of 256 bits.
    Avx2,
    /// AVX2 with VNNI: sums of four 8-bit products, in vectors of 256 bits.
    AvxVnni,
    /// AVX-512 F, BW, DQ and VL: vectors of 512 bits.
    Avx512,
    /// AVX-512 with VNNI: sums of four 8-bit products.
    Avx512Vnni,
    /// AVX-512 with VNNI, and AMX: products of tiles of 8-bit integers, where the system lets this process have them.
    Amx,
}

/// How wide the vectors of a set are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vectors {
    /// There are none.
    None,
    /// AVX2 with FMA and F16C.
    Bits256,
    /// AVX-512 F, BW, DQ and VL.
    Bits512,
}

impl InstructionSet {
    /// All of them, the plainest first.
    pub const ALL: [InstructionSet; 6] = [
        InstructionSet::Portable,
        InstructionSet::Avx2,
        InstructionSet::AvxVnni,
        InstructionSet::Avx512,
        InstructionSet::Avx512Vnni,
        InstructionSet::Amx,
    ];

    /// The name on a command line, such as `avx512-vnni`.
    pub fn name(self) -> &'static str {
        match self {
            InstructionSet::Portable => "portable",
            InstructionSet::Avx2 => "avx2",
            InstructionSet::AvxVnni => "avx-vnni",
            InstructionSet::Avx512 => "avx512",
            InstructionSet::Avx512Vnni => "avx512-vnni",
            InstructionSet::Amx => "amx",
        }
    }

    /// How wide its vectors are.
    pub(crate) fn vectors(self) -> Vectors {
        match self {
            InstructionSet::Portable => Vectors::None,
            InstructionSet::Avx2 | InstructionSet::AvxVnni => Vectors::Bits256,
            InstructionSet::Avx512 | InstructionSet::Avx512Vnni | InstructionSet::Amx => {
                Vectors::Bits512
            }
        }
    }

    /// The widest set that this processor has.
    pub fn detect() -> Self {
        let widest = Self::ALL.into_iter().rev().find(|set| set.is_available());
        widest.unwrap_or(InstructionSet::Portable)
    }

    /// Whether this processor has the instructions.
    #[cfg(target_arch = "x86_64")]
    pub fn is_available(self) -> bool {
        let avx2 = || {
            is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
                && is_x86_feature_detected!("f16c")
        };
        let avx512 = || {
            avx2()
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
        };
        let vnni = || avx512() && is_x86_feature_detected!("avx512vnni");
        match self {
            InstructionSet::Portable => true,
            InstructionSet::Avx2 => avx2(),
            InstructionSet::AvxVnni => avx2() && is_x86_feature_detected!("avxvnni"),
            InstructionSet::Avx512 => avx512(),
            InstructionSet::Avx512Vnni => vnni(),
            InstructionSet::Amx => vnni() && amx::is_available(),
        }
    }

    /// Whether this processor has the instructions.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn is_available(self) -> bool {
        self == InstructionSet::Portable
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
