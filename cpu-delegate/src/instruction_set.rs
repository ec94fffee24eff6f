//! Which vector instructions kernels may use.

use std::fmt;

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
}

impl InstructionSet {
    /// All of them, the plainest first.
    pub const ALL: [InstructionSet; 5] = [
        InstructionSet::Portable,
        InstructionSet::Avx2,
        InstructionSet::AvxVnni,
        InstructionSet::Avx512,
        InstructionSet::Avx512Vnni,
    ];

    /// The name on a command line, such as `avx512-vnni`.
    pub fn name(self) -> &'static str {
        match self {
            InstructionSet::Portable => "portable",
            InstructionSet::Avx2 => "avx2",
            InstructionSet::AvxVnni => "avx-vnni",
            InstructionSet::Avx512 => "avx512",
            InstructionSet::Avx512Vnni => "avx512-vnni",
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
        match self {
            InstructionSet::Portable => true,
            InstructionSet::Avx2 => avx2(),
            InstructionSet::AvxVnni => avx2() && is_x86_feature_detected!("avxvnni"),
            InstructionSet::Avx512 => avx512(),
            InstructionSet::Avx512Vnni => avx512() && is_x86_feature_detected!("avx512vnni"),
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
